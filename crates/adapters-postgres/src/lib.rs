//! The storage ports on PostgreSQL.

#![warn(missing_docs)]

mod audit;
mod clients;
mod clock;
mod connection;
mod error;
mod lock;
mod mail_requests;
mod mail_settings;
mod migrations;
mod one_time_tokens;
mod outbox;
mod pool;
mod roles;
mod rows;
mod schema;
mod sessions;
mod signing_keys;
mod tenants;
mod throttle;
mod users;

use std::time::Duration;

use domain::model::Secret;
// Not called: Cargo.toml chooses by them how libpq, and the OpenSSL that it speaks TLS with, are built.
use openssl_sys as _;
use pq_sys as _;

pub use migrations::{migrate, pending};
use pool::Pool;

/// How to reach the database and how long to wait for it.
#[derive(Clone)]
pub struct Settings {
    /// As libpq takes it. `sslmode` and `sslrootcert` in it decide about TLS.
    pub url: Secret<String>,
    /// For [`migrate`]: a role that may change the schema, and no pooler on the way. [`Settings::url`] if absent.
    pub migration_url: Option<Secret<String>>,
    /// The most connections for requests.
    pub pool_max: u32,
    /// The connections that are kept open without use.
    pub pool_min: u32,
    /// The longest wait for a connection.
    pub acquire_timeout: Duration,
    /// The longest statement. A call as a whole ends after this and [`Settings::acquire_timeout`].
    pub statement_timeout: Duration,
    /// The longest wait for somebody else's lock.
    pub lock_timeout: Duration,
    /// After which the server ends a transaction that we left alone.
    pub idle_in_tx_timeout: Duration,
    /// Whether prepared statements and settings stay on a connection. Not so behind a pooler in transaction mode; there
    /// a statement without a transaction is bounded by the role's `statement_timeout` alone.
    pub statement_cache: bool,
}

/// All storage ports on one PostgreSQL database.
pub struct PostgresStore {
    pool: Pool,
}

impl PostgresStore {
    /// A store that connects when it has to. It does not look at the database: while that is absent, calls end in
    /// [`Error::Unavailable`](domain::Error::Unavailable).
    pub fn connect(settings: &Settings) -> Self {
        Self {
            pool: Pool::new(settings),
        }
    }
}
