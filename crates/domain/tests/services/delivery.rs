use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    model::{Mail, MailKind, MailState},
    ports::{Delivery, Mailer, Outbox as _},
    services::Account,
};

use crate::lab::{Lab, anonymous, linked};

async fn orders(lab: &Lab, state: MailState) -> Vec<domain::model::MailOrder> {
    lab.store.mail_in_state(state, 100).await.unwrap()
}

#[tokio::test]
async fn a_sent_mail_is_sent_once() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;

    assert_eq!(lab.mail().await.len(), 1);
    lab.clock.advance(Duration::from_hours(1));
    assert!(lab.mail().await.is_empty());
    assert_eq!(orders(&lab, MailState::Sent).await.len(), 1);
}

#[tokio::test]
async fn rel_07_a_retried_mail_is_the_same_message_with_the_same_link() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    lab.mailer
        .answer(Delivery::Deferred("451 later".to_owned()));
    let first = lab.mail().await;

    lab.mailer.answer(Delivery::Sent);
    assert!(lab.mail().await.is_empty(), "not before the backoff");
    lab.clock.advance(Duration::from_secs(38));
    let second = lab.mail().await;

    assert_eq!(first[0].id, second[0].id);
    assert_eq!(linked(&first[0], "token"), linked(&second[0], "token"));
}

#[tokio::test]
async fn rel_06_a_mail_is_not_given_up_before_24_hours() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    let token = lab.mailed("token").await;
    lab.membership
        .email_confirmation
        .confirm(&anonymous(), &token)
        .await
        .unwrap();
    let anna = lab.users(&acme).await.remove(0);
    lab.membership
        .password_reset
        .request(&anonymous(), "acme", Account::Email(anna.email.clone()))
        .await
        .unwrap();
    let token = lab.mailed("token").await;
    let new = crate::lab::password("a new password of mine");
    lab.membership
        .password_reset
        .reset(&anonymous(), anna.id, &token, new)
        .await
        .unwrap();
    lab.mailer.answer(Delivery::Deferred("421 down".to_owned()));

    let mut hours = 0;
    while orders(&lab, MailState::Dead).await.is_empty() {
        assert!(hours < 40, "given up in the end");
        lab.mail().await;
        lab.clock.advance(Duration::from_hours(1));
        hours += 1;
    }

    assert!(hours > 24);
    let dead = orders(&lab, MailState::Dead).await.remove(0);
    assert_eq!(
        (dead.kind, dead.last_error.as_deref()),
        (MailKind::PasswordChanged, Some("421 down"))
    );
}

#[tokio::test]
async fn rel_07_a_receiver_refused_for_ever_is_set_aside_with_the_reason() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    lab.mailer
        .answer(Delivery::Refused("550 no such user".to_owned()));

    lab.mail().await;

    let dead = orders(&lab, MailState::Dead).await.remove(0);
    assert_eq!(dead.last_error.as_deref(), Some("550 no such user"));
}

#[tokio::test]
async fn a_link_that_died_before_it_was_sent_is_not_mailed() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    let token = lab.mailed("token").await;
    lab.membership
        .email_confirmation
        .request(&anonymous(), acme.id, id)
        .await
        .unwrap();

    lab.membership
        .email_confirmation
        .confirm(&anonymous(), &token)
        .await
        .unwrap();

    assert!(lab.mail().await.is_empty());
    assert_eq!(orders(&lab, MailState::Dead).await.len(), 1);
}

#[tokio::test]
async fn an_order_whose_worker_died_is_taken_up_again_after_its_lease() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    let now = domain::ports::Clock::now(&*lab.clock);
    lab.store
        .lease(now, Duration::from_mins(5), 10)
        .await
        .unwrap();

    assert!(lab.mail().await.is_empty());
    lab.clock.advance(Duration::from_mins(5));
    assert_eq!(lab.mail().await.len(), 1);
}

/// Cannot stand one receiver.
struct Allergic;

#[async_trait]
impl Mailer for Allergic {
    async fn deliver(&self, mail: &Mail) -> Delivery {
        assert_ne!(mail.to.as_str(), "anna@example.com");
        Delivery::Sent
    }
}

#[tokio::test]
async fn rel_17_a_panic_over_one_mail_costs_that_mail_alone() {
    let lab = Arc::new(Lab::in_world(|ports, _| ports.mailer = Arc::new(Allergic)).await);
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    let bert = lab.register(&acme, "bert").await;

    for _ in 0..2 {
        let lab = lab.clone();
        let _ = tokio::spawn(async move { lab.membership.delivery.run_once(1).await }).await;
    }

    let sent = orders(&lab, MailState::Sent).await;
    assert_eq!((sent.len(), sent[0].user), (1, bert));
    assert_eq!(orders(&lab, MailState::Waiting).await.len(), 1);
}
