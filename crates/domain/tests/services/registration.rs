use domain::{
    Error,
    model::{MailKind, PasswordFault, Secret, Tenant},
    services::{ImportedUser, NewUser},
};
use testkit::PlainHasher;

use crate::lab::{Lab, PASSWORD, anonymous, new_user, operator, password};

#[tokio::test]
async fn a_registered_person_can_sign_in_at_once_and_gets_a_confirmation_mail() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;

    let id = lab.register(&acme, "anna").await;

    let mail = lab.mail().await;
    assert_eq!(
        (mail[0].kind, mail[0].to.as_str()),
        (MailKind::Confirmation, "anna@example.com")
    );
    assert_eq!(
        lab.sign_in(&acme, "anna", PASSWORD)
            .await
            .unwrap()
            .user
            .user,
        id
    );
    assert!(lab.audit(acme.id).contains(&"user_registered"));
}

#[tokio::test]
async fn a_person_without_a_password_is_invited_to_set_one() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let new = NewUser {
        password: None,
        ..new_user(acme.id, "anna")
    };

    let id = lab
        .membership
        .registration
        .register(&operator(), new)
        .await
        .unwrap();

    let mail = lab.mail().await;
    assert_eq!(mail[0].kind, MailKind::Invitation);
    assert!(lab.sign_in(&acme, "anna", PASSWORD).await.is_err());
    let token = crate::lab::linked(&mail[0], "token");
    lab.membership
        .password_reset
        .reset(&anonymous(), id, &token, password(PASSWORD))
        .await
        .unwrap();
    assert!(lab.sign_in(&acme, "anna", PASSWORD).await.is_ok());
    assert!(lab.user(&acme, id).await.email_confirmed);
    assert!(
        lab.mail().await.is_empty(),
        "a first password is no change to be told of"
    );
}

#[tokio::test]
async fn a_weak_password_is_refused_and_leaves_nothing() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let weak = NewUser {
        password: Some(password("too short")),
        ..new_user(acme.id, "anna")
    };

    let refused = lab
        .membership
        .registration
        .register(&operator(), weak)
        .await;

    assert!(matches!(
        refused,
        Err(Error::Password {
            field: "password",
            fault: PasswordFault::TooShort { min: 15 },
        })
    ));
    assert!(lab.users(&acme).await.is_empty());
    assert!(lab.mail().await.is_empty());
}

#[tokio::test]
async fn a_taken_name_or_address_is_refused_and_leaves_nothing() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    lab.mail().await;
    let same_name = NewUser {
        email: "other@example.com".parse().unwrap(),
        ..new_user(acme.id, "ANNA")
    };
    let same_address = NewUser {
        username: "other".parse().unwrap(),
        ..new_user(acme.id, "anna")
    };

    for taken in [same_name, same_address] {
        let refused = lab
            .membership
            .registration
            .register(&operator(), taken)
            .await;
        assert!(matches!(refused, Err(Error::Conflict(_))));
    }

    assert_eq!(lab.users(&acme).await.len(), 1);
    assert!(lab.mail().await.is_empty());
}

#[tokio::test]
async fn the_same_person_may_be_in_two_tenants() {
    let lab = Lab::new().await;
    let (acme, globex) = (lab.tenant("acme").await, lab.tenant("globex").await);

    assert_ne!(
        lab.register(&acme, "anna").await,
        lab.register(&globex, "anna").await
    );
}

#[tokio::test]
async fn only_administrators_register_and_only_within_their_reach() {
    let lab = Lab::new().await;
    let (acme, globex) = (lab.tenant("acme").await, lab.tenant("globex").await);
    let owner = lab.holder_of("TenantAdministrator", &acme, "owner").await;
    lab.register(&acme, "plain").await;
    let plain = lab.actor(&acme, "plain").await;
    let register = |actor, tenant, name| {
        let registration = &lab.membership.registration;
        async move { registration.register(&actor, new_user(tenant, name)).await }
    };

    assert!(register(owner.clone(), acme.id, "one").await.is_ok());
    assert!(matches!(
        register(owner, globex.id, "two").await,
        Err(Error::Forbidden)
    ));
    assert!(matches!(
        register(plain, acme.id, "two").await,
        Err(Error::Forbidden)
    ));
    assert!(matches!(
        register(anonymous(), acme.id, "two").await,
        Err(Error::Unauthenticated)
    ));
    assert!(register(lab.admin().await, globex.id, "two").await.is_ok());
}

fn imported(tenant: &Tenant, hash: String) -> ImportedUser {
    ImportedUser {
        tenant: tenant.id,
        email: "anna@example.com".parse().unwrap(),
        username: "anna".parse().unwrap(),
        locale: None,
        password_hash: Secret::new(hash),
    }
}

#[tokio::test]
async fn sec_09_an_imported_person_signs_in_with_the_password_of_before_and_its_hash_is_renewed() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let hash = format!("{}short", PlainHasher::OLD_SCHEME);
    let registration = &lab.membership.registration;

    let id = registration
        .import(&operator(), imported(&acme, hash.clone()))
        .await
        .unwrap();

    assert_eq!(lab.mail().await[0].kind, MailKind::Confirmation);
    assert!(lab.sign_in(&acme, "anna", PASSWORD).await.is_err());
    let stored = lab.user(&acme, id).await.password.unwrap();
    assert_eq!(stored.as_str(), hash);
    lab.sign_in(&acme, "anna", "short").await.unwrap();
    let renewed = lab.user(&acme, id).await.password.unwrap();
    assert!(renewed.as_str().starts_with(PlainHasher::SCHEME));
    lab.sign_in(&acme, "anna", "short").await.unwrap();
}

#[tokio::test]
async fn sec_09_operators_alone_import_and_usable_hashes_alone() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let owner = lab.holder_of("TenantAdministrator", &acme, "owner").await;
    let before = lab.users(&acme).await;
    let usable = format!("{}short", PlainHasher::OLD_SCHEME);
    let registration = &lab.membership.registration;
    let import = |actor, hash: &str| {
        let new = imported(&acme, hash.to_owned());
        async move { registration.import(&actor, new).await }
    };

    for actor in [owner, lab.admin().await] {
        assert!(matches!(
            import(actor, &usable).await,
            Err(Error::Forbidden)
        ));
    }
    let refused = import(anonymous(), &usable).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)));
    assert!(matches!(
        import(operator(), "5f4dcc3b5aa765d61d8327deb882cf99").await,
        Err(Error::Invalid {
            field: "passwordHash",
            ..
        })
    ));

    assert!(lab.users(&acme).await == before);
    assert!(
        lab.mail()
            .await
            .iter()
            .all(|mail| mail.to.as_str() != "anna@example.com")
    );
    import(operator(), &usable).await.unwrap();
}
