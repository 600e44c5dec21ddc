//! What a tenant says differently.

use domain::{
    model::{Mail, MailKind, MailPart, Sender},
    ports::Delivery,
};
use mailparse::MailHeaderMap as _;
use testkit::smtp::SmtpServer;

use crate::{LINK, mail, mailer_to, read::read};

fn with_text(kind: MailKind, part: MailPart, phrase: &str) -> Mail {
    let mut mail = mail(kind);
    mail.text.insert(part, phrase.parse().unwrap());
    mail
}

#[tokio::test]
async fn a_tenants_sender_is_in_the_header_and_the_envelope_and_the_message_id_stays_ours() {
    let server = SmtpServer::start().await;
    let mut mail = mail(MailKind::Confirmation);
    mail.sender = Sender {
        name: Some("Acme, Inc.".parse().unwrap()),
        address: Some("team@B\u{fc}cher.example".parse().unwrap()),
    };

    assert_eq!(
        mailer_to(&server.url()).deliver(&mail).await,
        Delivery::Sent
    );

    let received = server.received();
    assert_eq!(received[0].from, "team@xn--bcher-kva.example");
    let message = mailparse::parse_mail(&received[0].content).unwrap();
    assert_eq!(
        message.headers.get_first_value("From").unwrap(),
        "Acme, Inc. <team@xn--bcher-kva.example>"
    );
    assert_eq!(
        received[0].header("Message-ID").unwrap(),
        "<01970000000070008000000000000001@example.com>"
    );
    assert_eq!(server.commands()[0], "EHLO example.com");
}

#[tokio::test]
async fn what_a_tenant_does_not_say_about_the_sender_is_the_platforms() {
    for (name, address, from) in [
        (Some("Acme"), None, "Acme <membership@example.com>"),
        (
            None,
            Some("team@acme.example"),
            "Membership <team@acme.example>",
        ),
        (None, None, "Membership <membership@example.com>"),
    ] {
        let mut mail = mail(MailKind::SignedOut);
        mail.sender = Sender {
            name: name.map(|name| name.parse().unwrap()),
            address: address.map(|address| address.parse().unwrap()),
        };

        assert_eq!(read(&mail).await.header("From"), from);
    }
}

#[tokio::test]
async fn a_tenants_text_takes_the_place_of_ours_part_by_part() {
    let mail = with_text(
        MailKind::PasswordReset,
        MailPart::Message,
        "Dear {{ username }} <3\nGet in within {{ lifetime }}.",
    );

    let read = read(&mail).await;

    assert_eq!(read.header("Subject"), "Set a new password for Acme");
    let text = "\n\nDear anna <3\nGet in within 30 minutes.\n\n";
    assert!(read.text.contains(text), "{}", read.text);
    let html = "<p>Dear anna &lt;3<br>Get in within 30 minutes.</p>";
    assert!(read.html.contains(html), "{}", read.html);
    assert!(read.text.contains(LINK));
    assert!(!read.text.contains("Somebody asked"));
}

#[tokio::test]
async fn a_subject_stays_on_one_line() {
    let mail = with_text(
        MailKind::SignedOut,
        MailPart::Subject,
        "Bye\nBcc: all@example.org",
    );

    let read = read(&mail).await;

    assert_eq!(read.header("Subject"), "Bye Bcc: all@example.org");
    assert!(read.headers.iter().all(|(name, _)| name != "Bcc"));
}

#[tokio::test]
async fn a_tenants_text_without_its_value_is_refused_with_its_reason() {
    let server = SmtpServer::start().await;
    let mail = with_text(
        MailKind::SignedOut,
        MailPart::Note,
        "Within {{ lifetime }}.",
    );

    assert_eq!(
        mailer_to(&server.url()).deliver(&mail).await,
        Delivery::Refused("the note of signed_out has no value for {{ lifetime }}".to_owned())
    );
    assert_eq!(server.connections(), 0);
}
