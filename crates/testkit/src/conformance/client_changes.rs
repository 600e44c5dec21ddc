//! Cases of [`Clients`](domain::ports::Clients): what changes a client.

use std::sync::Arc;

use domain::{
    Error, Result,
    model::{AuditAction, Client, User},
    ports::Store,
};

use super::{
    clients::{added, find, public},
    scene::{Scene, recorded, together},
};
use crate::{at, audit, client};

pub async fn an_update_replaces_the_client_and_counts_a_version(store: Arc<dyn Store>) {
    let Scene {
        home, abroad, anna, ..
    } = Scene::set(&store).await;
    let [app, other] = [
        added(&store, &anna, "app").await,
        added(&store, &anna, "other").await,
    ];
    let restricted = Client {
        id: app.id.clone(),
        tenants: [home.id, abroad.id].into(),
        origins: ["https://a.example".parse().unwrap()].into(),
        created_at: at(-5),
        ..public()
    };
    let opened = Client {
        version: 1,
        ..app.clone().with_secret([7; 32])
    };

    for (second, changed) in [(1, restricted), (2, opened)] {
        update(&store, &anna, &changed, second).await.unwrap();

        let next = Client {
            version: changed.version + 1,
            ..changed
        };
        assert!(find(&store, &app.id).await == Some(next));
    }
    assert!(find(&store, &other.id).await == Some(other));
    assert_eq!(recorded(&store, &home, AuditAction::ClientChanged).await, 2);
}

pub async fn an_update_of_what_changed_since_is_stale_and_stores_nothing(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let app = added(&store, &anna, "app").await;
    update(&store, &anna, &app, 1).await.unwrap();
    let late = Client {
        tenants: [home.id].into(),
        ..app.clone().with_secret([7; 32])
    };

    let updated = update(&store, &anna, &late, 2).await;

    assert!(matches!(updated, Err(Error::Stale)));
    let first = Client { version: 1, ..app };
    assert!(find(&store, &first.id).await == Some(first));
    assert_eq!(recorded(&store, &home, AuditAction::ClientChanged).await, 1);
}

pub async fn an_update_of_an_unknown_client_is_stale_and_stores_nothing(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;

    let updated = update(&store, &anna, &client("app"), 1).await;

    assert!(matches!(updated, Err(Error::Stale)));
    assert!(find(&store, &client("app").id).await.is_none());
    assert_eq!(recorded(&store, &home, AuditAction::ClientChanged).await, 0);
}

pub async fn of_parallel_updates_one_wins_and_the_others_are_stale(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let app = added(&store, &anna, "app").await;

    let updated = together((1..=8).map(|number| {
        let (store, anna) = (Arc::clone(&store), anna.clone());
        let changed = app.clone().with_secret([number; 32]);
        async move {
            update(&store, &anna, &changed, number.into())
                .await
                .map(|()| changed)
        }
    }))
    .await;

    let stale = |it: &&_| matches!(it, Err(Error::Stale));
    assert_eq!(updated.iter().filter(stale).count(), 7);
    let winner = updated.into_iter().find_map(Result::ok).unwrap();
    let stored = Client {
        version: 1,
        ..winner
    };
    assert!(find(&store, &app.id).await == Some(stored));
    assert_eq!(recorded(&store, &home, AuditAction::ClientChanged).await, 1);
}

pub async fn a_secret_hash_is_replaced_in_its_place_and_counts_a_version(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let app = with_hashes(&store, &anna, [[2; 32], [1; 32]]).await;
    let other = added(&store, &anna, "other").await;

    for (from, to, hashes) in [
        ([1; 32], [3; 32], [[2; 32], [3; 32]]),
        ([2; 32], [4; 32], [[4; 32], [3; 32]]),
    ] {
        let before = find(&store, &app.id).await.unwrap();
        store
            .replace_secret_hash(&app.id, &from, &to)
            .await
            .unwrap();

        let replaced = Client {
            secret_hashes: hashes.into(),
            version: before.version + 1,
            ..before
        };
        assert!(find(&store, &app.id).await == Some(replaced));
    }
    assert!(find(&store, &other.id).await == Some(other));
}

pub async fn a_secret_hash_is_not_replaced_where_another_is_stored(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let app = with_hashes(&store, &anna, [[2; 32], [1; 32]]).await;
    let unknown = "unknown".parse().unwrap();

    for (id, from) in [(&app.id, [3; 32]), (&app.id, [0; 32]), (&unknown, [1; 32])] {
        store
            .replace_secret_hash(id, &from, &[4; 32])
            .await
            .unwrap();

        assert!(find(&store, &app.id).await.as_ref() == Some(&app));
        assert!(find(&store, &unknown).await.is_none());
    }
}

pub async fn a_late_hash_does_not_undo_a_change_of_the_secret(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    for round in 0_u8..8 {
        let before = find(&store, &"web".parse().unwrap()).await.unwrap();
        let [old, upgraded, new] = [1, 2, 3].map(|kind| [kind + 4 * round; 32]);
        let first = before.with_secret(old);
        update(&store, &anna, &first, (2 * round).into())
            .await
            .unwrap();
        let changed = Client {
            version: first.version + 1,
            ..first.with_secret(new)
        };

        let upgrading = {
            let (store, id) = (Arc::clone(&store), changed.id.clone());
            tokio::spawn(async move { store.replace_secret_hash(&id, &old, &upgraded).await })
        };
        let updated = update(&store, &anna, &changed, (2 * round + 1).into()).await;
        upgrading.await.unwrap().unwrap();

        let stored = find(&store, &changed.id).await.unwrap().secret_hashes;
        match updated {
            Ok(()) => assert!(stored[0] == new && [old, upgraded].contains(&stored[1])),
            Err(error) => {
                assert!(matches!(error, Error::Stale), "{error}");
                assert_eq!(stored[0], upgraded);
            }
        }
    }
}

async fn with_hashes(store: &Arc<dyn Store>, user: &User, hashes: [[u8; 32]; 2]) -> Client {
    let client = Client {
        secret_hashes: hashes.into(),
        ..client("app")
    };
    let event = audit(AuditAction::ClientCreated, user, at(1));
    store.add_client(&client, &event).await.unwrap();
    client
}

async fn update(store: &Arc<dyn Store>, user: &User, client: &Client, seconds: i64) -> Result<()> {
    let event = audit(AuditAction::ClientChanged, user, at(seconds));
    store.update_client(client, &event).await
}
