//! How fresh the standing of callers is, and what that costs (SEC-29).

use std::{sync::Arc, time::Duration};

use domain::{
    Error, Membership,
    model::{ClientChange, ClientKind, Tenant, TenantChange},
    services::Account,
};
use testkit::{MemoryStore, at};

use crate::{
    lab::{Lab, PASSWORD, SignedIn, anonymous, caller, canopy, just_before, operator, password},
    world::Disturbance,
};

const KEPT: Duration = Duration::from_secs(2);

/// A lab with a user `anna` of `acme` who signed in, and whose standing is known.
async fn annas() -> (Lab, Tenant, SignedIn) {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    let anna = lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();
    (lab, acme, anna)
}

async fn is_nobody(lab: &Lab, signed_in: &SignedIn) -> bool {
    let answer = lab.caller(&signed_in.access_token).await;
    matches!(answer, Err(Error::Unauthenticated))
}

#[tokio::test]
async fn sec_29_a_role_counts_from_its_grant_to_its_end() {
    let (lab, acme, anna) = annas().await;
    let set = async |held| {
        let roles = &lab.membership.roles;
        roles
            .set(&operator(), acme.id, anna.user.user, "Support", held)
            .await
            .unwrap();
    };
    let holds = async || {
        let caller = lab.caller(&anna.access_token).await.unwrap();
        caller.has_role("Support")
    };
    assert!(!holds().await);

    set(true).await;
    assert!(holds().await);
    set(false).await;
    assert!(!holds().await);
}

#[tokio::test]
async fn sec_29_a_disabled_tenant_stops_sign_in_refresh_and_access_at_once() {
    let (lab, acme, anna) = annas().await;
    let elsewhere = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    let set = async |enabled| {
        let change = TenantChange {
            enabled: Some(enabled),
            ..TenantChange::default()
        };
        let tenants = &lab.membership.tenants;
        tenants.change(&operator(), acme.id, change).await.unwrap();
    };

    set(false).await;
    assert!(lab.sign_in(&acme, "anna", PASSWORD).await.is_err());
    assert!(lab.refresh(&anna.refresh_token).await.is_err());
    assert!(is_nobody(&lab, &anna).await);
    assert!(lab.caller(&elsewhere.access_token).await.is_ok());

    set(true).await;
    assert!(lab.caller(&anna.access_token).await.is_ok());
    assert!(lab.refresh(&anna.refresh_token).await.is_ok());
}

#[tokio::test]
async fn sec_29_a_disabled_or_deleted_client_stops_its_sign_ins_at_once_and_no_others() {
    let (lab, acme, anna) = annas().await;
    let app = lab
        .client("app", ClientKind::Public, ClientChange::default())
        .await;
    let by_app = lab.sign_in_by(&app, &acme, "anna").await.unwrap();
    let set = async |enabled| {
        let change = ClientChange {
            enabled: Some(enabled),
            ..ClientChange::default()
        };
        lab.change_client(&app, change).await;
    };

    set(false).await;
    assert!(is_nobody(&lab, &by_app).await);
    assert!(lab.caller(&anna.access_token).await.is_ok());
    set(true).await;
    assert!(lab.caller(&by_app.access_token).await.is_ok());

    let id = app.id.parse().unwrap();
    lab.membership
        .clients
        .delete(&operator(), &id)
        .await
        .unwrap();
    assert!(is_nobody(&lab, &by_app).await);
    let refused = lab.refresh_by(&app, &by_app.refresh_token).await;
    assert!(matches!(refused, Err(Error::BadClient)));
    assert!(lab.caller(&anna.access_token).await.is_ok());
}

#[tokio::test]
async fn sec_29_ending_sessions_bites_at_once() {
    let (lab, acme, first) = annas().await;
    let second = lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();
    let user = first.user.user;
    let sessions = &lab.membership.sessions;

    sessions
        .end(&operator(), acme.id, user, first.user.session)
        .await
        .unwrap();
    assert!(is_nobody(&lab, &first).await);
    assert!(lab.refresh(&first.refresh_token).await.is_err());
    assert!(lab.caller(&second.access_token).await.is_ok());

    sessions.end_all(&operator(), acme.id, user).await.unwrap();
    assert!(is_nobody(&lab, &second).await);
    assert!(lab.refresh(&second.refresh_token).await.is_err());
}

#[tokio::test]
async fn sec_29_a_reset_of_the_password_bites_at_once() {
    let (lab, _, anna) = annas().await;
    lab.mail().await;
    let account = Account::Username("anna".parse().unwrap());
    let reset = &lab.membership.password_reset;
    reset.request(&anonymous(), "acme", account).await.unwrap();
    let token = lab.mailed("token").await;
    assert!(lab.caller(&anna.access_token).await.is_ok());

    let chosen = password("a new password of mine");
    reset
        .reset(&anonymous(), anna.user.user, &token, chosen)
        .await
        .unwrap();

    assert!(is_nobody(&lab, &anna).await);
    assert!(lab.refresh(&anna.refresh_token).await.is_err());
}

/// What another process does to the person of a sign-in.
type Change = fn(&MemoryStore, &SignedIn);

#[tokio::test]
async fn sec_29_what_another_process_changed_bites_within_two_seconds() {
    let changes: [(&str, Change); 5] = [
        ("sessions ended", |store, anna| {
            store.edit(|state| state.users.get_mut(&anna.user.user).unwrap().epoch += 1);
        }),
        ("user disabled", |store, anna| {
            store.edit(|state| state.users.get_mut(&anna.user.user).unwrap().enabled = false);
        }),
        ("tenant disabled", |store, anna| {
            store.edit(|state| state.tenants.get_mut(&anna.user.tenant).unwrap().enabled = false);
        }),
        ("client disabled", |store, _| {
            let canopy = canopy().id.parse().unwrap();
            store.edit(|state| state.clients.get_mut(&canopy).unwrap().enabled = false);
        }),
        ("session ended", |store, anna| {
            store
                .edit(|state| state.sessions.remove(&anna.user.session))
                .unwrap();
        }),
    ];
    for (what, change) in changes {
        let (lab, _, anna) = annas().await;

        change(&lab.store, &anna);

        assert!(lab.refresh(&anna.refresh_token).await.is_err(), "{what}");
        lab.clock.advance(KEPT);
        assert!(is_nobody(&lab, &anna).await, "{what}");
    }
}

#[tokio::test]
async fn sec_29_of_a_burst_of_one_caller_one_asks() {
    let (lab, _, anna) = annas().await;
    lab.caller(&anna.access_token).await.unwrap();
    lab.clock.advance(KEPT);
    let before = lab.watched.calls("session");
    let lab = Arc::new(lab);

    let burst: Vec<_> = (0..20)
        .map(|_| {
            let (lab, token) = (lab.clone(), anna.access_token.clone());
            tokio::spawn(async move { lab.caller(&token).await })
        })
        .collect();
    for answer in burst {
        assert!(answer.await.unwrap().is_ok());
    }

    assert_eq!(lab.watched.calls("session") - before, 1);
}

#[tokio::test]
async fn sec_29_what_is_known_is_not_stretched_beyond_four_seconds() {
    let (lab, acme, anna) = annas().await;
    lab.caller(&anna.access_token).await.unwrap();
    lab.clock.advance(KEPT);
    lab.watched.disturb("session", Disturbance::FailsBefore);
    assert!(lab.caller(&anna.access_token).await.is_err());
    lab.another_process()
        .sessions
        .end_all(&operator(), acme.id, anna.user.user)
        .await
        .unwrap();

    lab.clock.advance(KEPT);

    assert!(is_nobody(&lab, &anna).await);
}

#[tokio::test]
async fn sec_29_a_busy_caller_costs_one_lookup_in_two_seconds() {
    let (lab, _, anna) = annas().await;
    lab.clock.advance(KEPT);
    let before = lab.watched.calls("session");

    for lookups in 1..=3 {
        for _ in 0..10 {
            lab.caller(&anna.access_token).await.unwrap();
            assert_eq!(lab.watched.calls("session") - before, lookups);
        }
        lab.clock.advance(just_before(KEPT));
        lab.caller(&anna.access_token).await.unwrap();
        assert_eq!(lab.watched.calls("session") - before, lookups);
        lab.clock.advance(Duration::from_micros(1));
    }
}

#[tokio::test]
async fn a_clock_that_goes_back_keeps_nobody_in() {
    let (lab, _, anna) = annas().await;
    lab.clock.set(at(3));
    lab.caller(&anna.access_token).await.unwrap();

    lab.store.edit(|state| state.sessions.clear());
    lab.clock.set(at(1));

    assert!(is_nobody(&lab, &anna).await);
    lab.clock.set(at(4));
    assert!(is_nobody(&lab, &anna).await);
}

#[tokio::test]
async fn an_answer_that_was_overtaken_by_a_change_is_not_kept() {
    let (lab, acme, anna) = annas().await;
    let roles = &lab.membership.roles;
    lab.clock.advance(KEPT);
    lab.caller(&anna.access_token).await.unwrap();

    roles
        .set(&operator(), acme.id, anna.user.user, "Support", true)
        .await
        .unwrap();
    let at_that_moment = lab.caller(&anna.access_token).await.unwrap();
    lab.clock.advance(Duration::from_micros(1));

    assert!(at_that_moment.has_role("Support"));
    let before = lab.watched.calls("session");
    lab.caller(&anna.access_token).await.unwrap();
    lab.caller(&anna.access_token).await.unwrap();
    assert_eq!(
        lab.watched.calls("session") - before,
        1,
        "known after the change"
    );
}

/// Another process that has read the first keys, and a token whose key it has not read.
async fn with_a_new_key(lab: &Lab) -> (Membership, SignedIn) {
    let other = lab.another_process();
    other.signing_keys.tend().await.unwrap();
    for _ in 0..2 {
        let keys = &lab.membership.signing_keys;
        keys.rotate(&operator(), true).await.unwrap();
    }
    lab.membership.signing_keys.tend().await.unwrap();
    let signed_in = lab.sign_in(&lab.platform, "admin", PASSWORD).await;
    (other, signed_in.unwrap())
}

#[tokio::test]
async fn a_token_of_a_key_that_another_process_began_to_use_is_good_at_once() {
    let lab = Lab::new().await;
    let (other, signed_in) = with_a_new_key(&lab).await;
    let read = lab.watched.calls("signing_keys");

    let known = caller(&other, &signed_in.access_token).await;

    assert_eq!(known.unwrap(), signed_in.user);
    assert_eq!(lab.watched.calls("signing_keys") - read, 1);
}

#[tokio::test]
async fn tokens_of_a_new_key_that_come_together_are_all_good() {
    let lab = Lab::new().await;
    let (other, signed_in) = with_a_new_key(&lab).await;
    let other = Arc::new(other);
    let read = lab.watched.calls("signing_keys");

    let callers: Vec<_> = (0..20)
        .map(|_| {
            let (other, token) = (other.clone(), signed_in.access_token.clone());
            tokio::spawn(async move { caller(&other, &token).await })
        })
        .collect();

    for known in callers {
        assert_eq!(known.await.unwrap().unwrap(), signed_in.user);
    }
    assert_eq!(lab.watched.calls("signing_keys") - read, 1);
}

#[tokio::test]
async fn made_up_names_of_keys_cost_one_query_a_second() {
    let lab = Lab::new().await;
    let made_up = async || {
        let answer = lab.caller("access-token-1 by nobody").await;
        assert!(matches!(answer, Err(Error::Unauthenticated)));
    };
    let before = lab.watched.calls("signing_keys");

    for searches in 1..=3 {
        for _ in 0..10 {
            made_up().await;
            assert_eq!(lab.watched.calls("signing_keys") - before, searches);
        }
        lab.clock.advance(Duration::from_secs(1));
    }
    assert!(lab.caller("no token at all").await.is_err());
    assert_eq!(lab.watched.calls("signing_keys") - before, 3);
}

#[tokio::test]
async fn a_clock_that_goes_back_does_not_stop_the_search_for_keys() {
    let lab = Lab::new().await;
    let (other, signed_in) = with_a_new_key(&lab).await;
    lab.clock.advance(Duration::from_hours(1));
    assert!(caller(&other, "access-token-1 by nobody").await.is_err());
    let lab_keys = &lab.membership.signing_keys;
    for _ in 0..2 {
        lab_keys.rotate(&operator(), true).await.unwrap();
    }
    lab_keys.tend().await.unwrap();
    drop(signed_in);

    lab.clock.set(at(60));
    let signed_in = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();

    assert!(caller(&other, &signed_in.access_token).await.is_ok());
}
