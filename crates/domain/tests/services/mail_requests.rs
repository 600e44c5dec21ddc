//! What becomes of requests for mail between the answer and the mail.

use std::{sync::Arc, time::Duration};

use domain::{
    model::{MailKind, Tenant},
    ports::Clock as _,
    services::Account,
};

use crate::{
    lab::{Lab, anonymous},
    world::Disturbance,
};

const LEASE: Duration = Duration::from_mins(5);

async fn registered() -> (Lab, Tenant) {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    lab.mail().await;
    (lab, acme)
}

async fn asks(lab: &Lab, tenant: &str, name: &str) {
    let account = Account::Username(name.parse().unwrap());
    let reset = &lab.membership.password_reset;
    let asked = reset.request(&anonymous(), tenant, account).await;
    asked.unwrap();
}

/// The details of the audit's events about reset requests, newest first.
fn recorded(lab: &Lab, tenant: Option<&Tenant>) -> Vec<Option<String>> {
    let events = lab.events(|it| {
        it.action.name() == "password_reset_requested" && it.tenant == tenant.map(|it| it.id)
    });
    events.into_iter().map(|it| it.detail).collect()
}

#[tokio::test]
async fn a_request_is_recorded_as_it_was_made_and_what_came_of_it() {
    let (lab, acme) = registered().await;
    let asked_at = lab.clock.now();
    asks(&lab, "acme", "anna").await;
    asks(&lab, "acme", "nobody").await;
    asks(&lab, "nowhere", "anna").await;
    lab.clock.advance(Duration::from_mins(5));

    assert_eq!(lab.mail().await.len(), 1);

    let none = Some("nobody to mail to".to_owned());
    assert_eq!(recorded(&lab, Some(&acme)).len(), 2);
    assert!(recorded(&lab, Some(&acme)).contains(&none));
    assert!(recorded(&lab, Some(&acme)).contains(&None));
    assert_eq!(recorded(&lab, None), [none]);
    let events = lab.events(|it| it.action.name() == "password_reset_requested");
    assert!(events.iter().all(|it| it.at == asked_at));
    assert!(lab.store.edit(|state| state.mail_requests.is_empty()));
}

#[tokio::test]
async fn a_request_whose_worker_failed_is_taken_up_again_after_the_lease() {
    let (lab, acme) = registered().await;
    asks(&lab, "acme", "anna").await;
    lab.watched.disturb("end_request", Disturbance::FailsBefore);

    assert!(lab.mail().await.is_empty());
    assert!(lab.watched.is_quiet());
    assert!(lab.mail().await.is_empty(), "it is leased");
    lab.clock.advance(LEASE);

    let mail = lab.mail().await;
    assert_eq!((mail.len(), mail[0].kind), (1, MailKind::PasswordReset));
    assert_eq!(recorded(&lab, Some(&acme)), [None]);
}

#[tokio::test]
async fn a_request_whose_end_was_stored_unheard_is_mailed_once() {
    let (lab, acme) = registered().await;
    asks(&lab, "acme", "anna").await;
    lab.watched.disturb("end_request", Disturbance::FailsAfter);

    assert_eq!(lab.mail().await.len(), 1);
    assert!(lab.watched.is_quiet());
    lab.clock.advance(LEASE);

    assert!(lab.mail().await.is_empty());
    assert_eq!(recorded(&lab, Some(&acme)), [None]);
}

#[tokio::test]
async fn a_request_that_fails_holds_up_no_other() {
    let (lab, acme) = registered().await;
    lab.register(&acme, "bert").await;
    lab.mail().await;
    asks(&lab, "acme", "anna").await;
    lab.clock.advance(Duration::from_secs(1));
    asks(&lab, "acme", "bert").await;
    lab.watched.disturb("end_request", Disturbance::FailsBefore);

    let mail = lab.mail().await;

    assert_eq!(mail.len(), 1);
    assert_eq!(mail[0].username.as_str(), "bert");
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_08_replicas_share_requests_and_mail_each_once() {
    let (lab, acme) = registered().await;
    for number in 0..40 {
        lab.register(&acme, &format!("user{number}")).await;
    }
    lab.mail().await;
    for number in 0..40 {
        asks(&lab, "acme", &format!("user{number}")).await;
    }

    let workers = (0..4).map(|_| {
        let process = Arc::new(lab.another_process());
        tokio::spawn(async move { while process.delivery.run_once(5).await.unwrap() > 0 {} })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    let mail = lab.mail().await;

    let mut names: Vec<_> = mail.iter().map(|it| it.username.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((mail.len(), names.len()), (40, 40));
}

#[tokio::test]
async fn requests_that_nobody_could_end_are_purged_after_a_day() {
    let (lab, _) = registered().await;
    asks(&lab, "acme", "anna").await;
    let purge = async || {
        let purged = lab.membership.housekeeping.purge().await;
        purged.unwrap().mail_requests
    };

    lab.clock.advance(Duration::from_hours(24));
    assert_eq!(purge().await, 0);
    lab.clock.advance(Duration::from_secs(1));

    assert_eq!(purge().await, 1);
    assert!(lab.mail().await.is_empty());
}
