//! What tells nothing by its answer tells nothing by its work either: SEC-06, as far as a count can show it.

use std::collections::BTreeMap;

use domain::{
    model::{Tenant, TenantChange, UserId},
    services::{Account, NewUser},
};

use crate::lab::{Lab, PASSWORD, anonymous, new_user, operator, sign_in};

/// The tenant `acme` with `anna`, `disabled`, and `invited`, who has no password, and the disabled tenant `closed`.
async fn people() -> (Lab, Tenant, UserId) {
    let lab = Lab::new().await;
    let (acme, closed) = (lab.tenant("acme").await, lab.tenant("closed").await);
    let anna = lab.register(&acme, "anna").await;
    lab.register(&closed, "anna").await;
    let disabled = lab.register(&acme, "disabled").await;
    lab.store
        .edit(|state| state.users.get_mut(&disabled).unwrap().enabled = false);
    let invited = NewUser {
        password: None,
        ..new_user(acme.id, "invited")
    };
    let registration = &lab.membership.registration;
    registration.register(&operator(), invited).await.unwrap();
    let off = TenantChange {
        enabled: Some(false),
        ..TenantChange::default()
    };
    let tenants = &lab.membership.tenants;
    tenants.change(&operator(), closed.id, off).await.unwrap();
    (lab, acme, anna)
}

#[tokio::test]
async fn sec_06_every_refused_sign_in_asks_the_database_and_the_hasher_for_the_same() {
    let (lab, _, _) = people().await;
    let mut works = Vec::new();

    for (tenant, name, password) in [
        ("acme", "anna", "a wrong password"),
        ("acme", "nobody", PASSWORD),
        ("acme", "invited", PASSWORD),
        ("acme", "disabled", PASSWORD),
        ("closed", "anna", PASSWORD),
        ("nowhere", "anna", PASSWORD),
        ("platform", "anna", PASSWORD),
    ] {
        lab.watched.take_calls();
        let verified = lab.hasher.verified();
        let attempt = sign_in(tenant, name, password);
        let refused = lab.membership.tokens.sign_in(&anonymous(), attempt).await;
        assert!(refused.is_err(), "{tenant} {name}");
        works.push((lab.watched.take_calls(), lab.hasher.verified() - verified));
    }

    let verified = lab.hasher.verified();
    assert!(verified > 0);
    assert!(works.iter().all(|it| *it == works[0]), "{works:#?}");
}

#[tokio::test]
async fn sec_06_a_reset_request_is_one_row_whoever_it_is_for() {
    let (lab, _, _) = people().await;
    let by_name = |name: &str| Account::Username(name.parse().unwrap());
    let by_email = |email: &str| Account::Email(email.parse().unwrap());

    for (tenant, account) in [
        ("acme", by_name("anna")),
        ("acme", by_email("anna@example.com")),
        ("acme", by_name("nobody")),
        ("acme", by_email("nobody@example.com")),
        ("acme", by_name("invited")),
        ("acme", by_name("disabled")),
        ("closed", by_name("anna")),
        ("nowhere", by_name("anna")),
    ] {
        lab.watched.take_calls();
        let reset = &lab.membership.password_reset;
        let asked = reset.request(&anonymous(), tenant, account.clone()).await;
        asked.unwrap();
        let work = lab.watched.take_calls();
        assert_eq!(work, one_row(), "{tenant} {account:?}");
    }
}

#[tokio::test]
async fn sec_06_a_confirmation_request_is_one_row_whoever_it_is_for() {
    let (lab, acme, anna) = people().await;
    let nowhere = lab.platform.id;
    let nobody = UserId::from_uuid(acme.id.uuid());

    for (tenant, user) in [(acme.id, anna), (acme.id, nobody), (nowhere, anna)] {
        lab.watched.take_calls();
        let confirmation = &lab.membership.email_confirmation;
        let asked = confirmation.request(&anonymous(), tenant, user).await;
        asked.unwrap();
        let counted_under_the_user = ("attempt", 1);
        let work = lab.watched.take_calls();
        let due = one_row().into_iter().chain([counted_under_the_user]);
        assert_eq!(work, due.collect(), "{tenant} {user}");
    }
}

#[tokio::test]
async fn rel_14_passwords_are_hashed_in_the_turn_of_their_tenant() {
    let (lab, acme, anna) = people().await;
    let lanes = async |tenant, name| {
        lab.hasher.take_lanes();
        let attempt = sign_in(tenant, name, PASSWORD);
        let _ = lab.membership.tokens.sign_in(&anonymous(), attempt).await;
        lab.hasher.take_lanes()
    };

    assert_eq!(lanes("acme", "anna").await, [Some(acme.id)]);
    assert_eq!(lanes("acme", "nobody").await, [Some(acme.id)]);
    assert_eq!(lanes("nowhere", "anna").await, [None]);
    lab.store.edit(|state| {
        let user = state.users.get_mut(&anna).unwrap();
        let old = format!("{}{PASSWORD}", testkit::PlainHasher::OLD_SCHEME);
        user.password = Some(domain::model::PasswordHash::new(old));
    });
    let lane = Some(acme.id);
    assert_eq!(lanes("acme", "anna").await, [lane, lane], "made anew");
}

fn one_row() -> BTreeMap<&'static str, usize> {
    BTreeMap::from([("request_mail", 1)])
}
