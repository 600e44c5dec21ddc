//! The storage ports on SQLite: one file, one process, no server.

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

use std::{path::PathBuf, time::Duration};

use domain::Result;
// Not called: Cargo.toml chooses by it how SQLite is built.
use libsqlite3_sys as _;

use tokio::task::spawn_blocking;

use error::unavailable;
use lock::Lock;
pub use migrations::{migrate, pending};
use pool::Pool;

/// Where the database is and how long to wait for it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file. Its folder is made if there is none.
    pub path: PathBuf,
    /// The most connections: one writes at a time, the others read meanwhile.
    pub pool_max: u32,
    /// The longest wait for a connection, and of a writer for its turn.
    pub acquire_timeout: Duration,
    /// The longest wait for a lock of somebody else, such as a backup. A call as a whole ends after this and
    /// [`Settings::acquire_timeout`].
    pub busy_timeout: Duration,
}

/// All storage ports on one SQLite file.
pub struct SqliteStore {
    pool: Pool,
    _lock: Lock,
}

impl SqliteStore {
    /// Opens the file, made and migrated if need be, for this process alone.
    /// [`Error::Unavailable`](domain::Error::Unavailable) if another process uses it.
    pub async fn open(settings: &Settings) -> Result<Self> {
        let settings = settings.clone();
        let opening = spawn_blocking(move || {
            let lock = Lock::take(&settings.path)?;
            migrations::apply(&mut connection::direct(&settings)?)?;
            Ok(Self {
                pool: Pool::new(&settings)?,
                _lock: lock,
            })
        });
        opening.await.map_err(unavailable)?
    }
}
