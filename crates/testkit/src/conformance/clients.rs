//! Cases of [`Clients`](domain::ports::Clients).

use std::{sync::Arc, time::Duration};

use domain::{
    model::{Client, ClientKind, Founding, Lifetimes},
    ports::Store,
};

use crate::{at, client, founding};

pub async fn a_confidential_client_survives_with_every_field(store: Arc<dyn Store>) {
    survives(
        store,
        Client {
            lifetimes: Lifetimes {
                access: Duration::from_secs(599),
                idle: Duration::from_hours(24),
                absolute: Duration::from_hours(24 * 3650),
            },
            created_at: at(7),
            ..client("generated-client_1.2~3")
        },
    )
    .await;
}

pub async fn a_disabled_public_client_survives_with_every_field(store: Arc<dyn Store>) {
    survives(
        store,
        Client {
            kind: ClientKind::Public,
            secret_hash: None,
            enabled: false,
            ..client("app")
        },
    )
    .await;
}

async fn survives(store: Arc<dyn Store>, client: Client) {
    let founding = Founding {
        client: client.clone(),
        ..founding()
    };
    assert!(store.initialize(&founding).await.unwrap());

    let stored = store.client(&client.id).await.unwrap();

    assert!(stored == Some(client));
}

pub async fn ids_are_compared_exactly(store: Arc<dyn Store>) {
    assert!(store.initialize(&founding()).await.unwrap());

    for (id, known) in [("web", true), ("WEB", false), ("web.", false)] {
        let found = store.client(&id.parse().unwrap()).await.unwrap();
        assert_eq!(found.is_some(), known, "{id}");
    }
}
