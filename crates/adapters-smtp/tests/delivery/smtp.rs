use std::{sync::Arc, time::Duration};

use adapters_smtp::mailer;
use domain::{
    model::{MailKind, Timestamp},
    ports::{Delivery, Mailer},
};
use mailparse::MailHeaderMap as _;
use testkit::smtp::{Act, Rule, SmtpServer};
use tokio::net::TcpListener;

use crate::{LINK, TIMEOUT, composer, mail, mailer_to, mailer_with_timeout};

async fn server(script: &[(&'static str, Act)]) -> SmtpServer {
    SmtpServer::with(script.iter().map(|(step, act)| Rule::new(step, *act))).await
}

fn mailer_of(server: &SmtpServer) -> Arc<dyn Mailer> {
    mailer_to(&server.url())
}

#[tokio::test]
async fn sec_11_a_mail_goes_to_the_stored_address_alone() {
    let server = server(&[]).await;

    let delivery = mailer_of(&server)
        .deliver(&mail(MailKind::PasswordReset))
        .await;

    assert_eq!(delivery, Delivery::Sent);
    assert_eq!(
        server.commands(),
        [
            "EHLO example.com",
            "MAIL FROM:<membership@example.com>",
            "RCPT TO:<Anna@example.org>",
            "DATA"
        ]
    );
    let received = server.received();
    assert_eq!(received[0].to, ["Anna@example.org"]);
    let message = mailparse::parse_mail(&received[0].content).unwrap();
    assert_eq!(
        message.headers.get_first_value("To").unwrap(),
        "Anna@example.org"
    );
    assert!(message.subparts[0].get_body().unwrap().contains(LINK));
}

#[tokio::test]
async fn rel_07_each_failure_is_for_now_or_for_ever() {
    use Act::{Cut, Say};
    let deferred = |reason: &str| Delivery::Deferred(reason.to_owned());
    let refused = |reason: &str| Delivery::Refused(reason.to_owned());
    for (step, act, expected) in [
        (
            "CONNECT",
            Say("554 no service"),
            deferred("permanent error (554): no service"),
        ),
        (
            "CONNECT",
            Cut,
            deferred("response error: incomplete response"),
        ),
        (
            "EHLO",
            Say("500 what"),
            deferred("permanent error (500): what"),
        ),
        (
            "MAIL",
            Say("550 5.7.1 not you"),
            deferred("permanent error (550): 5.7.1 not you"),
        ),
        ("MAIL", Cut, deferred("response error: incomplete response")),
        (
            "RCPT",
            Say("550 5.1.1 unknown"),
            refused("permanent error (550): 5.1.1 unknown"),
        ),
        (
            "RCPT",
            Say("451 4.7.1 greylisted"),
            deferred("transient error (451): 4.7.1 greylisted"),
        ),
        (
            "RCPT",
            Say("nonsense"),
            deferred("response error: error Tag at: nonsense"),
        ),
        ("DATA", Say("554 no"), deferred("permanent error (554): no")),
        (
            ".",
            Say("554 5.6.0 spam"),
            refused("permanent error (554): 5.6.0 spam"),
        ),
        (
            ".",
            Say("452 4.3.1 full"),
            deferred("transient error (452): 4.3.1 full"),
        ),
        (".", Cut, deferred("response error: incomplete response")),
    ] {
        let server = server(&[(step, act)]).await;

        let delivery = mailer_of(&server)
            .deliver(&mail(MailKind::Invitation))
            .await;

        assert_eq!(delivery, expected, "at {step}");
    }
}

#[tokio::test]
async fn rel_07_a_receiver_or_content_is_refused_for_ever_and_all_else_waits_for_the_operator() {
    for (step, answer, is_final) in [
        ("RCPT", "550 5.1.1 unknown", true),
        ("RCPT", "550 #5.1.0 unknown", true),
        ("RCPT", "550-5.1.10 null\r\n550 MX", true),
        ("RCPT", "552 5.2.2 full", true),
        ("RCPT", "550 unknown", true),
        ("RCPT", "551 not local", true),
        ("RCPT", "553 no such name", true),
        ("RCPT", "550 5.7.1 relaying denied", false),
        ("RCPT", "554 5.7.1 relay access denied", false),
        ("RCPT", "530 5.7.0 authentication required", false),
        ("RCPT", "550 5.1.8 sender unknown", false),
        ("RCPT", "550 5.4.1 no route", false),
        ("RCPT", "550 5.3.0 system", false),
        ("RCPT", "530 sign in", false),
        ("RCPT", "552 storage", false),
        ("RCPT", "554 relay access denied", false),
        (".", "550 5.7.1 spam", true),
        (".", "550 5.6.0 content", true),
        (".", "552 5.2.2 full", true),
        (".", "554 content", true),
        (".", "554 5.3.0 content", true),
        (".", "550 content", true),
        (".", "550 5.3.5 system", false),
        (".", "552 5.3.4 too big", false),
        (".", "550 5.1.7 sender", false),
        (".", "552 storage", false),
        (".", "503 sequence", false),
    ] {
        let server = server(&[(step, Act::Say(answer))]).await;

        let delivery = mailer_of(&server)
            .deliver(&mail(MailKind::Invitation))
            .await;

        let refused = matches!(delivery, Delivery::Refused(_));
        assert_eq!(refused, is_final, "{step}: {answer}: {delivery:?}");
    }
}

#[tokio::test]
async fn rel_07_nobody_listening_defers_the_mail() {
    let port = {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        listener.local_addr().unwrap().port()
    };

    let delivery = mailer_to(&format!("smtp://127.0.0.1:{port}?tls=none"))
        .deliver(&mail(MailKind::Invitation))
        .await;

    assert!(matches!(delivery, Delivery::Deferred(_)), "{delivery:?}");
}

#[tokio::test]
async fn rel_07_a_server_that_stalls_ends_by_our_deadline() {
    for script in [
        [("CONNECT", Act::Stall)].as_slice(),
        &[("RCPT", Act::Stall)],
        &[(".", Act::Stall)],
    ] {
        let server = server(script).await;
        let delivery = mailer_with_timeout(&server.url(), Duration::from_millis(200))
            .deliver(&mail(MailKind::Invitation))
            .await;

        assert_eq!(
            delivery,
            Delivery::Deferred("no end within 200ms".to_owned())
        );
    }
}

#[tokio::test]
async fn rel_07_every_attempt_sends_the_same_message() {
    let server = server(&[(".", Act::AcceptAndCut)]).await;
    let mailer = mailer_of(&server);

    for _ in 0..2 {
        mailer.deliver(&mail(MailKind::Confirmation)).await;
    }

    let messages = server.received();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], messages[1]);
}

#[tokio::test]
async fn mails_share_a_connection_also_after_a_refused_receiver() {
    let server = server(&[("RCPT", Act::Say("550 no"))]).await;
    let mailer = mailer_of(&server);

    for _ in 0..3 {
        mailer.deliver(&mail(MailKind::Confirmation)).await;
    }

    assert_eq!(server.connections(), 1);
    let commands = server.commands();
    let resets = commands.iter().filter(|command| *command == "RSET");
    assert_eq!(resets.count(), 2);
}

#[tokio::test]
async fn a_kept_connection_that_broke_is_replaced() {
    let server = server(&[("RSET", Act::Cut)]).await;
    let mailer = mailer_of(&server);

    for _ in 0..2 {
        let delivery = mailer.deliver(&mail(MailKind::Confirmation)).await;
        assert_eq!(delivery, Delivery::Sent);
    }

    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn without_encryption_neither_credentials_nor_mail_leave() {
    const EHLO: &str = "250-server\r\n250-STARTTLS\r\n250 AUTH PLAIN";
    for script in [
        [].as_slice(),
        &[
            ("EHLO", Act::Say(EHLO)),
            ("STARTTLS", Act::Say("454 not now")),
        ],
        &[
            ("EHLO", Act::Say(EHLO)),
            ("STARTTLS", Act::Say("220 go\r\n250 injected")),
        ],
        &[("EHLO", Act::Say(EHLO)), ("STARTTLS", Act::Cut)],
    ] {
        let server = server(script).await;
        let url = format!("smtp://user:hunter2@127.0.0.1:{}", server.port());

        let delivery = mailer_with_timeout(&url, Duration::from_secs(5))
            .deliver(&mail(MailKind::Confirmation))
            .await;

        assert!(matches!(delivery, Delivery::Deferred(_)), "{delivery:?}");
        for command in server.commands() {
            assert!(
                !command.starts_with("MAIL") && !command.starts_with("AUTH"),
                "{command}"
            );
        }
    }
}

#[tokio::test]
async fn credentials_of_the_url_sign_in() {
    let server = server(&[]).await;
    let url = format!(
        "smtp://us%40er:hunter2@127.0.0.1:{}?tls=none",
        server.port()
    );

    let delivery = mailer_to(&url).deliver(&mail(MailKind::Confirmation)).await;

    assert_eq!(delivery, Delivery::Sent);
    // "\0us@er\0hunter2"
    assert_eq!(server.commands()[1], "AUTH PLAIN AHVzQGVyAGh1bnRlcjI=");
}

#[tokio::test]
async fn the_name_in_the_greeting_is_the_operators_choice() {
    let server = server(&[]).await;
    let name = "mx1.example.net".parse().unwrap();
    let url = server.url().parse().unwrap();
    let mailer = mailer(&url, composer(), Some(&name), TIMEOUT).unwrap();

    let delivery = mailer.deliver(&mail(MailKind::Confirmation)).await;

    assert_eq!(delivery, Delivery::Sent);
    assert_eq!(server.commands()[0], "EHLO mx1.example.net");
}

#[tokio::test]
async fn wrong_credentials_are_the_operators_matter_and_do_not_lose_the_mail() {
    let server = server(&[("AUTH", Act::Say("535 5.7.8 no"))]).await;
    let url = format!("smtp://user:hunter2@127.0.0.1:{}?tls=none", server.port());

    let delivery = mailer_to(&url).deliver(&mail(MailKind::Confirmation)).await;

    assert_eq!(
        delivery,
        Delivery::Deferred("permanent error (535): 5.7.8 no".to_owned())
    );
}

#[tokio::test]
async fn rel_17_a_malformed_greeting_costs_one_attempt() {
    let server = server(&[("EHLO", Act::Say("250-server\r\n250  "))]).await;

    let delivery = mailer_of(&server)
        .deliver(&mail(MailKind::Confirmation))
        .await;

    assert!(matches!(delivery, Delivery::Deferred(_)), "{delivery:?}");
}

#[tokio::test]
async fn sec_15_a_reason_repeats_neither_the_address_nor_the_link() {
    let server = server(&[(
        ".",
        Act::Say(
            "550-5.7.1 <Anna@example.org>: blocked \u{7}https://members.example/account/password-reset?user=0f&token=t\r\n\
             550 5.7.1 0197aabb.s3cr3t-t0k3n_of-the-link",
        ),
    )])
    .await;

    let delivery = mailer_of(&server)
        .deliver(&mail(MailKind::PasswordReset))
        .await;

    assert_eq!(
        delivery,
        Delivery::Refused("permanent error (550): 5.7.1 [...] blocked [...] [...]".to_owned())
    );
}

#[tokio::test]
async fn an_international_address_needs_a_server_that_carries_it() {
    let mut mail = mail(MailKind::Confirmation);
    mail.to = "z\u{fc}@B\u{fc}cher.example".parse().unwrap();
    let able = server(&[]).await;
    let unable = server(&[("MAIL", Act::Say("555 what is SMTPUTF8"))]).await;

    assert_eq!(mailer_of(&able).deliver(&mail).await, Delivery::Sent);
    let refused = mailer_of(&unable).deliver(&mail).await;

    assert!(matches!(refused, Delivery::Refused(_)), "{refused:?}");
    assert_eq!(
        able.commands()[1..3],
        [
            "MAIL FROM:<membership@example.com> SMTPUTF8 BODY=8BITMIME",
            "RCPT TO:<z\u{fc}@xn--bcher-kva.example>"
        ]
    );
}

#[tokio::test]
async fn rel_07_a_message_that_cannot_be_built_is_refused() {
    let server = server(&[]).await;
    let mut mail = mail(MailKind::Confirmation);
    mail.ordered_at = Timestamp::from_unix_seconds(253_402_300_800).unwrap();

    let delivery = mailer_of(&server).deliver(&mail).await;

    assert!(matches!(delivery, Delivery::Refused(_)), "{delivery:?}");
    assert_eq!(server.connections(), 0);
}
