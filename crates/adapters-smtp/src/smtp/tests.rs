use std::sync::Arc;

use domain::model::MailKind;
use lettre::transport::smtp::client;
use testkit::smtp::{Act, Certificate, Encryption as Offered, Rule, SmtpServer as Server};
use wording::Wording;

use super::*;
use crate::{Letters, MailUrl};

const PLAIN: &[&str] = &["AUTH PLAIN AHVzZXIAaHVudGVyMg=="];
const LOGIN: &[&str] = &["AUTH LOGIN", "dXNlcg==", "aHVudGVyMg=="];

/// Of `user` with the password `hunter2`, who trusts that certificate.
fn mailer(scheme: &str, server: &Server, trusted: &Certificate) -> SmtpMailer {
    let wording = Wording::load(None, &"en".parse().unwrap()).unwrap();
    let letters = Letters::new(wording).unwrap_or_else(|problems| panic!("{problems:?}"));
    let composer = Composer::new("membership@example.com", Arc::new(letters)).unwrap();
    let url = format!("{scheme}://user:hunter2@localhost:{}", server.port());
    let Ok(MailUrl::Smtp(server)) = url.parse() else {
        panic!("{url} is no mail server");
    };
    let name: HelloName = "[192.0.2.1]".parse().unwrap();
    let mut mailer =
        SmtpMailer::new(&server, composer, Some(&name), Duration::from_secs(30)).unwrap();
    let trusted = client::Certificate::from_der(trusted.der().to_vec()).unwrap();
    let tls = TlsParameters::builder("localhost".to_owned())
        .add_root_certificate(trusted)
        .build()
        .unwrap();
    mailer.encryption = match mailer.encryption {
        Encryption::Tls(_) => Encryption::Tls(tls),
        Encryption::StartTls(_) => Encryption::StartTls(tls),
        Encryption::None => panic!("{url} is not encrypted"),
    };
    mailer
}

async fn deliver(mailer: &SmtpMailer) -> Delivery {
    let mail = Mail::sample(MailKind::Confirmation, "en".parse().unwrap()).unwrap();
    mailer.deliver(&mail).await
}

#[tokio::test]
async fn starttls_and_tls_from_the_start_carry_either_way_to_sign_in() {
    let certificate = Certificate::of("localhost");
    let starttls = Offered::StartTls(certificate.clone());
    let tls = Offered::Tls(certificate.clone());
    for (scheme, offered, before) in [
        ("smtp", starttls, &["EHLO [192.0.2.1]", "STARTTLS"][..]),
        ("smtps", tls, &[]),
    ] {
        for (method, signed_in) in [("PLAIN", PLAIN), ("LOGIN", LOGIN)] {
            let server = Server::start_with(offered.clone()).await;
            let offer = match method {
                "PLAIN" => "250-server\r\n250-STARTTLS\r\n250 AUTH PLAIN",
                _ => "250-server\r\n250-STARTTLS\r\n250 AUTH LOGIN",
            };
            server.rule(Rule::new("EHLO", Act::Say(offer)));

            let delivery = deliver(&mailer(scheme, &server, &certificate)).await;

            assert_eq!(delivery, Delivery::Sent, "{scheme} {method}");
            let mail = [
                "MAIL FROM:<membership@example.com>",
                "RCPT TO:<anna@example.com>",
                "DATA",
            ];
            let expected = [before, &["EHLO [192.0.2.1]"], signed_in, &mail].concat();
            assert_eq!(server.commands(), expected, "{scheme} {method}");
            assert_eq!(server.count(), 1);
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_or_of_another_host_is_told_nothing() {
    let trusted = Certificate::of("localhost");
    let another = Certificate::of("localhost");
    let elsewhere = Certificate::of("mail.example");
    for (shown, trusted) in [(&another, &trusted), (&elsewhere, &elsewhere)] {
        for (scheme, offered) in [
            ("smtp", Offered::StartTls(shown.clone())),
            ("smtps", Offered::Tls(shown.clone())),
        ] {
            let server = Server::start_with(offered).await;

            let delivery = deliver(&mailer(scheme, &server, trusted)).await;

            assert!(matches!(delivery, Delivery::Deferred(_)), "{delivery:?}");
            let told = server.commands();
            let harmless = |it: &String| it.starts_with("EHLO") || it == "STARTTLS";
            assert!(told.iter().all(harmless), "{told:?}");
        }
    }
}
