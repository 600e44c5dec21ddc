//! The schema, embedded, and how it gets into the file.

use std::collections::BTreeSet;

use diesel::{
    dsl::sql,
    migration::{Migration, MigrationSource as _},
    prelude::*,
    sql_types::{Bool, Text},
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use domain::Result;
use tokio::task::spawn_blocking;

use crate::{
    Settings,
    connection::direct,
    error::{Failure, unavailable},
    lock::Lock,
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

type Step = Box<dyn Migration<Sqlite>>;

/// Applies the migrations that the file lacks, and names them; none if it lacks none. Makes the file if there is none.
/// Refused while another process uses the file.
pub async fn migrate(settings: &Settings) -> Result<Vec<String>> {
    let settings = settings.clone();
    let applying = spawn_blocking(move || {
        let _lock = Lock::take(&settings.path)?;
        apply(&mut direct(&settings)?)
    });
    applying.await.map_err(unavailable)?
}

/// Names the migrations that the file lacks, in the order in which they would be applied. Makes no file.
pub async fn pending(settings: &Settings) -> Result<Vec<String>> {
    let settings = settings.clone();
    let looking = spawn_blocking(move || {
        let applied = if settings.path.exists() {
            applied(&mut direct(&settings)?).map_err(Failure::from)?
        } else {
            BTreeSet::new()
        };
        Ok(names(&missing(&applied)?))
    });
    looking.await.map_err(unavailable)?
}

/// For the holder of the lock.
pub(crate) fn apply(sqlite: &mut SqliteConnection) -> Result<Vec<String>> {
    let applied = applied(sqlite).map_err(Failure::from)?;
    let steps = missing(&applied)?;
    if !steps.is_empty() {
        sqlite
            .run_pending_migrations(MIGRATIONS)
            .map_err(unavailable)?;
    }
    Ok(names(&steps))
}

/// The embedded steps that are not among the applied ones, oldest first.
fn missing(applied: &BTreeSet<String>) -> Result<Vec<Step>> {
    let steps: Vec<Step> = MIGRATIONS.migrations().map_err(unavailable)?;
    let is_missing = |it: &Step| !applied.contains(&it.name().version().to_string());
    Ok(steps.into_iter().filter(is_missing).collect())
}

/// The versions that the file has. It only reads.
fn applied(sqlite: &mut SqliteConnection) -> QueryResult<BTreeSet<String>> {
    let known = "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations')";
    if !diesel::select(sql::<Bool>(known)).get_result(sqlite)? {
        return Ok(BTreeSet::new());
    }
    let versions = "version FROM __diesel_schema_migrations";
    let versions = diesel::select(sql::<Text>(versions)).load::<String>(sqlite)?;
    Ok(versions.into_iter().collect())
}

fn names(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|it| it.name().to_string()).collect()
}
