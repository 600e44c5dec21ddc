//! Cases of [`SigningKeys`](domain::ports::SigningKeys): new seals and the end of keys.

use std::{sync::Arc, time::Duration};

use domain::{
    model::{AuditAction, KeyState, SigningKey},
    ports::Store,
};

use super::{
    scene::{Scene, recorded, together},
    signing_keys::current_and_next,
};
use crate::{at, audit, signing_key};

pub async fn a_key_is_sealed_anew_from_the_stored_seal_alone(store: Arc<dyn Store>) {
    let [current, next] = current_and_next(&store).await;
    let from = current.sealed_private.as_slice();

    for (id, from) in [("current", &[1][..]), ("current", &[]), ("unknown", from)] {
        store.reseal_signing_key(id, from, b"late").await.unwrap();
        let stored = store.signing_keys().await.unwrap();
        assert!(stored == [current.clone(), next.clone()]);
    }

    store
        .reseal_signing_key("current", from, &[0, 255])
        .await
        .unwrap();
    let resealed = SigningKey {
        sealed_private: vec![0, 255],
        ..current
    };
    assert!(store.signing_keys().await.unwrap() == [resealed, next]);
}

pub async fn a_retired_key_is_dropped_once(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let [one, other] = [("one", 1), ("other", 2)]
        .map(|(id, second)| signing_key(id, KeyState::Retired, at(second)));
    for key in [&one, &other] {
        store.add_signing_key(key).await.unwrap();
    }

    let dropped = together((0..8).map(|second| {
        let store = Arc::clone(&store);
        let event = audit(AuditAction::SigningKeyDropped, &anna, at(second));
        async move { store.drop_signing_key("one", &event).await.unwrap() }
    }))
    .await;

    assert_eq!(dropped.iter().filter(|it| **it).count(), 1);
    assert!(store.signing_keys().await.unwrap() == [other]);
    let recorded = recorded(&store, &home, AuditAction::SigningKeyDropped).await;
    assert_eq!(recorded, 1);
}

pub async fn a_key_in_use_or_unknown_is_not_dropped(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let keys = current_and_next(&store).await;

    for id in ["current", "next", "unknown"] {
        let event = audit(AuditAction::SigningKeyDropped, &anna, at(1));
        assert!(!store.drop_signing_key(id, &event).await.unwrap());
    }

    assert!(store.signing_keys().await.unwrap() == keys);
    let recorded = recorded(&store, &home, AuditAction::SigningKeyDropped).await;
    assert_eq!(recorded, 0);
}

pub async fn purge_takes_what_is_retired_long_enough(store: Arc<dyn Store>) {
    let in_use = current_and_next(&store).await;
    let retired = |id, created, since| SigningKey {
        since: at(since),
        ..signing_key(id, KeyState::Retired, at(created))
    };
    for key in [
        retired("at 90", 3, 90),
        retired("at 100", 4, 100),
        retired("at 101", 5, 101),
    ] {
        store.add_signing_key(&key).await.unwrap();
    }

    let just_before = at(100).minus(Duration::from_micros(1));
    assert_eq!(store.purge_signing_keys(just_before).await.unwrap(), 1);
    assert_eq!(store.purge_signing_keys(at(100)).await.unwrap(), 1);
    assert_eq!(store.purge_signing_keys(at(100)).await.unwrap(), 0);

    let [current, next] = in_use;
    let left = [current, next, retired("at 101", 5, 101)];
    assert!(store.signing_keys().await.unwrap() == left);
}
