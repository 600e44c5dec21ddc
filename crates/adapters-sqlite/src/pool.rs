//! Bounded use of the database: admission before a thread, one writer at a time, a transaction, a deadline.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::{prelude::*, sql_types::BigInt};
use domain::{Error, Result, model::Timestamp};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use crate::{
    Settings,
    connection::{Manager, Trace},
    error::{Failure, unavailable},
};

/// When a caller who was not admitted has a chance again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Connections, and no more threads waiting for them than there can be connections.
pub(crate) struct Pool {
    connections: r2d2::Pool<Manager>,
    permits: Arc<Semaphore>,
    /// Writers queue here, each of them for its turn, and not in SQLite, which would let them poll.
    writer: Arc<Semaphore>,
    acquire_timeout: Duration,
    /// For the work, once it is admitted; SQLite itself waits no longer for a lock of somebody else.
    busy_timeout: Duration,
}

impl Pool {
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let size = settings.pool_max.max(1);
        let acquire_timeout = settings.acquire_timeout.max(Duration::from_millis(1));
        let connections = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .test_on_check_out(false)
            .connection_timeout(acquire_timeout)
            .max_lifetime(None)
            .error_handler(Box::new(Trace))
            .build(Manager::new(settings))
            .map_err(unavailable)?;
        Ok(Self {
            connections,
            permits: Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(1))),
            writer: Arc::new(Semaphore::new(1)),
            acquire_timeout,
            busy_timeout: settings.busy_timeout,
        })
    }

    /// Runs one statement that only reads, without a transaction around it. Writers do not hold it up.
    pub(crate) async fn query<T: Send + 'static>(
        &self,
        statement: impl Fn(&mut SqliteConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T> {
        let until = Instant::now() + self.acquire_timeout;
        let permits = vec![admitted(&self.permits, until).await?];
        self.run(until, permits, move |sqlite| Ok(statement(sqlite)?))
            .await
    }

    /// Runs `work` in a transaction, once and alone. An error of it leaves nothing changed.
    pub(crate) async fn transaction<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let until = Instant::now() + self.acquire_timeout;
        let turn = admitted(&self.writer, until).await?;
        let permits = vec![admitted(&self.permits, until).await?, turn];
        self.run(until, permits, move |sqlite| {
            sqlite.immediate_transaction(work)
        })
        .await
    }

    /// Deletes by a statement that is given a moment and how many rows it may take; says how many it took.
    pub(crate) async fn purge(
        &self,
        sql: &'static str,
        before: Timestamp,
        limit: u32,
    ) -> Result<usize> {
        self.transaction(move |sqlite| {
            let purge = diesel::sql_query(sql)
                .bind::<BigInt, _>(before.unix_micros())
                .bind::<BigInt, _>(i64::from(limit));
            Ok(purge.execute(sqlite)?)
        })
        .await
    }

    /// Runs `work` on a thread that may block. The permits are given back when `work` has ended, even if its caller was
    /// answered before.
    async fn run<T: Send + 'static>(
        &self,
        until: Instant,
        permits: Vec<OwnedSemaphorePermit>,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let connections = self.connections.clone();
        let running = spawn_blocking(move || {
            let patience = until.saturating_duration_since(Instant::now());
            let mut connection = connections.get_timeout(patience).map_err(unavailable)?;
            let outcome = work(&mut connection);
            drop(connection);
            drop(permits);
            outcome
        });
        let patience = until.saturating_duration_since(Instant::now()) + self.busy_timeout;
        let outcome = timeout(patience, running)
            .await
            .map_err(|_| unavailable("no answer in time"))?
            .map_err(unavailable)?;
        Ok(outcome?)
    }
}

async fn admitted(semaphore: &Arc<Semaphore>, until: Instant) -> Result<OwnedSemaphorePermit> {
    let patience = until.saturating_duration_since(Instant::now());
    timeout(patience, Arc::clone(semaphore).acquire_owned())
        .await
        .map_err(|_| Error::Overloaded {
            retry_after: RETRY_AFTER,
        })?
        .map_err(unavailable)
}

#[cfg(test)]
mod tests {
    use diesel::{connection::SimpleConnection as _, dsl::sql, sql_types::Text};

    use super::*;

    fn pool(folder: &tempfile::TempDir) -> Pool {
        let patient = Duration::from_secs(30);
        Pool::new(&Settings {
            path: folder.path().join("membership.db"),
            pool_max: 1,
            acquire_timeout: patient,
            busy_timeout: patient,
        })
        .unwrap()
    }

    async fn execute(pool: &Pool, sql: &'static str) -> Result<()> {
        pool.transaction(move |sqlite| Ok(sqlite.batch_execute(sql)?))
            .await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rel_17_a_panic_costs_one_call() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool(&folder);

        let outcome = pool
            .transaction(|_| -> Result<(), Failure> { panic!("as a bug would") })
            .await;

        assert!(matches!(outcome, Err(Error::Unavailable { .. })));
        assert!(
            execute(&pool, "CREATE TABLE things (bytes BLOB)")
                .await
                .is_ok()
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rel_11_on_a_full_disk_writes_are_refused_and_reads_go_on_until_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool(&folder);
        execute(&pool, "CREATE TABLE things (bytes BLOB)")
            .await
            .unwrap();
        let limit = |pages: &'static str| pool.query(move |sqlite| sqlite.batch_execute(pages));
        let big = "INSERT INTO things VALUES (randomblob(1000000))";

        limit("PRAGMA max_page_count = 10").await.unwrap();
        assert!(matches!(
            execute(&pool, big).await,
            Err(Error::Unavailable { .. })
        ));
        assert!(limit("SELECT count(*) FROM things").await.is_ok());

        limit("PRAGMA max_page_count = 1000000").await.unwrap();
        assert!(execute(&pool, big).await.is_ok());
        let check = |sqlite: &mut _| {
            let findings = sql::<Text>("integrity_check FROM pragma_integrity_check");
            diesel::select(findings).load::<String>(sqlite)
        };
        assert_eq!(pool.query(check).await.unwrap(), ["ok"]);
    }
}
