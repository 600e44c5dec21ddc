use std::sync::Mutex;

use domain::{
    Error,
    model::MailKind,
    services::{FirstCredentials, Initialized},
};

use crate::{
    instance::uninitialized,
    lab::{Lab, anonymous, operator},
};

#[tokio::test]
async fn sec_36_a_second_initialisation_changes_nothing() {
    let lab = Lab::new().await;
    let before = lab.users(&lab.platform).await;

    let again = lab
        .membership
        .initialization
        .initialize(&anonymous(), &|_| ())
        .await
        .unwrap();

    assert!(matches!(again, Initialized::Before));
    assert!(lab.users(&lab.platform).await == before);
    assert_eq!(lab.audit(lab.platform.id), ["initialized"]);
}

#[tokio::test]
async fn an_administrator_without_a_password_is_invited() {
    let lab = Lab::with(|policy| policy.bootstrap.password = None).await;

    assert_eq!(lab.mail().await[0].kind, MailKind::Invitation);
}

#[tokio::test]
async fn the_first_administrator_administers_the_platform() {
    let lab = Lab::new().await;
    let admin = lab.admin().await;

    assert_eq!(lab.membership.tenants.all(&admin).await.unwrap().len(), 1);
    assert!(matches!(
        lab.membership.tenants.all(&anonymous()).await,
        Err(Error::Unauthenticated)
    ));
}

#[tokio::test]
async fn made_up_secrets_are_for_the_operator_alone() {
    let membership = uninitialized(
        |policy| {
            policy.bootstrap.password = None;
            policy.bootstrap.client_secret = None;
            policy.bootstrap.generate_secrets = true;
        },
        |_, _| (),
    )
    .membership;

    let refused = membership
        .initialization
        .initialize(&anonymous(), &|_| ())
        .await;
    assert!(matches!(refused, Err(Error::Conflict(_))));
    let told = Mutex::new(None);
    let tell = |first: &FirstCredentials| {
        let made_up = (first.password.is_some(), first.client_secret.is_some());
        *told.lock().unwrap() = Some(made_up);
    };
    let first = membership
        .initialization
        .initialize(&operator(), &tell)
        .await;
    assert_eq!(first.unwrap(), Initialized::Now);
    assert_eq!(*told.lock().unwrap(), Some((true, true)));
}
