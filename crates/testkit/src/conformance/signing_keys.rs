//! Cases of [`SigningKeys`](domain::ports::SigningKeys).

use std::{sync::Arc, time::Duration};

use domain::{
    Result,
    model::{AuditAction, KeyState, SigningKey},
    ports::Store,
};

use super::scene::{Scene, recorded, together};
use crate::{at, audit, signing_key};

pub async fn keys_survive_with_every_field_oldest_first(store: Arc<dyn Store>) {
    let keys = [
        signing_key("c", KeyState::Retired, at(1)),
        SigningKey {
            algorithm: "EdDSA".to_owned(),
            sealed_private: vec![0, 255, 10, 39],
            since: at(9).plus(Duration::from_micros(1)),
            ..signing_key("b \"'ü", KeyState::Current, at(2))
        },
        signing_key("a", KeyState::Next, at(3)),
    ];
    assert!(store.signing_keys().await.unwrap().is_empty());

    for key in keys.iter().rev() {
        assert!(store.add_signing_key(key).await.unwrap());
    }

    assert!(store.signing_keys().await.unwrap() == keys);
}

pub async fn a_second_current_or_next_key_is_refused_and_not_stored(store: Arc<dyn Store>) {
    let [current, next] = current_and_next(&store).await;

    for state in [KeyState::Current, KeyState::Next] {
        let second = signing_key("second", state, at(3));
        assert!(!store.add_signing_key(&second).await.unwrap());
    }

    assert!(store.signing_keys().await.unwrap() == [current, next]);
}

pub async fn there_may_be_many_retired_keys(store: Arc<dyn Store>) {
    for (id, second) in [("one", 1), ("other", 2)] {
        let key = signing_key(id, KeyState::Retired, at(second));
        assert!(store.add_signing_key(&key).await.unwrap());
    }

    assert_eq!(store.signing_keys().await.unwrap().len(), 2);
}

pub async fn of_replicas_that_start_together_one_adds_its_key(store: Arc<dyn Store>) {
    for (stored, state) in [(1, KeyState::Current), (2, KeyState::Next)] {
        let added = together((0..8).map(|number| {
            let store = Arc::clone(&store);
            let key = signing_key(&format!("{state:?} {number}"), state, at(stored));
            async move { store.add_signing_key(&key).await.unwrap() }
        }))
        .await;

        assert_eq!(added.iter().filter(|it| **it).count(), 1);
        let keys = store.signing_keys().await.unwrap();
        assert_eq!(i64::try_from(keys.len()).unwrap(), stored);
    }
}

pub async fn a_rotation_puts_the_next_key_in_place(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let [old, new] = current_and_next(&store).await;
    let other = signing_key("other", KeyState::Retired, at(0));
    store.add_signing_key(&other).await.unwrap();
    let newest = signing_key("newest", KeyState::Next, at(60));

    assert!(rotate(&store, &scene, &old, &new, &newest).await.unwrap());

    let rotated = [
        other,
        old.into_state(KeyState::Retired, at(60)),
        new.into_state(KeyState::Current, at(60)),
        newest,
    ];
    assert!(store.signing_keys().await.unwrap() == rotated);
    assert_eq!(rotations(&store, &scene).await, 1);
}

pub async fn a_rotation_changes_state_and_time_of_keys_alone(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let [old, new] = current_and_next(&store).await;
    let [doctored_old, doctored_new] = [&old, &new].map(|key| SigningKey {
        algorithm: "RS256".to_owned(),
        sealed_private: vec![1],
        created_at: at(99),
        ..key.clone()
    });
    let newest = signing_key("newest", KeyState::Next, at(60));

    let rotated = rotate(&store, &scene, &doctored_old, &doctored_new, &newest).await;

    assert!(rotated.unwrap());
    let retired = old.into_state(KeyState::Retired, at(60));
    let current = new.into_state(KeyState::Current, at(60));
    assert!(store.signing_keys().await.unwrap() == [retired, current, newest]);
}

pub async fn a_rotation_of_other_keys_than_the_stored_is_refused(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let [current, next] = current_and_next(&store).await;
    let retired = signing_key("retired", KeyState::Retired, at(3));
    store.add_signing_key(&retired).await.unwrap();
    let unknown = signing_key("unknown", KeyState::Current, at(4));
    let newest = signing_key("newest", KeyState::Next, at(60));

    for (old, new) in [
        (&next, &current),
        (&current, &current),
        (&next, &next),
        (&retired, &next),
        (&current, &retired),
        (&unknown, &next),
        (&current, &unknown),
    ] {
        assert!(!rotate(&store, &scene, old, new, &newest).await.unwrap());
        let stored = store.signing_keys().await.unwrap();
        assert!(stored == [current.clone(), next.clone(), retired.clone()]);
    }
    assert_eq!(rotations(&store, &scene).await, 0);
}

pub async fn a_rotation_happens_as_a_whole_or_not_at_all(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let [current, next] = current_and_next(&store).await;
    let taken = signing_key(&current.id, KeyState::Next, at(60));

    let rotated = rotate(&store, &scene, &current, &next, &taken).await;

    assert!(rotated.is_err());
    assert!(store.signing_keys().await.unwrap() == [current, next]);
    assert_eq!(rotations(&store, &scene).await, 0);
}

pub async fn of_parallel_rotations_one_wins(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let [old, new] = current_and_next(&store).await;

    let rotated = together((1..=8).map(|second| {
        let store = Arc::clone(&store);
        let retired = old.clone().into_state(KeyState::Retired, at(60));
        let current = new.clone().into_state(KeyState::Current, at(60));
        let next = signing_key(&format!("next {second}"), KeyState::Next, at(60));
        let event = audit(AuditAction::SigningKeyRotated, &scene.anna, at(second));
        async move {
            let rotated = store.rotate_signing_keys(&retired, &current, &next, &event);
            rotated.await.unwrap()
        }
    }))
    .await;

    assert_eq!(rotated.iter().filter(|it| **it).count(), 1);
    let states: Vec<_> = store
        .signing_keys()
        .await
        .unwrap()
        .iter()
        .map(|it| it.state)
        .collect();
    assert_eq!(
        states,
        [KeyState::Retired, KeyState::Current, KeyState::Next]
    );
    assert_eq!(rotations(&store, &scene).await, 1);
}

/// Made at 1 and 2.
pub(super) async fn current_and_next(store: &Arc<dyn Store>) -> [SigningKey; 2] {
    let keys = [
        signing_key("current", KeyState::Current, at(1)),
        signing_key("next", KeyState::Next, at(2)),
    ];
    for key in &keys {
        assert!(store.add_signing_key(key).await.unwrap());
    }
    keys
}

/// At 60.
async fn rotate(
    store: &Arc<dyn Store>,
    scene: &Scene,
    old: &SigningKey,
    new: &SigningKey,
    next: &SigningKey,
) -> Result<bool> {
    let retired = old.clone().into_state(KeyState::Retired, at(60));
    let current = new.clone().into_state(KeyState::Current, at(60));
    let event = audit(AuditAction::SigningKeyRotated, &scene.anna, at(60));
    store
        .rotate_signing_keys(&retired, &current, next, &event)
        .await
}

async fn rotations(store: &Arc<dyn Store>, scene: &Scene) -> usize {
    recorded(store, &scene.home, AuditAction::SigningKeyRotated).await
}
