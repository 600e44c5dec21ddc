use std::{sync::Arc, time::Duration};

use adapters_sqlite::{Settings, SqliteStore};
use diesel::{connection::SimpleConnection as _, prelude::*};
use domain::{Error, ports::Tenants as _};
use testkit::founding;

use crate::settings;

const SHORT: Duration = Duration::from_millis(300);

/// Somebody else who writes: a backup tool, a person with a shell.
fn other_writer(settings: &Settings) -> SqliteConnection {
    let mut other = SqliteConnection::establish(settings.path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_write_in_time_is_refused_while_reading_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        busy_timeout: SHORT,
        ..settings(folder.path())
    };
    let store = SqliteStore::open(&settings).await.unwrap();
    let mut other = other_writer(&settings);

    let refused = store.initialize(&founding()).await;
    assert!(matches!(refused, Err(Error::Unavailable { .. })));
    assert!(!store.is_initialized().await.unwrap());

    other.batch_execute("COMMIT").unwrap();
    assert!(store.initialize(&founding()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_03_a_full_pool_refuses_in_time_and_heals() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        pool_max: 1,
        acquire_timeout: SHORT,
        ..settings(folder.path())
    };
    let store = Arc::new(SqliteStore::open(&settings).await.unwrap());
    let mut other = other_writer(&settings);
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.initialize(&founding()).await }
    });

    while store.is_initialized().await.is_ok() {}
    let refused = store.is_initialized().await;
    assert!(matches!(refused, Err(Error::Overloaded { .. })));

    other.batch_execute("COMMIT").unwrap();
    assert!(writing.await.unwrap().unwrap());
    assert!(store.is_initialized().await.unwrap());
}
