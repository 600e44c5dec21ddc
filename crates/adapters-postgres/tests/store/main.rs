//! The store against the contract of its ports, and under what a server can do to it.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

mod clock;
mod conformance;
mod faults;
mod refresh;
mod tls;
mod walls;

use std::time::{Duration, Instant};

use adapters_postgres::Settings;
use diesel::{
    connection::SimpleConnection as _,
    dsl::sql,
    prelude::{Connection as _, *},
    sql_types::BigInt,
};
use domain::{Error, Result, model::Secret};
use testkit::postgres::Server;

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

fn psql(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

/// As a crash that loses nothing: the server of the tests is careless with what it was told last.
fn crash(server: &Server) {
    psql(&server.url("postgres"))
        .batch_execute("CHECKPOINT")
        .unwrap();
    server.stop_immediate();
}

/// Asks until `question` has the answer.
fn wait_for(pg: &mut PgConnection, answer: i64, question: &str) {
    let deadline = Instant::now() + Duration::from_secs(30);
    let ask = |pg: &mut _| diesel::select(sql::<BigInt>(question)).get_result::<i64>(pg);
    while ask(pg).unwrap() != answer {
        assert!(Instant::now() < deadline, "{question}");
    }
}

fn is_unavailable<T>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::Unavailable { .. }))
}
