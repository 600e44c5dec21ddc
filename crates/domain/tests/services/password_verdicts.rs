//! Every way to set a password obeys one policy, and judges before it hashes.

use domain::{
    Error, Result,
    model::{MailKind, PasswordFault as F, PasswordPolicy, TenantChange, UserId},
    services::{Account, NewUser},
};
use testkit::ListedPasswords;

use crate::{
    anna::{Anna, new_password},
    instance::uninitialized,
    lab::{Lab, PASSWORD, anonymous, new_user, operator, password},
};

/// What is wrong with each, in a tenant `acme` that wants 15 characters, for `anna`.
const FAULTY: [(&str, F); 5] = [
    ("fourteen chars", F::TooShort { min: 15 }),
    (ListedPasswords::COMMON, F::Common),
    ("anna-anna2026-anna", F::NamesAccount),
    ("..Acme Tenant 2026", F::NamesTenant),
    ("membership--2026", F::NamesProduct),
];

fn fault(outcome: &Result<impl Sized>) -> Option<(&'static str, F)> {
    match *outcome {
        Err(Error::Password { field, fault }) => Some((field, fault)),
        _ => None,
    }
}

#[tokio::test]
async fn sec_02_registration_refuses_before_hashing_and_leaves_nothing() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let hashed = lab.hasher.hashed();

    for (text, expected) in FAULTY {
        let new = NewUser {
            password: Some(password(text)),
            ..new_user(acme.id, "anna")
        };
        let refused = lab.membership.registration.register(&operator(), new).await;
        assert_eq!(fault(&refused), Some(("password", expected)), "{text}");
    }

    assert_eq!(lab.hasher.hashed(), hashed);
    assert!(lab.users(&acme).await.is_empty() && lab.mail().await.is_empty());
}

#[tokio::test]
async fn sec_02_reset_and_invitation_refuse_before_hashing_and_keep_the_link() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let invited = NewUser {
        password: None,
        ..new_user(acme.id, "anna")
    };
    let anna = lab
        .membership
        .registration
        .register(&operator(), invited)
        .await
        .unwrap();
    let invitation = lab.mailed("token").await;
    let refuses_all = async |token: &str| {
        let (hashed, verified) = (lab.hasher.hashed(), lab.hasher.verified());
        let before = lab.users(&acme).await;
        for (text, expected) in FAULTY {
            let refused = reset(&lab, anna, token, text).await;
            assert_eq!(fault(&refused), Some(("newPassword", expected)), "{text}");
        }
        assert_eq!(
            (lab.hasher.hashed(), lab.hasher.verified()),
            (hashed, verified)
        );
        assert!(lab.users(&acme).await == before);
    };

    refuses_all(&invitation).await;
    reset(&lab, anna, &invitation, PASSWORD).await.unwrap();

    let account = Account::Username("anna".parse().unwrap());
    let service = &lab.membership.password_reset;
    service
        .request(&anonymous(), "acme", account)
        .await
        .unwrap();
    let mail = lab.mail().await;
    assert_eq!(mail[0].kind, MailKind::PasswordReset);
    let token = crate::lab::linked(&mail[0], "token");
    refuses_all(&token).await;
    reset(&lab, anna, &token, "another phrase of mine")
        .await
        .unwrap();
}

async fn reset(lab: &Lab, user: UserId, token: &str, text: &str) -> Result<()> {
    let service = &lab.membership.password_reset;
    service
        .reset(&anonymous(), user, token, password(text))
        .await
}

#[tokio::test]
async fn sec_02_account_settings_refuse_before_hashing() {
    let anna = Anna::new().await;
    let hasher = &anna.lab.hasher;
    let work = || (hasher.hashed(), hasher.verified());
    let before = work();

    for (text, expected) in FAULTY {
        let change = new_password(text, Some(PASSWORD));
        let refused = anna.refused_by(&anna.actor, change).await;
        assert_eq!(
            fault(&Err::<(), _>(refused)),
            Some(("newPassword", expected)),
            "{text}"
        );
    }

    assert_eq!(work(), before);
}

#[tokio::test]
async fn sec_02_the_first_administrator_has_no_other_rules() {
    let instance = uninitialized(
        |policy| policy.bootstrap.password = Some(password("admin-2026-12-31")),
        |_, _| (),
    );

    let refused = instance
        .membership
        .initialization
        .initialize(&operator(), &|_| ())
        .await;

    assert_eq!(
        fault(&refused),
        Some(("bootstrap.password", F::NamesAccount))
    );
    assert_eq!(instance.hasher.hashed(), 0);
}

#[tokio::test]
async fn sec_02_a_tenants_own_minimum_is_obeyed_and_can_only_raise_the_services() {
    let lab = Lab::new().await;
    let (acme, globex) = (lab.tenant("acme").await, lab.tenant("globex").await);
    let admin = lab.admin().await;
    let owner = lab.holder_of("TenantAdministrator", &acme, "owner").await;
    let change = |length| TenantChange {
        min_password_length: Some(length),
        ..TenantChange::default()
    };
    let tenants = &lab.membership.tenants;

    for unacceptable in [0, 14, PasswordPolicy::LONGEST_MINIMUM + 1, u32::MAX] {
        let refused = tenants.change(&admin, acme.id, change(unacceptable)).await;
        assert!(
            matches!(
                refused,
                Err(Error::Unacceptable {
                    field: "minPasswordLength",
                    ..
                })
            ),
            "{unacceptable}"
        );
    }
    let refused = tenants.change(&owner, acme.id, change(22)).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    let stored = tenants.one(&admin, acme.id).await.unwrap();
    assert_eq!(stored.min_password_length, None);
    tenants.change(&admin, acme.id, change(22)).await.unwrap();

    let register = |tenant, name| {
        let new = NewUser {
            // 21 characters.
            password: Some(password(PASSWORD)),
            ..new_user(tenant, name)
        };
        async { lab.membership.registration.register(&operator(), new).await }
    };
    let short = Some(("password", F::TooShort { min: 22 }));
    assert_eq!(fault(&register(acme.id, "anna").await), short);
    assert!(register(globex.id, "anna").await.is_ok());
}
