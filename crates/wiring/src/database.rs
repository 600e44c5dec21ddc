//! The database that the settings name.

use std::sync::Arc;

use adapters_postgres::PostgresStore;
use adapters_sqlite::SqliteStore;
use domain::{Result, ports::Store};

use crate::settings::{Backend, Settings};

/// The store, migrated if it is SQLite. PostgreSQL need not be there yet.
pub(crate) async fn open(settings: &Settings) -> Result<Arc<dyn Store>> {
    Ok(match settings.database.backend() {
        Backend::Postgres => Arc::new(PostgresStore::connect(&postgres(settings))),
        Backend::Sqlite => Arc::new(SqliteStore::open(&sqlite(settings)).await?),
    })
}

/// Brings the schema up to date, once however many processes try; names what was applied.
pub async fn migrate(settings: &Settings) -> Result<Vec<String>> {
    match settings.database.backend() {
        Backend::Postgres => {
            adapters_postgres::migrate(&postgres(settings), settings.migrations.lock_timeout).await
        }
        Backend::Sqlite => adapters_sqlite::migrate(&sqlite(settings)).await,
    }
}

/// What [`migrate`] would apply.
pub async fn pending_migrations(settings: &Settings) -> Result<Vec<String>> {
    match settings.database.backend() {
        Backend::Postgres => adapters_postgres::pending(&postgres(settings)).await,
        Backend::Sqlite => adapters_sqlite::pending(&sqlite(settings)).await,
    }
}

fn postgres(settings: &Settings) -> adapters_postgres::Settings {
    let database = &settings.database;
    adapters_postgres::Settings {
        url: database.url.clone(),
        migration_url: Some(database.migration_url.clone()),
        pool_max: database.pool_max,
        pool_min: database.pool_min,
        acquire_timeout: database.acquire_timeout,
        statement_timeout: database.statement_timeout,
        lock_timeout: database.lock_timeout,
        idle_in_tx_timeout: database.idle_in_tx_timeout,
        statement_cache: database.statement_cache,
    }
}

fn sqlite(settings: &Settings) -> adapters_sqlite::Settings {
    let database = &settings.database;
    adapters_sqlite::Settings {
        path: database.sqlite_path(),
        pool_max: database.pool_max,
        acquire_timeout: database.acquire_timeout,
        busy_timeout: database.lock_timeout,
    }
}
