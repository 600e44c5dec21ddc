//! The store against the contract of its ports, and under what a server can do to it.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

mod conformance;
mod faults;
mod tls;

use std::time::Duration;

use adapters_postgres::Settings;
use domain::model::Secret;

/// Patient, so that a busy machine fails no test.
fn settings(url: &str) -> Settings {
    Settings {
        url: Secret::new(url.to_owned()),
        migration_url: None,
        pool_max: 4,
        pool_min: 0,
        acquire_timeout: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(30),
        lock_timeout: Duration::from_secs(30),
        idle_in_tx_timeout: Duration::from_secs(30),
        statement_cache: true,
    }
}

async fn migrated(url: String) {
    let patience = Duration::from_mins(1);
    let applied = adapters_postgres::migrate(&settings(&url), patience).await;
    assert!(!applied.unwrap().is_empty());
}
