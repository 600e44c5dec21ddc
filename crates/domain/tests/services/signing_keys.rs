use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    Error, Membership, Result,
    model::{KeyState, RoleName, SigningKey},
    ports::{Clock as _, MasterKeyRing, SigningKeys as _},
};

use crate::{
    instance::policy,
    lab::{Lab, PASSWORD, anonymous, caller, just_before, operator, refresh, sign_in},
    world::Disturbance,
};

/// The ids of the keys in that state.
async fn keys(lab: &Lab, state: KeyState) -> Vec<String> {
    let keys = lab.store.signing_keys().await.unwrap();
    let in_state = keys.into_iter().filter(|key| key.state == state);
    in_state.map(|key| key.id).collect()
}

async fn current(lab: &Lab) -> String {
    keys(lab, KeyState::Current).await.remove(0)
}

async fn next(lab: &Lab) -> String {
    keys(lab, KeyState::Next).await.remove(0)
}

async fn tend(lab: &Lab) {
    lab.membership.signing_keys.tend().await.unwrap();
}

async fn can_sign_in(membership: &Membership) -> bool {
    let request = sign_in("platform", "admin", PASSWORD);
    membership
        .tokens
        .sign_in(&anonymous(), request)
        .await
        .is_ok()
}

fn rotations(lab: &Lab) -> usize {
    let rotated = lab.events(|event| event.action.name() == "signing_key_rotated");
    rotated.len()
}

#[tokio::test]
async fn a_new_instance_has_a_key_that_signs_and_publishes_the_next() {
    let lab = Lab::new().await;
    let (first, second) = (current(&lab).await, next(&lab).await);

    tend(&lab).await;

    assert_eq!(
        (current(&lab).await, next(&lab).await),
        (first.clone(), second.clone())
    );
    assert!(keys(&lab, KeyState::Retired).await.is_empty());
    let published = lab.membership.signing_keys.key_set().unwrap();
    assert_eq!(published.split(' ').collect::<Vec<_>>(), [first, second]);
    assert_eq!(rotations(&lab), 0);
}

#[tokio::test]
async fn the_scheduled_rotation_waits_for_its_time_and_for_the_next_key_to_be_known() {
    let lab = Lab::new().await;
    let (first, second) = (current(&lab).await, next(&lab).await);
    lab.clock.advance(just_before(policy().key_rotation));
    tend(&lab).await;
    assert_eq!(current(&lab).await, first, "not due");

    lab.clock.advance(Duration::from_micros(1));
    let young = lab.clock.now();
    lab.store
        .edit(|state| state.signing_keys.get_mut(&second).unwrap().since = young);
    tend(&lab).await;
    assert_eq!(
        current(&lab).await,
        first,
        "due, but the next key may be unknown"
    );

    lab.clock.advance(SigningKey::PUBLISHED_AHEAD);
    tend(&lab).await;
    assert_eq!(current(&lab).await, second);
    assert_eq!(keys(&lab, KeyState::Retired).await, [first]);
    let events = lab.events(|event| event.action.name() == "signing_key_rotated");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].actor, "operator:key rotation");
    assert_eq!(events[0].detail, Some(second));

    tend(&lab).await;
    assert_eq!(rotations(&lab), 1);
}

#[tokio::test]
async fn a_rotation_by_hand_waits_until_the_next_key_is_known_unless_it_must_be_at_once() {
    let lab = Lab::new().await;
    let (first, second) = (current(&lab).await, next(&lab).await);
    let keys_of = &lab.membership.signing_keys;
    lab.clock.advance(just_before(SigningKey::PUBLISHED_AHEAD));

    let refused = keys_of.rotate(&operator(), false).await;
    assert!(matches!(refused, Err(Error::Conflict(_))));
    assert_eq!((current(&lab).await, rotations(&lab)), (first, 0));

    let signs = keys_of.rotate(&operator(), true).await.unwrap();
    assert_eq!((signs.id, signs.state), (second.clone(), KeyState::Current));
    let third = next(&lab).await;
    lab.clock.advance(SigningKey::PUBLISHED_AHEAD);
    let signs = keys_of.rotate(&operator(), false).await.unwrap();
    assert_eq!(signs.id, third);
    assert_eq!(keys(&lab, KeyState::Retired).await.len(), 2);
    assert_eq!(rotations(&lab), 2);
}

#[tokio::test]
async fn of_two_rotations_by_hand_at_a_time_the_second_is_told() {
    let lab = Lab::new().await;
    lab.watched.disturb(
        "rotate_signing_keys",
        Disturbance::Preceded(Box::new(|store| {
            store.edit(|state| {
                let mut keys = state.signing_keys.values_mut();
                keys.find(|key| key.state == KeyState::Current)
                    .unwrap()
                    .state = KeyState::Retired;
            });
        })),
    );

    let overtaken = lab.membership.signing_keys.rotate(&operator(), true).await;

    assert!(matches!(overtaken, Err(Error::Stale)));
    assert_eq!(rotations(&lab), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rel_16_of_processes_that_tend_at_once_one_has_the_effect_and_all_use_it() {
    let lab = Lab::new().await;
    lab.store.edit(|state| state.signing_keys.clear());
    let processes = [(); 5].map(|()| Arc::new(lab.another_process()));

    for rotated in 0..3 {
        let tending = processes
            .clone()
            .map(|process| tokio::spawn(async move { process.signing_keys.tend().await }));
        for done in tending {
            done.await.unwrap().unwrap();
        }
        tend(&lab).await;

        assert_eq!(keys(&lab, KeyState::Current).await.len(), 1);
        assert_eq!(keys(&lab, KeyState::Next).await.len(), 1);
        let retired = keys(&lab, KeyState::Retired).await;
        assert_eq!(retired.len(), rotated.min(1), "older ones are gone");
        assert_eq!(rotations(&lab), rotated);
        for process in &processes {
            assert!(can_sign_in(process).await);
            let published = process.signing_keys.key_set().unwrap();
            assert_eq!(published, lab.membership.signing_keys.key_set().unwrap());
        }
        lab.clock.advance(policy().key_rotation);
        lab.store.edit(|state| state.sessions.clear());
    }
}

#[tokio::test]
async fn rel_10_a_process_whose_first_key_came_too_late_uses_the_one_that_is_there() {
    let lab = Lab::new().await;
    let stored = lab
        .store
        .edit(|state| std::mem::take(&mut state.signing_keys));
    let other = lab.another_process();
    lab.watched.disturb(
        "add_signing_key",
        Disturbance::Preceded(Box::new(move |store| {
            store.edit(|state| state.signing_keys = stored);
        })),
    );

    other.signing_keys.tend().await.unwrap();

    assert!(lab.watched.is_quiet());
    assert!(can_sign_in(&other).await);
}

#[tokio::test]
async fn the_keys_that_are_there_are_used_although_what_is_due_cannot_be_done() {
    let lab = Lab::new().await;
    lab.clock.advance(policy().key_rotation);
    let other = lab.another_process();

    lab.watched
        .disturb("rotate_signing_keys", Disturbance::FailsBefore);
    let failed = other.signing_keys.tend().await;

    assert!(matches!(failed, Err(Error::Unavailable { .. })));
    assert!(can_sign_in(&other).await);
}

#[tokio::test]
async fn rel_16_tokens_of_a_retired_key_are_good_until_they_expire_and_then_the_key_goes() {
    let lab = Lab::new().await;
    let first = current(&lab).await;
    let signed_in = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    let other = lab.another_process();
    lab.clock.advance(Duration::from_mins(1));
    lab.membership
        .signing_keys
        .rotate(&operator(), true)
        .await
        .unwrap();
    tend(&lab).await;
    other.signing_keys.tend().await.unwrap();

    assert!(lab.caller(&signed_in.access_token).await.is_ok());
    assert!(caller(&other, &signed_in.access_token).await.is_ok());
    let refreshed = lab.refresh(&signed_in.refresh_token).await.unwrap();
    assert!(caller(&other, &refreshed.access_token).await.is_ok());

    lab.clock.advance(just_before(SigningKey::KEPT));
    tend(&lab).await;
    assert_eq!(keys(&lab, KeyState::Retired).await, [first]);
    lab.clock.advance(Duration::from_micros(1));
    tend(&lab).await;
    assert!(keys(&lab, KeyState::Retired).await.is_empty());
    let published = lab.membership.signing_keys.key_set().unwrap();
    assert_eq!(published.split(' ').count(), 2);
}

#[tokio::test]
async fn only_a_retired_key_is_dropped_and_voids_what_it_signed() {
    let lab = Lab::new().await;
    let (first, second) = (current(&lab).await, next(&lab).await);
    let signed_in = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    let keys_of = &lab.membership.signing_keys;

    for id in [first.as_str(), &second, "unknown"] {
        let refused = keys_of.drop(&operator(), id).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{id}");
    }
    assert!(
        lab.events(|event| event.action.name() == "signing_key_dropped")
            .is_empty()
    );
    keys_of.rotate(&operator(), true).await.unwrap();
    keys_of.drop(&operator(), &first).await.unwrap();
    tend(&lab).await;

    let refused = lab.caller(&signed_in.access_token).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)));
    let refreshed = lab.refresh(&signed_in.refresh_token).await.unwrap();
    assert!(
        lab.caller(&refreshed.access_token).await.is_ok(),
        "the sign-in lives on"
    );
    let events = lab.events(|event| event.action.name() == "signing_key_dropped");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].detail, Some(first));
}

#[tokio::test]
async fn rel_16_resealing_touches_each_key_once_and_voids_nothing() {
    let lab = Lab::new().await;
    let signed_in = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    let before = lab.membership.signing_keys.all(&operator()).await.unwrap();
    let keys_of = &lab.membership.signing_keys;

    assert_eq!(keys_of.reseal(&operator()).await.unwrap(), 2);

    let after = keys_of.all(&operator()).await.unwrap();
    for (before, after) in before.into_iter().zip(after) {
        let sealed = SigningKey {
            sealed_private: after.sealed_private.clone(),
            ..before.clone()
        };
        assert!(after == sealed && after != before, "{}", after.id);
    }
    assert_eq!(keys_of.reseal(&operator()).await.unwrap(), 0);
    tend(&lab).await;
    assert!(lab.caller(&signed_in.access_token).await.is_ok());
}

#[tokio::test]
async fn only_the_platform_manages_keys() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let tenants = lab
        .holder_of(RoleName::TENANT_ADMINISTRATOR, &acme, "tina")
        .await;
    let keys_of = &lab.membership.signing_keys;
    let before = keys_of.all(&operator()).await.unwrap();

    for (actor, unknown) in [(tenants, false), (anonymous(), true)] {
        for refusal in [
            keys_of.all(&actor).await.err(),
            keys_of.rotate(&actor, true).await.err(),
            keys_of.drop(&actor, "key-1").await.err(),
            keys_of.reseal(&actor).await.err(),
        ] {
            let refusal = refusal.unwrap();
            assert_eq!(matches!(refusal, Error::Unauthenticated), unknown);
            assert_eq!(matches!(refusal, Error::Forbidden), !unknown);
        }
    }

    assert!(keys_of.all(&operator()).await.unwrap() == before);
    assert!(keys_of.rotate(&lab.admin().await, true).await.is_ok());
}

/// A ring whose file is gone.
struct LostRing;

#[async_trait]
impl MasterKeyRing for LostRing {
    async fn reload(&self) -> Result<bool> {
        Err(Error::unavailable("master keys", "the file is gone"))
    }
}

#[tokio::test]
async fn master_keys_that_cannot_be_read_again_stop_nothing() {
    let lab = Lab::new().await;
    let signed_in = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    let other = lab.another_process_with(|ports| ports.master_keys = Arc::new(LostRing));

    other.signing_keys.tend().await.unwrap();

    assert!(caller(&other, &signed_in.access_token).await.is_ok());
    let request = refresh(&crate::lab::canopy(), &signed_in.refresh_token);
    assert!(other.tokens.refresh(&anonymous(), request).await.is_ok());
}
