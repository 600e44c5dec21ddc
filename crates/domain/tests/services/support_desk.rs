use domain::Error;

use crate::lab::{Lab, anonymous};

#[tokio::test]
async fn sec_37_a_token_is_for_oneself_and_a_confirmed_address_only() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let anna = lab.register(&acme, "anna").await;
    let confirmation = lab.mailed("token").await;
    let owner = lab.holder_of("TenantAdministrator", &acme, "owner").await;
    let as_anna = lab.actor(&acme, "anna").await;
    let desk = &lab.membership.support_desk;

    assert!(matches!(
        desk.token(&as_anna, acme.id, anna).await,
        Err(Error::Conflict(_))
    ));
    lab.membership
        .email_confirmation
        .confirm(&anonymous(), &confirmation)
        .await
        .unwrap();

    let (one, two) = (
        desk.token(&as_anna, acme.id, anna).await,
        desk.token(&as_anna, acme.id, anna).await,
    );
    assert_ne!(one.unwrap().expose(), two.unwrap().expose());
    assert!(matches!(
        desk.token(&owner, acme.id, anna).await,
        Err(Error::Forbidden)
    ));
    assert!(matches!(
        desk.token(&lab.admin().await, acme.id, anna).await,
        Err(Error::Forbidden)
    ));
    assert!(matches!(
        desk.token(&anonymous(), acme.id, anna).await,
        Err(Error::Unauthenticated)
    ));
}
