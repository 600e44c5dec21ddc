use domain::model::MailKind;

use crate::{LINK, mail, read::read};

#[tokio::test]
async fn the_headers_are_those_of_an_automatic_message() {
    let read = read(&mail(MailKind::Confirmation)).await;

    assert_eq!(read.header("From"), "Membership <membership@example.com>");
    assert_eq!(read.header("To"), "Anna@example.org");
    assert_eq!(read.header("Date"), "Sat, 31 Jan 2026 10:11:12 +0000");
    assert_eq!(
        read.header("Message-ID"),
        "<01970000000070008000000000000001@example.com>"
    );
    assert_eq!(read.header("Auto-Submitted"), "auto-generated");
    assert_eq!(read.header("Content-Language"), "en");
    assert!(!read.raw.to_lowercase().contains("list-unsubscribe"));
}

#[tokio::test]
async fn a_password_reset_reads_well_in_both_forms() {
    let read = read(&mail(MailKind::PasswordReset)).await;

    assert_eq!(read.header("Subject"), "Set a new password for Acme");
    assert_eq!(
        read.text,
        format!(
            "Hello anna,\n\
             \n\
             Somebody asked to set a new password for your account at Acme.\n\
             \n\
             Set a new password:\n\
             \n\
             {LINK}\n\
             \n\
             The link works once, for 30 minutes.\n\
             \n\
             If it was not you, do nothing: your password stays as it is. Do not pass this message on: whoever has \
             the link can set your password.\n\
             \n\
             -- \n\
             Sent by Acme. Nobody reads answers to this message."
        )
    );
    let address = LINK.replace('&', "&amp;");
    assert_eq!(read.html.matches(&format!("href=\"{address}\"")).count(), 2);
    assert!(read.html.contains(&format!(">{address}</a>")));
    for words in [
        "<p>Hello anna,</p>",
        ">Set a new password</a>",
        "The link works once, for 30 minutes.",
        "If it was not you, do nothing",
    ] {
        assert!(read.html.contains(words), "{words}");
    }
}

#[tokio::test]
async fn every_kind_says_what_happened_and_what_to_do() {
    for (kind, subject, what, action, lifetime, otherwise) in [
        (
            MailKind::Confirmation,
            "Confirm your e-mail address for Acme",
            "Somebody registered this address for an account at Acme.",
            "Confirm my address",
            "24 hours",
            "the address stays unconfirmed",
        ),
        (
            MailKind::PasswordReset,
            "Set a new password for Acme",
            "Somebody asked to set a new password for your account at Acme.",
            "Set a new password",
            "30 minutes",
            "your password stays as it is",
        ),
        (
            MailKind::Invitation,
            "Your invitation to Acme",
            "Your user name is anna.",
            "Choose a password",
            "3 days",
            "If you did not expect this",
        ),
        (
            MailKind::AddressConfirmation,
            "Confirm your new e-mail address for Acme",
            "mail for your account at Acme goes to this address",
            "Confirm my new address",
            "24 hours",
            "the account keeps the address that it has",
        ),
    ] {
        let read = read(&mail(kind)).await;
        assert_eq!(read.header("Subject"), subject);
        for body in [&read.text, &read.html] {
            for words in [what, action, lifetime, otherwise] {
                assert!(body.contains(words), "{kind:?} lacks {words:?}: {body}");
            }
        }
        assert!(read.text.contains(LINK));
    }
}

#[tokio::test]
async fn a_notice_of_a_changed_password_has_no_link() {
    let read = read(&mail(MailKind::PasswordChanged)).await;

    assert_eq!(read.header("Subject"), "Your password for Acme was changed");
    assert_eq!(
        read.text,
        "Hello anna,\n\
         \n\
         The password of your account at Acme was changed, and you were signed out everywhere.\n\
         \n\
         If it was you, there is nothing to do. If it was not you, ask for a new password on the sign-in page at once, \
         and tell your administrator.\n\
         \n\
         -- \n\
         Sent by Acme. Nobody reads answers to this message."
    );
    assert!(!read.html.contains("href"));
}

#[tokio::test]
async fn the_other_notices_say_what_happened_and_what_to_do_without_a_link() {
    for (kind, subject, what, otherwise) in [
        (
            MailKind::AddressChanged,
            "Your e-mail address for Acme is about to change",
            "Somebody asked to change the e-mail address of your account at Acme.",
            "set a new password on the sign-in page at once",
        ),
        (
            MailKind::SignedOut,
            "You were signed out of Acme",
            "An administrator signed you out of Acme everywhere.",
            "To go on, sign in again.",
        ),
    ] {
        let read = read(&mail(kind)).await;
        assert_eq!(read.header("Subject"), subject);
        for body in [&read.text, &read.html] {
            for words in [what, otherwise] {
                assert!(body.contains(words), "{kind:?} lacks {words:?}: {body}");
            }
        }
        assert!(!read.text.contains("://"));
        assert!(!read.html.contains("href"));
    }
}
