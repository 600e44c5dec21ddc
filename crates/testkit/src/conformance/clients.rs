//! Cases of [`Clients`](domain::ports::Clients).

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    Error,
    model::{
        AuditAction, Client, ClientId, ClientKind, Founding, Grant, Lifetimes, RefreshPolicy,
        Tenant, User,
    },
    ports::Store,
};

use super::scene::{Scene, event, recorded, together};
use crate::{at, audit, client, conflict, founding};

pub async fn a_client_survives_with_every_field(store: Arc<dyn Store>) {
    let Scene {
        home, abroad, anna, ..
    } = Scene::set(&store).await;
    let bare = Client {
        secret_hashes: Vec::new(),
        ..client("bare")
    };

    for (second, client) in [full([&home, &abroad]), public(), bare]
        .into_iter()
        .enumerate()
    {
        let event = audit(
            AuditAction::ClientCreated,
            &anna,
            at(second.try_into().unwrap()),
        );
        store.add_client(&client, &event).await.unwrap();

        assert!(find(&store, &client.id).await.as_ref() == Some(&client));
        assert!(store.all_clients().await.unwrap().contains(&client));
    }
    assert_eq!(recorded(&store, &home, AuditAction::ClientCreated).await, 3);
}

pub async fn the_first_client_survives_with_every_field(store: Arc<dyn Store>) {
    let founding = Founding {
        client: full([]),
        ..founding()
    };
    assert!(store.initialize(&founding).await.unwrap());

    assert!(store.all_clients().await.unwrap() == [founding.client]);
}

pub async fn ids_are_compared_exactly(store: Arc<dyn Store>) {
    assert!(store.initialize(&founding()).await.unwrap());

    for (id, known) in [("web", true), ("WEB", false), ("web.", false)] {
        let found = find(&store, &id.parse().unwrap()).await;
        assert_eq!(found.is_some(), known, "{id}");
    }
}

pub async fn all_are_listed_by_the_bytes_of_their_id(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let sorted = ["!", "a-b", "a.b", "aB", "a_b", "ab", "a~b", "web"];
    for id in ["ab", "a~b", "a-b", "aB", "!", "a_b", "a.b"] {
        added(&store, &anna, id).await;
    }

    let all = store.all_clients().await.unwrap();

    let ids: Vec<_> = all.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, sorted);
}

pub async fn a_taken_id_is_a_conflict_and_stores_nothing(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let first = added(&store, &anna, "app").await;
    let second = Client {
        id: first.id.clone(),
        ..public()
    };

    assert!(is_refused_as_taken(&store, &anna, &second).await);

    assert!(find(&store, &first.id).await == Some(first));
    assert_eq!(recorded(&store, &home, AuditAction::ClientCreated).await, 1);
}

pub async fn of_parallel_adds_of_one_id_one_wins(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;

    let outcomes = together((0..8).map(|second| {
        let store = Arc::clone(&store);
        let event = audit(AuditAction::ClientCreated, &anna, at(second));
        async move { store.add_client(&client("app"), &event).await }
    }))
    .await;

    let lost = |it: &&_| matches!(it, Err(Error::Conflict(conflict::CLIENT_ID)));
    assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1);
    assert_eq!(outcomes.iter().filter(lost).count(), 7);
    assert_eq!(recorded(&store, &home, AuditAction::ClientCreated).await, 1);
}

pub async fn a_deleted_client_is_gone_and_its_id_stays_taken(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let app = added(&store, &anna, "app").await;
    let event = audit(AuditAction::ClientDeleted, &anna, at(1));

    assert!(store.delete_client(&app.id, &event).await.unwrap());

    assert_eq!(recorded(&store, &home, AuditAction::ClientDeleted).await, 1);
    assert!(find(&store, &app.id).await.is_none());
    assert!(store.all_clients().await.unwrap() == [client("web")]);
    let event = audit(AuditAction::ClientChanged, &anna, at(2));
    let updated = store.update_client(&app, &event).await;
    assert!(matches!(updated, Err(Error::Stale)));
    assert!(is_refused_as_taken(&store, &anna, &app).await);
    assert!(find(&store, &app.id).await.is_none());
}

pub async fn of_parallel_deletions_one_counts(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let app = added(&store, &anna, "app").await;

    let deleted = together((0..8).map(|second| {
        let (store, id) = (Arc::clone(&store), app.id.clone());
        let event = audit(AuditAction::ClientDeleted, &anna, at(second));
        async move { store.delete_client(&id, &event).await.unwrap() }
    }))
    .await;

    assert_eq!(deleted.iter().filter(|it| **it).count(), 1);
    assert_eq!(recorded(&store, &home, AuditAction::ClientDeleted).await, 1);
}

pub async fn deleting_an_unknown_client_stores_nothing(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let event = audit(AuditAction::ClientDeleted, &anna, at(1));

    let deleted = store.delete_client(&"app".parse().unwrap(), &event).await;

    assert!(!deleted.unwrap());
    assert_eq!(recorded(&store, &home, AuditAction::ClientDeleted).await, 0);
    added(&store, &anna, "app").await;
}

/// All but hashes and sets that say nothing.
fn full<const N: usize>(tenants: [&Tenant; N]) -> Client {
    Client {
        secret_hashes: vec![[0xff; 32], [0; 32]],
        grants: Grant::ALL.iter().copied().collect(),
        refresh: RefreshPolicy::Rotate,
        lifetimes: Lifetimes {
            access: Duration::from_secs(599),
            idle: Duration::from_hours(24),
            absolute: Duration::from_hours(24 * 3650),
        },
        tenants: tenants.map(|it| it.id).into(),
        origins: ["https://a.example", "http://[::1]:3000"]
            .map(|it| it.parse().unwrap())
            .into(),
        version: 7,
        created_at: at(7),
        ..client("generated-client_1.2~'3\"")
    }
}

pub(super) fn public() -> Client {
    Client {
        kind: ClientKind::Public,
        secret_hashes: Vec::new(),
        grants: BTreeSet::from([Grant::RefreshToken]),
        refresh: RefreshPolicy::Rotate,
        enabled: false,
        ..client("public")
    }
}

async fn is_refused_as_taken(store: &Arc<dyn Store>, user: &User, client: &Client) -> bool {
    let event = audit(AuditAction::ClientCreated, user, at(9));
    let outcome = store.add_client(client, &event).await;
    matches!(outcome, Err(Error::Conflict(conflict::CLIENT_ID)))
}

/// The client as stored now.
pub(super) async fn find(store: &Arc<dyn Store>, id: &ClientId) -> Option<Client> {
    store.client(id).await.unwrap()
}

/// A new client; `user` has the audit of it.
pub(super) async fn added(store: &Arc<dyn Store>, user: &User, id: &str) -> Client {
    let client = client(id);
    let event = event(id, AuditAction::ClientCreated, user.tenant, user.id);
    store.add_client(&client, &event).await.unwrap();
    client
}
