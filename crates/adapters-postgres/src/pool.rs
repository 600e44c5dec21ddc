//! Bounded use of the database: admission before a thread, a connection, a transaction, a deadline.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::{
    connection::{AnsiTransactionManager, TransactionManager as _},
    prelude::*,
    sql_types::{BigInt, Timestamptz},
};
use domain::{Error, Result, model::Timestamp};
use r2d2::PooledConnection;
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use crate::{
    Settings,
    connection::{self, Manager, Trace},
    error::{Failure, unavailable},
};

/// When a caller who was not admitted has a chance again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Connections, and no more threads waiting for them than there can be connections.
pub(crate) struct Pool {
    connections: r2d2::Pool<Manager>,
    permits: Arc<Semaphore>,
    acquire_timeout: Duration,
    /// For the whole of a call. The server's own time-outs do not help when the server is frozen.
    deadline: Duration,
    begin: Arc<str>,
}

impl Pool {
    /// A pool of at most [`Settings::pool_max`] connections, of which none needs to be possible now.
    pub(crate) fn new(settings: &Settings) -> Self {
        let size = settings.pool_max.max(1);
        let connections = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(settings.pool_min.min(size)))
            // Asks no server, see Manager::is_valid.
            .test_on_check_out(true)
            // Bounds the pause between two attempts to connect. Who waits for a connection says how long.
            .connection_timeout(Duration::from_secs(1))
            .error_handler(Box::new(Trace))
            .build_unchecked(Manager::new(settings));
        Self {
            connections,
            permits: Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(1))),
            acquire_timeout: settings.acquire_timeout,
            deadline: settings
                .acquire_timeout
                .saturating_add(settings.statement_timeout),
            begin: connection::begin(settings).into(),
        }
    }

    /// Runs one statement without a transaction around it. It may run twice, if its connection turns out to be broken, and
    /// must be one of which that is no harm.
    pub(crate) async fn query<T: Send + 'static>(
        &self,
        statement: impl Fn(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T> {
        self.run(move |checkout| Ok(checkout.get(statement)?.1))
            .await
    }

    /// Deletes by a statement that is given a moment and how many rows it may take; says how many it took.
    pub(crate) async fn purge(
        &self,
        sql: &'static str,
        before: Timestamp,
        limit: u32,
    ) -> Result<usize> {
        self.query(move |pg| {
            diesel::sql_query(sql)
                .bind::<Timestamptz, _>(before.utc())
                .bind::<BigInt, _>(i64::from(limit))
                .execute(pg)
        })
        .await
    }

    /// Runs `work` in a transaction, once. An error of it leaves nothing changed.
    pub(crate) async fn transaction<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let begin = Arc::clone(&self.begin);
        self.run(move |checkout| {
            let begin = |pg: &mut _| AnsiTransactionManager::begin_transaction_sql(pg, &begin);
            let (mut connection, ()) = checkout.get(begin)?;
            connection.attempt(|pg| match work(pg) {
                Ok(outcome) => {
                    AnsiTransactionManager::commit_transaction(pg)?;
                    Ok(outcome)
                }
                Err(failure) => {
                    // Without success the connection counts as broken and is not used again.
                    let _ = AnsiTransactionManager::rollback_transaction(pg);
                    Err(failure)
                }
            })
        })
        .await
    }

    /// Waits for admission, then runs `work` on a thread that may block. The place is free again when `work` has ended,
    /// even if its caller was answered before.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Checkout) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let start = Instant::now();
        let permits = Arc::clone(&self.permits);
        let permit = timeout(self.acquire_timeout, permits.acquire_owned())
            .await
            .map_err(|_| Error::Overloaded {
                retry_after: RETRY_AFTER,
            })?
            .map_err(unavailable)?;
        let checkout = Checkout {
            connections: self.connections.clone(),
            until: start + self.acquire_timeout,
        };
        let running = spawn_blocking(move || {
            let outcome = work(&checkout);
            drop(permit);
            outcome
        });
        let outcome = timeout(self.deadline.saturating_sub(start.elapsed()), running)
            .await
            .map_err(|_| unavailable("no answer in time"))?
            .map_err(unavailable)?;
        Ok(outcome?)
    }
}

/// A right to one connection, until a moment.
struct Checkout {
    connections: r2d2::Pool<Manager>,
    until: Instant,
}

impl Checkout {
    /// What `first` makes of a connection, and that connection. Takes another one if the first turns out to be broken.
    fn get<T>(
        &self,
        first: impl Fn(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<(PooledConnection<Manager>, T), Failure> {
        let mut connection = self.connection()?;
        let mut outcome = connection.attempt(|pg| Ok(first(pg)?));
        if connection.is_broken() {
            drop(connection);
            connection = self.connection()?;
            outcome = connection.attempt(|pg| Ok(first(pg)?));
        }
        Ok((connection, outcome?))
    }

    fn connection(&self) -> Result<PooledConnection<Manager>> {
        let patience = self.until.saturating_duration_since(Instant::now());
        self.connections.get_timeout(patience).map_err(unavailable)
    }
}

#[cfg(test)]
mod tests {
    use domain::model::Secret;
    use testkit::postgres::Server;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn rel_17_a_panic_costs_one_call_and_its_connection() {
        let server = Server::start();
        let patient = Duration::from_secs(30);
        let settings = Settings {
            url: Secret::new(server.url("postgres")),
            migration_url: None,
            pool_max: 1,
            pool_min: 0,
            acquire_timeout: patient,
            statement_timeout: patient,
            lock_timeout: patient,
            idle_in_tx_timeout: patient,
            statement_cache: true,
        };
        let pool = Pool::new(&settings);
        let backend = || pool.query(|pg| diesel::select(backend_pid()).get_result::<i32>(pg));
        let before = backend().await.unwrap();

        let outcome = pool
            .transaction(|_| -> Result<(), Failure> { panic!("as a bug would") })
            .await;

        assert!(matches!(outcome, Err(Error::Unavailable { .. })));
        assert_ne!(backend().await.unwrap(), before);
    }

    diesel::define_sql_function! {
        #[sql_name = "pg_backend_pid"]
        fn backend_pid() -> diesel::sql_types::Integer;
    }
}
