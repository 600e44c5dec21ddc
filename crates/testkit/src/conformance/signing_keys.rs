//! Cases of [`SigningKeys`](domain::ports::SigningKeys).

use std::sync::Arc;

use domain::{
    model::{KeyState, SigningKey},
    ports::Store,
};

use super::scene::together;
use crate::{at, signing_key};

pub async fn keys_survive_with_every_field_oldest_first(store: Arc<dyn Store>) {
    let keys = [
        signing_key("c", KeyState::Retired, at(1)),
        SigningKey {
            algorithm: "EdDSA".to_owned(),
            public_jwk: r#"{"kid":"zweiter Schlüssel"}"#.to_owned(),
            sealed_private: vec![0, 255, 10, 39],
            ..signing_key("b", KeyState::Current, at(2))
        },
        signing_key("a", KeyState::Next, at(3)),
    ];
    assert!(store.signing_keys().await.unwrap().is_empty());

    for key in keys.iter().rev() {
        assert!(store.add_signing_key(key).await.unwrap());
    }

    assert!(store.signing_keys().await.unwrap() == keys);
}

pub async fn a_second_current_key_is_refused_and_not_stored(store: Arc<dyn Store>) {
    let first = signing_key("first", KeyState::Current, at(1));
    let second = signing_key("second", KeyState::Current, at(2));
    assert!(store.add_signing_key(&first).await.unwrap());

    assert!(!store.add_signing_key(&second).await.unwrap());

    assert!(store.signing_keys().await.unwrap() == [first]);
}

pub async fn there_may_be_many_keys_that_do_not_sign(store: Arc<dyn Store>) {
    for (seconds, state) in [KeyState::Next, KeyState::Retired].into_iter().enumerate() {
        for name in ["one", "other"] {
            let id = format!("{name} {}", state.name());
            let key = signing_key(&id, state, at(i64::try_from(seconds).unwrap()));
            assert!(store.add_signing_key(&key).await.unwrap());
        }
    }

    assert_eq!(store.signing_keys().await.unwrap().len(), 4);
}

pub async fn of_replicas_that_start_together_one_adds_its_current_key(store: Arc<dyn Store>) {
    let added = together((0..8).map(|number| {
        let store = Arc::clone(&store);
        let key = signing_key(&number.to_string(), KeyState::Current, at(0));
        async move { store.add_signing_key(&key).await.unwrap() }
    }))
    .await;

    assert_eq!(added.iter().filter(|it| **it).count(), 1);
    assert_eq!(store.signing_keys().await.unwrap().len(), 1);
}
