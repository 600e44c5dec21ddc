//! The schema, embedded, and how it gets into a database that many processes may want to bring up at once.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use diesel::{
    connection::SimpleConnection as _,
    dsl::sql,
    migration::{Migration, MigrationSource as _},
    pg::Pg,
    prelude::*,
    sql_types::{Bool, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use domain::{Result, model::Secret};
use tokio::{
    task::spawn_blocking,
    time::{sleep, timeout},
};

use crate::{
    Settings,
    connection::{direct, milliseconds},
    error::{Failure, unavailable},
    lock,
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

type Step = Box<dyn Migration<Pg>>;

/// Applies the migrations that the database lacks, and names them; none if it lacks none. Any number of processes may
/// call it at once: one applies, the others wait for it, at most `patience` long.
pub async fn migrate(settings: &Settings, patience: Duration) -> Result<Vec<String>> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(50);
    loop {
        let url = settings.migration_url.as_ref().unwrap_or(&settings.url);
        if let Some(applied) = on_connection(url, settings, try_to_apply).await? {
            return Ok(applied);
        }
        if start.elapsed() >= patience {
            return Err(unavailable("another process holds the migration lock"));
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

/// Names the migrations that the database lacks, in the order in which they would be applied. It only reads, and ends
/// within [`Settings::acquire_timeout`] and [`Settings::statement_timeout`].
pub async fn pending(settings: &Settings) -> Result<Vec<String>> {
    let looking = on_connection(&settings.url, settings, |pg| Ok(names(&missing(pg)?)));
    let deadline = settings
        .acquire_timeout
        .saturating_add(settings.statement_timeout);
    timeout(deadline, looking)
        .await
        .map_err(|_| unavailable("no answer in time"))?
}

/// Not on a connection of the pool: the lock is one of a session, which a pooler does not keep.
async fn on_connection<T: Send + 'static>(
    url: &Secret<String>,
    settings: &Settings,
    work: impl FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
) -> Result<T> {
    let url = url.clone();
    let lock_timeout = milliseconds(settings.lock_timeout);
    spawn_blocking(move || {
        let mut pg = direct(&url).map_err(unavailable)?;
        let limits = format!("SET statement_timeout = 0; SET lock_timeout = {lock_timeout}");
        pg.batch_execute(&limits).map_err(Failure::from)?;
        Ok(work(&mut pg)?)
    })
    .await
    .map_err(unavailable)?
}

/// `None` if another process is at it. Looks first, so that nobody locks where nothing is to be done. Tries the lock and
/// does not wait in it: a statement that waits holds a snapshot, for which `CREATE INDEX CONCURRENTLY` would wait in turn.
fn try_to_apply(pg: &mut PgConnection) -> Result<Option<Vec<String>>, Failure> {
    if missing(pg)?.is_empty() {
        return Ok(Some(Vec::new()));
    }
    if !lock::take(pg)? {
        return Ok(None);
    }
    let steps = missing(pg)?;
    pg.run_pending_migrations(MIGRATIONS).map_err(unavailable)?;
    Ok(Some(names(&steps)))
}

/// The embedded steps that are not among the applied ones, oldest first. It only reads.
fn missing(pg: &mut PgConnection) -> Result<Vec<Step>, Failure> {
    let applied = applied(pg)?;
    let steps: Vec<Step> = MIGRATIONS.migrations().map_err(unavailable)?;
    Ok(steps
        .into_iter()
        .filter(|it| !applied.contains(&it.name().version().to_string()))
        .collect())
}

fn applied(pg: &mut PgConnection) -> QueryResult<BTreeSet<String>> {
    let known = "to_regclass('__diesel_schema_migrations') IS NOT NULL";
    if !diesel::select(sql::<Bool>(known)).get_result(pg)? {
        return Ok(BTreeSet::new());
    }
    let versions = "version FROM __diesel_schema_migrations";
    let versions = diesel::select(sql::<Text>(versions)).load::<String>(pg)?;
    Ok(versions.into_iter().collect())
}

fn names(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|it| it.name().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use domain::{Error, model::Secret};
    use testkit::postgres::Server;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    fn settings(server: &Server) -> Settings {
        Settings {
            url: Secret::new(server.url("postgres")),
            migration_url: None,
            pool_max: 1,
            pool_min: 0,
            acquire_timeout: LONG,
            statement_timeout: LONG,
            lock_timeout: LONG,
            idle_in_tx_timeout: LONG,
            statement_cache: true,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rel_10_of_eight_that_migrate_at_once_one_applies_the_schema() {
        let server = Server::start();
        let settings = settings(&server);
        let expected = pending(&settings).await.unwrap();
        assert!(!expected.is_empty());

        let started: Vec<_> = (0..8)
            .map(|_| {
                let settings = settings.clone();
                tokio::spawn(async move { migrate(&settings, LONG).await })
            })
            .collect();
        let mut applied = Vec::new();
        for one in started {
            applied.extend(one.await.unwrap().unwrap());
        }

        assert_eq!(applied, expected);
        assert!(pending(&settings).await.unwrap().is_empty());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rel_10_who_migrates_waits_so_long_for_another_and_not_for_the_dead() {
        let server = Server::start();
        let settings = settings(&server);
        let mut other = direct(&settings.url).unwrap();
        assert!(lock::take(&mut other).unwrap());

        let impatient = migrate(&settings, Duration::ZERO).await;
        assert!(matches!(impatient, Err(Error::Unavailable { .. })));
        assert!(!pending(&settings).await.unwrap().is_empty());

        drop(other);
        assert!(!migrate(&settings, LONG).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn limits_beyond_those_of_the_server_are_cut() {
        let server = Server::start();
        let unlimited = Settings {
            acquire_timeout: Duration::MAX,
            statement_timeout: Duration::MAX,
            lock_timeout: Duration::MAX,
            ..settings(&server)
        };

        assert!(!pending(&unlimited).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn rel_04_an_absent_database_is_no_reason_to_wait() {
        let server = Server::start();
        let settings = settings(&server);
        server.stop_immediate();

        let outcome = migrate(&settings, LONG).await;

        assert!(matches!(outcome, Err(Error::Unavailable { .. })));
    }
}
