use domain::model::{Locale, Mail, MailKind};

use crate::{
    LINK, letters, mail,
    read::{read, unescaped},
};

fn mail_in(locale: &str, kind: MailKind) -> Mail {
    Mail {
        locale: locale.parse().unwrap(),
        ..mail(kind)
    }
}

fn locales() -> Vec<Locale> {
    let letters = letters(None).unwrap();
    letters.wording().all().map(|(locale, _)| locale).collect()
}

#[tokio::test]
async fn a_german_mail_is_german_throughout() {
    let read = read(&mail_in("de", MailKind::PasswordReset)).await;

    assert_eq!(
        read.header("Subject"),
        "Neues Passwort f\u{fc}r Acme festlegen"
    );
    assert_eq!(read.header("Content-Language"), "de");
    assert!(read.html.contains("<html lang=\"de\">"));
    assert_eq!(
        read.text,
        format!(
            "Guten Tag anna,\n\
             \n\
             F\u{fc}r Ihr Konto bei Acme wurde ein neues Passwort angefordert.\n\
             \n\
             Neues Passwort festlegen:\n\
             \n\
             {LINK}\n\
             \n\
             Der Link ist 30 Minuten g\u{fc}ltig und funktioniert nur einmal.\n\
             \n\
             Falls Sie das nicht waren, brauchen Sie nichts zu tun: Ihr Passwort bleibt unver\u{e4}ndert. \
             Leiten Sie diese Nachricht nicht weiter: Wer den Link hat, kann Ihr Passwort festlegen.\n\
             \n\
             -- \n\
             Diese Nachricht wurde von Acme gesendet. Antworten werden nicht gelesen."
        )
    );
}

#[tokio::test]
async fn a_french_mail_is_french_throughout() {
    let read = read(&mail_in("fr", MailKind::Invitation)).await;

    assert_eq!(
        read.header("Subject"),
        "Votre invitation \u{e0} rejoindre Acme"
    );
    assert_eq!(read.header("Content-Language"), "fr");
    assert!(read.html.contains("<html lang=\"fr\">"));
    for words in [
        "Bonjour anna,",
        "Votre identifiant est anna.",
        "Choisir un mot de passe\u{202f}:",
        "Ce lien est valable 3 jours",
    ] {
        assert!(read.text.contains(words), "{words}");
    }
}

#[tokio::test]
async fn a_locale_without_words_is_spoken_to_in_the_default_one() {
    let read = read(&mail_in("ja", MailKind::SignedOut)).await;

    assert!(read.text.starts_with("Hello anna,"));
    assert_eq!(read.header("Content-Language"), "en");
    assert!(read.html.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn both_parts_say_the_same_in_every_kind_and_locale() {
    for locale in locales() {
        for kind in MailKind::ALL {
            let read = read(&mail_in(locale.as_str(), kind)).await;

            let html = unescaped(&read.html);
            let said: Vec<_> = read
                .text
                .lines()
                .filter(|it| !matches!(*it, "" | "-- "))
                .collect();
            let lines = if kind.token_purpose().is_some() { 7 } else { 4 };
            assert_eq!(said.len(), lines, "{}", read.text);
            for line in said {
                let line = line.trim_end_matches([':', '\u{202f}']);
                assert!(html.contains(line), "{locale} {kind:?}: {line}");
            }
            assert!(html.contains(&format!("<title>{}</title>", read.header("Subject"))));
            assert!(!read.text.contains("{{") && !html.contains("{{"));
        }
    }
}

#[tokio::test]
async fn what_is_not_ascii_is_encoded_in_lines_that_every_server_takes() {
    for locale in locales() {
        for kind in MailKind::ALL {
            let mut mail = mail_in(locale.as_str(), kind);
            mail.tenant_name = format!("M\u{fc}ller & \u{5f20} {}", "lang".repeat(40));
            mail.sender.name = Some(
                "M\u{fc}ller & S\u{f6}hne, Verein f\u{fc}r alles"
                    .parse()
                    .unwrap(),
            );

            let read = read(&mail).await;

            assert!(read.raw.is_ascii());
            let (head, body) = read.raw.split_once("\r\n\r\n").unwrap();
            assert!(!body.replace("\r\n", "").contains(['\r', '\n']));
            let longest = |text: &str| text.split("\r\n").map(str::len).max().unwrap();
            assert!(longest(head) <= 998, "{head}");
            assert!(longest(body) <= 76, "{body}");
            assert!(read.header("Subject").contains(&mail.tenant_name));
            assert!(read.text.contains(&mail.tenant_name));
            assert_eq!(
                read.header("From"),
                "M\u{fc}ller & S\u{f6}hne, Verein f\u{fc}r alles <membership@example.com>"
            );
        }
    }
}
