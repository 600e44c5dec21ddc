use std::process::Output;

use crate::installation::{Installation, jobs, printed};

on_both!(a_tenants_mail_bears_its_name);

/// Where there is no database.
fn preview(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("MEMBERSHIP__DATABASE__URL", "postgres://127.0.0.1:9/none"),
        ("MEMBERSHIP__SERVER__PUBLIC_URL", "http://localhost:8080"),
        ("MEMBERSHIP__KEYS__MASTER_FILE", "none"),
        (
            "MEMBERSHIP__MAIL__FROM",
            "Membership <membership@example.com>",
        ),
    ];
    let arguments = [&["mail", "preview"], arguments].concat();
    let output = jobs(folder.path(), &arguments, settings);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    output
}

#[test]
fn a_mail_of_the_platform_is_shown_as_it_would_be_sent_and_needs_no_database() {
    let german = printed(&preview(&["password_reset", "--locale", "de"]));

    let (head, text) = german.split_once("\n\n").unwrap();
    let head: Vec<_> = head.lines().collect();
    assert_eq!(
        head,
        [
            "From: Membership <membership@example.com>",
            "To: anna@example.com",
            "Subject: Neues Passwort f\u{fc}r Example festlegen",
            "Date: Fri, 15 Jan 2027 08:00:00 +0000",
            "Message-ID: <00000000000000000000000000000000@example.com>",
            "Auto-Submitted: auto-generated",
            "Content-Language: de",
        ]
    );
    assert!(text.starts_with("Guten Tag anna,\n"), "{text}");
    assert!(text.contains("\nhttps://membership.example.com/"), "{text}");
}

#[test]
fn the_html_part_is_shown_alone() {
    let html = printed(&preview(&["signed_out", "--html"]));

    assert!(
        html.starts_with("<!doctype html>\n<html lang=\"en\">"),
        "{html}"
    );
    assert!(html.trim_end().ends_with("</html>"), "{html}");
}

#[test]
fn a_kind_or_locale_that_is_not_there_is_told_which_are() {
    let told = |output: &Output| String::from_utf8(output.stderr.clone()).unwrap();

    let kind = preview(&["reset"]);
    assert_eq!(kind.status.code(), Some(2));
    let kinds = "confirmation, password_reset, invitation, password_changed, address_confirmation, address_changed, \
                 signed_out";
    assert!(told(&kind).contains(kinds), "{}", told(&kind));

    let locale = preview(&["invitation", "--locale", "it"]);
    assert_eq!(locale.status.code(), Some(1));
    assert_eq!(
        told(&locale),
        "membership-jobs: there are no texts for it, but for en, de, fr\n"
    );
}

async fn a_tenants_mail_bears_its_name(installation: Installation) {
    let shown = installation.printed(&["mail", "preview", "invitation", "--tenant", "platform"]);

    assert!(
        shown.contains("\nSubject: Your invitation to Platform\n"),
        "{shown}"
    );
    let unknown = ["mail", "preview", "invitation", "--tenant", "nobody"];
    assert_eq!(installation.refused(&unknown), "tenant not found");
}
