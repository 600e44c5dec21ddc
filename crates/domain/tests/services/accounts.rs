use std::time::Duration;

use domain::{
    Error,
    model::{AuditAction, Identity, MailKind, PasswordFault, RoleName, UserId},
    services::AccountChange,
};

use crate::{
    anna::{Anna, NEW_PASSWORD, enabled, new_email, new_password, new_username},
    lab::{Lab, PASSWORD, anonymous, operator},
    world::Disturbance,
};

#[tokio::test]
async fn settings_are_for_oneself_and_administrators() {
    let anna = Anna::new().await;
    let (lab, acme) = (&anna.lab, &anna.acme);
    let other = lab.tenant("other").await;
    let administrator = RoleName::TENANT_ADMINISTRATOR;
    let accounts = &lab.membership.accounts;
    let owner = lab.holder_of(administrator, acme, "owner").await;
    let abroad = lab.holder_of(administrator, &other, "olga").await;
    let member = lab.holder_of("User", acme, "bert").await;
    lab.mail().await;

    for actor in [&anna.actor, &owner, &lab.admin().await, &operator()] {
        let user = accounts.settings(actor, acme.id, anna.id).await.unwrap();
        assert_eq!(user.username.as_str(), "anna");
        anna.change_by(actor, new_username("anna")).await.unwrap();
    }
    for (actor, unknown) in [(abroad, false), (member, false), (anonymous(), true)] {
        let refusals = [
            accounts.settings(&actor, acme.id, anna.id).await.err(),
            Some(anna.refused_by(&actor, new_username("x")).await),
        ];
        for refusal in refusals {
            let refused_so = match refusal {
                Some(Error::Unauthenticated) => unknown,
                Some(Error::Forbidden) => !unknown,
                _ => false,
            };
            assert!(refused_so);
        }
    }
    let missing = accounts.settings(&owner, acme.id, other_id(lab)).await;
    assert!(matches!(missing, Err(Error::NotFound("user"))));
}

/// A user of another tenant.
fn other_id(lab: &Lab) -> UserId {
    lab.store.edit(|state| {
        let mut users = state.users.values();
        users.find(|it| it.username.as_str() == "olga").unwrap().id
    })
}

#[tokio::test]
async fn sec_10_a_new_password_needs_the_present_one_ends_sessions_and_is_told() {
    let anna = Anna::new().await;
    let lab = &anna.lab;
    let before = lab.sign_in(&anna.acme, "anna", PASSWORD).await.unwrap();

    let missing = anna.refused_by(&anna.actor, new_password(NEW_PASSWORD, None));
    assert!(matches!(
        missing.await,
        Error::Invalid {
            field: "currentPassword",
            ..
        }
    ));
    let wrong = new_password(NEW_PASSWORD, Some("not the present one"));
    let wrong = anna.refused_by(&anna.actor, wrong).await;
    assert!(matches!(
        wrong,
        Error::Unacceptable {
            field: "currentPassword",
            ..
        }
    ));
    let weak = anna.refused_by(&anna.actor, new_password("short", Some(PASSWORD)));
    assert!(matches!(
        weak.await,
        Error::Password {
            field: "newPassword",
            fault: PasswordFault::TooShort { min: 15 },
        }
    ));
    assert!(lab.refresh(&before.refresh_token).await.is_ok());

    let change = new_password(NEW_PASSWORD, Some(PASSWORD));
    anna.changes(change).await.unwrap();

    assert!(lab.refresh(&before.refresh_token).await.is_err());
    assert!(lab.caller(&before.access_token).await.is_err());
    assert!(lab.sign_in(&anna.acme, "anna", PASSWORD).await.is_err());
    assert!(lab.sign_in(&anna.acme, "anna", NEW_PASSWORD).await.is_ok());
    let notice = ("anna@example.com".to_owned(), MailKind::PasswordChanged);
    assert_eq!(anna.mailed().await, [notice]);
    assert_eq!(anna.details(AuditAction::AccountChanged), ["password"]);
    let refused = anna.details(AuditAction::AccountChangeRefused);
    assert_eq!(refused, ["wrong password"]);
}

#[tokio::test]
async fn nobody_sets_the_password_of_another_person() {
    let anna = Anna::new().await;
    let owner = anna
        .lab
        .holder_of("TenantAdministrator", &anna.acme, "owner");
    let owner = owner.await;
    anna.lab.mail().await;

    for actor in [owner, anna.lab.admin().await, operator()] {
        for current in [None, Some(PASSWORD)] {
            let change = new_password(NEW_PASSWORD, current);
            let refused = anna.refused_by(&actor, change).await;
            assert!(matches!(refused, Error::Forbidden));
        }
    }
    assert_eq!(
        anna.lab.hasher.hashed(),
        3,
        "one for each who has a password"
    );
}

#[tokio::test]
async fn a_password_change_outlives_sign_outs_by_others_and_hashes_once() {
    let anna = Anna::new().await;
    let (user, hashed) = (anna.id, anna.lab.hasher.hashed());
    let signed_out = Disturbance::Preceded(Box::new(move |store| {
        store.edit(|state| {
            let user = state.users.get_mut(&user).unwrap();
            user.epoch += 1;
            user.version += 1;
        });
    }));
    anna.lab.watched.disturb("update_user", signed_out);

    let change = new_password(NEW_PASSWORD, Some(PASSWORD));
    anna.changes(change).await.unwrap();

    assert!(anna.lab.watched.is_quiet());
    assert_eq!(anna.lab.watched.calls("update_user"), 2);
    assert_eq!(anna.lab.hasher.hashed(), hashed + 1);
    assert_eq!(anna.mailed().await.len(), 1);
}

#[tokio::test]
async fn a_password_change_does_not_undo_another_one() {
    let anna = Anna::new().await;
    let user = anna.id;
    let other = domain::model::PasswordHash::new("plain$another password".to_owned());
    let stored = Some(other.clone());
    let reset = Disturbance::Preceded(Box::new(move |store| {
        store.edit(|state| {
            let user = state.users.get_mut(&user).unwrap();
            user.password = Some(other);
            user.version += 1;
        });
    }));
    anna.lab.watched.disturb("update_user", reset);

    let change = new_password(NEW_PASSWORD, Some(PASSWORD));
    let refused = anna.changes(change).await;

    assert!(matches!(refused, Err(Error::Stale)));
    let user = anna.lab.user(&anna.acme, anna.id).await;
    assert!(user.password == stored);
    assert!(anna.mailed().await.is_empty());
}

#[tokio::test]
async fn what_is_as_it_was_changes_nothing() {
    let anna = Anna::new().await;
    let before = anna.lab.user(&anna.acme, anna.id).await;

    let change = AccountChange {
        enabled: Some(true),
        email: Some("Anna@Example.com".parse().unwrap()),
        ..new_username("anna")
    };
    anna.changes(change).await.unwrap();
    anna.changes(AccountChange::default()).await.unwrap();

    assert!(anna.lab.user(&anna.acme, anna.id).await == before);
    assert!(anna.mailed().await.is_empty());
    assert!(anna.details(AuditAction::AccountChanged).is_empty());
}

#[tokio::test]
async fn a_new_username_signs_in_and_sessions_stay() {
    let anna = Anna::new().await;
    let lab = &anna.lab;
    lab.register(&anna.acme, "bert").await;
    lab.mail().await;
    let before = lab.sign_in(&anna.acme, "anna", PASSWORD).await.unwrap();

    let taken = anna.refused_by(&anna.actor, new_username("BERT")).await;
    assert!(matches!(taken, Error::Conflict("the username is taken")));
    anna.changes(new_username("annette")).await.unwrap();

    assert!(lab.sign_in(&anna.acme, "anna", PASSWORD).await.is_err());
    assert!(lab.sign_in(&anna.acme, "annette", PASSWORD).await.is_ok());
    let caller = lab.caller(&before.access_token).await.unwrap();
    assert_eq!(caller.username.as_str(), "annette");
}

#[tokio::test]
async fn sec_29_who_is_disabled_is_out_at_once_and_may_be_let_in_again() {
    let anna = Anna::new().await;
    let lab = &anna.lab;
    let owner = lab
        .holder_of("TenantAdministrator", &anna.acme, "owner")
        .await;
    let before = lab.sign_in(&anna.acme, "anna", PASSWORD).await.unwrap();
    lab.caller(&before.access_token).await.unwrap();

    anna.change_by(&owner, enabled(false)).await.unwrap();

    assert!(lab.caller(&before.access_token).await.is_err());
    assert!(lab.refresh(&before.refresh_token).await.is_err());
    assert!(lab.sign_in(&anna.acme, "anna", PASSWORD).await.is_err());
    lab.clock.advance(Duration::from_secs(1));
    anna.change_by(&owner, enabled(true)).await.unwrap();
    assert!(lab.refresh(&before.refresh_token).await.is_err());
    assert!(lab.sign_in(&anna.acme, "anna", PASSWORD).await.is_ok());
    let told = anna.details(AuditAction::AccountChanged);
    assert_eq!(told, ["enabled", "disabled"]);
}

#[tokio::test]
async fn nobody_disables_the_own_account() {
    let anna = Anna::new().await;
    let refused = anna.refused_by(&anna.actor, enabled(false)).await;
    assert!(matches!(refused, Error::Forbidden));

    let lab = &anna.lab;
    let administrator = RoleName::TENANT_ADMINISTRATOR;
    let owner = lab.holder_of(administrator, &anna.acme, "owner").await;
    lab.holder_of(administrator, &anna.acme, "second").await;
    let Identity::User(user) = &owner.identity else {
        panic!("no user");
    };
    let accounts = &lab.membership.accounts;
    let refused = accounts.change(&owner, anna.acme.id, user.user, enabled(false));
    assert!(matches!(refused.await, Err(Error::Forbidden)));
}

#[tokio::test]
async fn sec_34_the_last_administrator_is_not_disabled() {
    let anna = Anna::new().await;
    let lab = &anna.lab;
    let roles = &lab.membership.roles;
    let administrator = RoleName::TENANT_ADMINISTRATOR;
    let grant = roles
        .set(&operator(), anna.acme.id, anna.id, administrator, true)
        .await;
    grant.unwrap();

    let last = anna.refused_by(&operator(), enabled(false)).await;
    assert!(matches!(
        last,
        Error::Conflict("the last administrator must stay")
    ));

    lab.holder_of(administrator, &anna.acme, "second").await;
    anna.change_by(&operator(), enabled(false)).await.unwrap();
}

#[tokio::test]
async fn sec_34_a_platform_administrators_account_is_out_of_a_tenant_administrators_reach() {
    let lab = Lab::new().await;
    let owner = lab
        .holder_of("TenantAdministrator", &lab.platform, "owner")
        .await;
    let admin = lab.admin().await;
    let Identity::User(master) = &admin.identity else {
        panic!("no user");
    };
    let accounts = &lab.membership.accounts;
    let before = lab.users(&lab.platform).await;
    lab.mail().await;

    for change in [
        new_email("mine@example.org"),
        new_username("x"),
        enabled(false),
    ] {
        let refused = accounts.change(&owner, lab.platform.id, master.user, change);
        assert!(matches!(refused.await, Err(Error::Forbidden)));
    }

    assert!(lab.users(&lab.platform).await == before);
    assert!(lab.mail().await.is_empty());
    let own = accounts.change(&admin, lab.platform.id, master.user, new_username("chief"));
    own.await.unwrap();
}
