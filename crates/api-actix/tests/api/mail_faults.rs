//! Mail servers that are away, refuse, put off, hang and break off.

use std::{collections::BTreeSet, time::Duration};

use domain::model::{MailState, Secret};
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use testkit::smtp::{Act, Received, Rule, SmtpServer};
use wiring::settings::WorkerMode;

use crate::{app::App, home::Backend, mailbox::Mail, people::email_of, process::until};

on_both![
    rel_06_no_registration_notices_that_the_mail_server_is_away_and_every_mail_arrives_afterwards,
    rel_07_a_receiver_that_is_refused_or_hangs_delays_nobody,
    rel_07_a_mail_that_is_put_off_arrives_later,
    rel_07_a_connection_cut_after_the_message_causes_a_retry_with_the_same_message_id,
];

/// An app whose worker delivers to that server.
async fn app(on: Backend, server: &SmtpServer) -> App {
    App::start_with(on, |settings| {
        settings.mail.url = Secret::new(server.url());
        "membership@example.com".clone_into(&mut settings.mail.from);
        settings.worker.mode = WorkerMode::Embedded;
        settings.shutdown.timeout = Duration::from_secs(1);
    })
    .await
}

async fn register(app: &App, username: &str) {
    let registration = app.registration(&app.acme, username);
    let answer = registration.bearer(&app.master.token).send().await;
    answer.expect_no_content();
}

/// Waits until every order that is not sent has been tried and put off.
async fn put_off(app: &App) {
    until(async || {
        let waiting = app.orders_in(MailState::Waiting).await;
        waiting.iter().all(|it| it.last_error.is_some())
    })
    .await;
}

fn message_ids(received: &[Received]) -> BTreeSet<String> {
    received
        .iter()
        .map(|it| it.header("Message-ID").unwrap())
        .collect()
}

async fn rel_06_no_registration_notices_that_the_mail_server_is_away_and_every_mail_arrives_afterwards(
    on: Backend,
) {
    const COUNT: usize = 200;
    let server = SmtpServer::start().await;
    let app = app(on, &server).await;
    server.go_down().await;

    let names: Vec<_> = (0..COUNT).map(|number| format!("u{number}")).collect();
    stream::iter(&names)
        .for_each_concurrent(8, |name| register(&app, name))
        .await;
    put_off(&app).await;
    assert_eq!(app.orders().await, [COUNT, 0, 0]);
    server.come_up().await;
    app.retry_mail().await;
    until(async || app.orders().await == [0, COUNT, 0]).await;

    let received = server.received();
    let to: BTreeSet<_> = received.iter().flat_map(|it| &it.to).cloned().collect();
    assert_eq!(to, names.iter().map(|name| email_of(name)).collect());
    assert_eq!(message_ids(&received).len(), COUNT);
    for mail in &received[..3] {
        let mail = Mail::parse(str::from_utf8(&mail.content).unwrap());
        let confirmation = app.post("/membership/email-confirmations");
        let confirmation = confirmation.json(&json!({"token": mail.link().unwrap().token}));
        confirmation.send().await.expect_no_content();
    }
}

async fn rel_07_a_receiver_that_is_refused_or_hangs_delays_nobody(on: Backend) {
    let server = SmtpServer::with([
        Rule::new("RCPT", Act::Say("550 5.1.1 unknown")).to(&email_of("refused")),
        Rule::new("RCPT", Act::Stall).to(&email_of("hanging")),
    ])
    .await;
    let app = app(on, &server).await;

    for name in ["refused", "hanging", "u1", "u2", "u3", "u4", "u5"] {
        register(&app, name).await;
    }
    until(async || app.orders().await == [1, 5, 1]).await;

    let waiting = app.orders_in(MailState::Waiting).await;
    assert_eq!(waiting[0].recipient.as_str(), email_of("hanging"));
    let dead = app.orders_in(MailState::Dead).await;
    assert_eq!(dead[0].recipient.as_str(), email_of("refused"));
    assert!(
        dead[0]
            .last_error
            .as_ref()
            .unwrap()
            .contains("5.1.1 unknown")
    );
    assert_eq!(message_ids(&server.received()).len(), 5);
}

async fn rel_07_a_mail_that_is_put_off_arrives_later(on: Backend) {
    let greylisting = Rule::new("RCPT", Act::Say("451 4.7.1 greylisted")).times(2);
    let broken_off = Rule::new(".", Act::Cut).times(1);
    let full = Rule::new(".", Act::Say("452 4.3.1 full")).times(1);
    let server = SmtpServer::with([greylisting, broken_off, full]).await;
    let app = app(on, &server).await;

    register(&app, "u").await;
    for _ in 0..4 {
        put_off(&app).await;
        assert_eq!((app.orders().await, server.count()), (vec![1, 0, 0], 0));
        app.retry_mail().await;
        until(async || {
            let waiting = app.orders_in(MailState::Waiting).await;
            waiting.iter().all(|it| it.attempts == 1)
        })
        .await;
    }
    until(async || app.orders().await == [0, 1, 0]).await;

    assert_eq!(server.count(), 1);
}

async fn rel_07_a_connection_cut_after_the_message_causes_a_retry_with_the_same_message_id(
    on: Backend,
) {
    let server = SmtpServer::with([Rule::new(".", Act::AcceptAndCut).times(1)]).await;
    let app = app(on, &server).await;

    register(&app, "u").await;
    put_off(&app).await;
    app.retry_mail().await;
    until(async || app.orders().await == [0, 1, 0]).await;

    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0], received[1]);
    assert_eq!(message_ids(&received).len(), 1);
}
