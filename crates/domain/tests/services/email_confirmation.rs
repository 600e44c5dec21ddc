use std::time::Duration;

use domain::{Error, model::MailKind};

use crate::lab::{Lab, anonymous, linked};

#[tokio::test]
async fn sec_15_a_confirmation_link_works_once() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    let token = lab.mailed("token").await;
    assert!(!lab.user(&acme, id).await.email_confirmed);

    lab.membership
        .email_confirmation
        .confirm(&anonymous(), &token)
        .await
        .unwrap();

    assert!(lab.user(&acme, id).await.email_confirmed);
    let again = lab
        .membership
        .email_confirmation
        .confirm(&anonymous(), &token)
        .await;
    assert!(matches!(again, Err(Error::BadToken)));
}

#[tokio::test]
async fn sec_15_a_confirmation_link_expires_after_24_hours() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    let token = lab.mailed("token").await;

    lab.clock.advance(Duration::from_hours(24));

    let late = lab
        .membership
        .email_confirmation
        .confirm(&anonymous(), &token)
        .await;
    assert!(matches!(late, Err(Error::BadToken)));
    assert!(!lab.user(&acme, id).await.email_confirmed);
}

#[tokio::test]
async fn an_older_link_dies_when_a_newer_one_succeeds() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    let older = lab.mailed("token").await;
    lab.membership
        .email_confirmation
        .request(&anonymous(), acme.id, id)
        .await
        .unwrap();
    let newer = lab.mailed("token").await;
    assert_ne!(older, newer);

    lab.membership
        .email_confirmation
        .confirm(&anonymous(), &newer)
        .await
        .unwrap();

    assert!(
        lab.membership
            .email_confirmation
            .confirm(&anonymous(), &older)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_request_for_nobody_or_for_a_confirmed_address_is_answered_alike_and_sends_nothing() {
    let lab = Lab::new().await;
    let (acme, globex) = (lab.tenant("acme").await, lab.tenant("globex").await);
    let id = lab.register(&acme, "anna").await;
    let mail = lab.mail().await;
    let service = &lab.membership.email_confirmation;
    service.request(&anonymous(), acme.id, id).await.unwrap();
    assert_eq!(lab.mail().await[0].kind, MailKind::Confirmation);

    service.request(&anonymous(), globex.id, id).await.unwrap();
    service
        .confirm(&anonymous(), &linked(&mail[0], "token"))
        .await
        .unwrap();
    service.request(&anonymous(), acme.id, id).await.unwrap();

    assert!(lab.mail().await.is_empty());
}

#[tokio::test]
async fn sec_35_the_request_can_be_closed_to_strangers() {
    let lab = Lab::with(|policy| policy.open.confirmation_request = false).await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    lab.mail().await;
    let anna = lab.actor(&acme, "anna").await;
    let service = &lab.membership.email_confirmation;

    assert!(matches!(
        service.request(&anonymous(), acme.id, id).await,
        Err(Error::Unauthenticated)
    ));
    assert!(lab.mail().await.is_empty());
    service.request(&anna, acme.id, id).await.unwrap();
    assert_eq!(lab.mail().await.len(), 1);
}
