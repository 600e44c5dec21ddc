use domain::{
    Error,
    model::{Actor, TenantId, UserId},
};

use crate::lab::{Lab, anonymous, operator};

async fn names(lab: &Lab, actor: &Actor, tenant: TenantId, user: UserId) -> Vec<String> {
    let roles = lab.membership.roles.of(actor, tenant, user).await.unwrap();
    roles.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_role_is_granted_and_revoked_and_repeating_changes_nothing() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let owner = lab.holder_of("TenantAdministrator", &acme, "owner").await;
    let anna = lab.register(&acme, "anna").await;
    let roles = &lab.membership.roles;

    for _ in 0..2 {
        roles
            .set(&owner, acme.id, anna, "Support", true)
            .await
            .unwrap();
        assert_eq!(names(&lab, &owner, acme.id, anna).await, ["Support"]);
    }
    for _ in 0..2 {
        roles
            .set(&owner, acme.id, anna, "Support", false)
            .await
            .unwrap();
        assert!(names(&lab, &owner, acme.id, anna).await.is_empty());
    }

    let audit = lab.audit(acme.id);
    assert_eq!(audit.iter().filter(|it| **it == "role_revoked").count(), 1);
}

#[tokio::test]
async fn everybody_sees_the_own_roles_and_administrators_all_of_their_tenant() {
    let lab = Lab::new().await;
    let (acme, globex) = (lab.tenant("acme").await, lab.tenant("globex").await);
    let owner = lab.holder_of("TenantAdministrator", &acme, "owner").await;
    let (anna, bert) = (
        lab.register(&acme, "anna").await,
        lab.register(&globex, "bert").await,
    );
    let roles = &lab.membership.roles;
    let as_anna = lab.actor(&acme, "anna").await;

    assert!(roles.of(&as_anna, acme.id, anna).await.is_ok());
    assert!(roles.of(&owner, acme.id, anna).await.is_ok());
    assert!(matches!(
        roles.of(&owner, globex.id, bert).await,
        Err(Error::Forbidden)
    ));
    assert!(matches!(
        roles.of(&as_anna, globex.id, anna).await,
        Err(Error::Forbidden)
    ));
    assert!(matches!(
        roles.of(&anonymous(), acme.id, anna).await,
        Err(Error::Unauthenticated)
    ));
    assert!(matches!(
        roles.of(&owner, acme.id, bert).await,
        Err(Error::NotFound("user"))
    ));
}

#[tokio::test]
async fn sec_34_nobody_grants_a_role_above_the_own_or_an_unknown_one() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let owner = lab.holder_of("TenantAdministrator", &acme, "owner").await;
    let anna = lab.register(&acme, "anna").await;
    let as_anna = lab.actor(&acme, "anna").await;
    let admin = lab.admin().await;
    let grant = |actor: Actor, role| {
        let roles = &lab.membership.roles;
        async move { roles.set(&actor, acme.id, anna, role, true).await }
    };

    assert!(matches!(
        grant(as_anna, "Support").await,
        Err(Error::Forbidden)
    ));
    assert!(matches!(
        grant(owner.clone(), "Administrator").await,
        Err(Error::Forbidden)
    ));
    assert!(matches!(
        grant(admin, "Administrator").await,
        Err(Error::Unacceptable { field: "role", .. })
    ));
    assert!(matches!(
        grant(owner.clone(), "Emperor").await,
        Err(Error::Unacceptable { field: "role", .. })
    ));
    assert!(names(&lab, &owner, acme.id, anna).await.is_empty());
}

#[tokio::test]
async fn sec_34_the_last_administrator_stays() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let owner = lab.holder_of("TenantAdministrator", &acme, "owner").await;
    let anna = lab.register(&acme, "anna").await;
    let admin = lab
        .sign_in(&lab.platform, "admin", crate::lab::PASSWORD)
        .await
        .unwrap()
        .user
        .user;
    let owner_id = lab
        .sign_in(&acme, "owner", crate::lab::PASSWORD)
        .await
        .unwrap()
        .user
        .user;
    let roles = &lab.membership.roles;

    let last = roles
        .set(&owner, acme.id, owner_id, "TenantAdministrator", false)
        .await;
    assert!(matches!(last, Err(Error::Conflict(_))));
    let last = roles
        .set(&operator(), lab.platform.id, admin, "Administrator", false)
        .await;
    assert!(matches!(last, Err(Error::Conflict(_))));

    roles
        .set(&owner, acme.id, anna, "TenantAdministrator", true)
        .await
        .unwrap();
    roles
        .set(&owner, acme.id, owner_id, "TenantAdministrator", false)
        .await
        .unwrap();
}
