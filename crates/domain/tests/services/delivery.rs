use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    model::{Mail, MailKind, MailState},
    ports::{Delivery, Mailer, Outbox as _},
    services::Account,
};

use crate::lab::{Lab, anonymous, just_before, linked};

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
    lab.requests_become_orders().await;

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

#[tokio::test]
async fn rel_06_a_link_that_was_mailed_late_works_for_its_whole_lifetime() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let anna = lab.register(&acme, "anna").await;
    lab.mail().await;
    request_reset(&lab, "anna@example.com").await;
    lab.mailer.answer(Delivery::Deferred("421 down".to_owned()));
    for _ in 0..6 {
        lab.clock.advance(Duration::from_mins(10));
        lab.mail().await;
    }
    lab.mailer.answer(Delivery::Sent);
    lab.clock.advance(Duration::from_hours(2));
    let token = lab.mailed("token").await;
    let works = async || {
        lab.membership
            .password_reset
            .check(&anonymous(), anna, &token)
            .await
            .is_ok()
    };

    lab.clock.advance(just_before(Duration::from_mins(30)));
    assert!(works().await);

    lab.clock.advance(Duration::from_micros(1));
    assert!(!works().await);
}

#[tokio::test]
async fn sec_17_a_link_that_is_still_to_be_mailed_dies_when_another_succeeds() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let anna = lab.register(&acme, "anna").await;
    lab.mail().await;
    request_reset(&lab, "anna@example.com").await;
    lab.requests_become_orders().await;
    let now = domain::ports::Clock::now(&*lab.clock);
    let held = lab
        .store
        .lease(now, Duration::from_hours(3), 1)
        .await
        .unwrap();
    lab.clock.advance(Duration::from_hours(1));
    request_reset(&lab, "anna@example.com").await;
    let token = lab.mailed("token").await;
    let new = crate::lab::password("a new password of mine");
    let reset = &lab.membership.password_reset;
    reset.reset(&anonymous(), anna, &token, new).await.unwrap();

    lab.clock.advance(Duration::from_hours(3));
    let mails = lab.mail().await;

    assert!(
        mails
            .iter()
            .all(|mail| mail.kind == MailKind::PasswordChanged)
    );
    let dead = orders(&lab, MailState::Dead).await.remove(0);
    assert_eq!(dead.id, held[0].id);
    let operator = crate::lab::operator();
    let shown = lab.membership.delivery.order(&operator, dead.id).await;
    assert_eq!(shown.unwrap(), dead);
}

#[tokio::test]
async fn every_commit_that_may_order_mail_wakes_the_worker() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let rings = Arc::new(AtomicUsize::new(0));
    let counted = rings.clone();
    lab.membership.delivery.on_order(move || {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    let rung = || rings.swap(0, Ordering::SeqCst) > 0;

    let anna = lab.register(&acme, "anna").await;
    assert!(rung(), "by a registration");
    let confirmation = &lab.membership.email_confirmation;
    confirmation
        .request(&anonymous(), acme.id, anna)
        .await
        .unwrap();
    assert!(rung(), "by a confirmation request");
    request_reset(&lab, "anna@example.com").await;
    assert!(rung(), "by a reset request");
    request_reset(&lab, "nobody@example.com").await;
    assert!(rung(), "by a request for nobody, alike");
    let mails = lab.mail().await;
    let mail = mails.iter().find(|it| it.kind == MailKind::PasswordReset);
    let token = linked(mail.unwrap(), "token");
    let new = crate::lab::password("a new password of mine");
    let reset = &lab.membership.password_reset;
    reset.reset(&anonymous(), anna, &token, new).await.unwrap();
    assert!(rung(), "by a reset");
    let order = orders(&lab, MailState::Waiting).await.remove(0);
    let operator = crate::lab::operator();
    lab.membership
        .delivery
        .retry(&operator, order.id)
        .await
        .unwrap();
    assert!(rung(), "by an operator");
}

async fn request_reset(lab: &Lab, email: &str) {
    let account = Account::Email(email.parse().unwrap());
    let reset = &lab.membership.password_reset;
    reset.request(&anonymous(), "acme", account).await.unwrap();
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
