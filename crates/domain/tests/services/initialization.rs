use domain::{Error, model::MailKind, services::Initialized};

use crate::lab::{Lab, anonymous};

#[tokio::test]
async fn sec_36_a_second_initialisation_changes_nothing() {
    let lab = Lab::new().await;
    let before = lab.users(&lab.platform).await;

    let again = lab
        .membership
        .initialization
        .initialize(&anonymous())
        .await
        .unwrap();

    assert!(matches!(again, Initialized::Before));
    assert!(lab.users(&lab.platform).await == before);
    assert_eq!(lab.audit(lab.platform.id).await, ["initialized"]);
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
