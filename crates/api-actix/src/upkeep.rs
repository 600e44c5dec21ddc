//! What the server does beside answering: it gets ready, sets its clock, tends the signing keys, takes up the clients'
//! origins, watches the database, and tidies up.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::{Error, Membership, Result, model::Actor, services::FirstCredentials};
use futures_util::FutureExt as _;
use wiring::settings::{Backend, MigrationMode, Settings};

use crate::{cors::Origins, probes::Health};

/// Between two attempts until the first succeeds.
const RETRY: Duration = Duration::from_secs(1);
/// Between two looks at the clock, keys and origins, which are also looks at the database.
const WATCH: Duration = Duration::from_secs(5);
/// Between two deletions of what is over.
const PURGE: Duration = Duration::from_hours(1);

/// Whom to tell what.
#[derive(Clone, Copy)]
pub(crate) struct Tell {
    /// The credentials of a new instance, once, before it is stored.
    pub(crate) first: fn(&FirstCredentials),
    /// That everything is ready.
    pub(crate) ready: fn(&Settings),
}

/// Gets ready, tells so, and watches until it is dropped.
pub(crate) async fn watch(
    membership: Arc<Membership>,
    settings: Arc<Settings>,
    health: Arc<Health>,
    origins: Arc<Origins>,
    tell: Tell,
) {
    while let Err(error) = unharmed(begin(&membership, &settings, &origins, tell.first)).await {
        warn(&error, "not ready yet");
        tokio::time::sleep(RETRY).await;
    }
    health.started();
    (tell.ready)(&settings);
    loop {
        tokio::time::sleep(WATCH).await;
        wiring::logging::tell_dropped();
        match unharmed(tend(&membership, &origins)).await {
            Ok(()) => health.database_answers(),
            Err(error) => warn(&error, "clock, signing keys or origins could not be read"),
        }
    }
}

/// Deletes what is over now and then, until it is dropped. Replicas may do so at the same time.
pub(crate) async fn purge(membership: Arc<Membership>) {
    loop {
        tokio::time::sleep(PURGE).await;
        match unharmed(membership.housekeeping.purge()).await {
            Ok(purged) => tracing::info!(?purged, "deleted what is over"),
            Err(error) => warn(&error, "what is over could not be deleted"),
        }
    }
}

async fn tend(membership: &Membership, origins: &Origins) -> Result<()> {
    membership.housekeeping.set_clock().await?;
    membership.signing_keys.tend().await?;
    origins.replace(membership.clients.origins().await?);
    Ok(())
}

async fn begin(
    membership: &Membership,
    settings: &Settings,
    origins: &Origins,
    tell: fn(&FirstCredentials),
) -> Result<()> {
    if settings.database.backend() == Backend::Postgres {
        schema(settings).await?;
    }
    tend(membership, origins).await?;
    if settings.bootstrap.on_start {
        let actor = Actor::operator("membership serve");
        membership.initialization.initialize(&actor, &tell).await?;
    }
    Ok(())
}

/// SQLite is migrated when it is opened; PostgreSQL here, if this process may.
async fn schema(settings: &Settings) -> Result<()> {
    if settings.migrations.mode == MigrationMode::Startup {
        wiring::migrate(settings).await?;
    }
    match wiring::pending_migrations(settings).await?.len() {
        0 => Ok(()),
        pending => Err(Error::unavailable(
            "schema",
            format!("{pending} migrations are pending: run `membership migrate`"),
        )),
    }
}

/// What comes of `work`; a panic, which the hook of [`crate::telemetry`] logged, is an error that passes.
async fn unharmed<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.unwrap_or_else(|_| Err(Error::unavailable("upkeep", "it panicked")))
}

fn warn(error: &Error, what: &str) {
    tracing::warn!(cause = domain::error::chain(error), "{what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn rel_17_a_panic_costs_one_round() {
        let outcome: Result<()> = unharmed(async { panic!("of a test") }).await;

        assert!(matches!(outcome, Err(Error::Unavailable { .. })));
        assert_eq!(unharmed(async { Ok(7) }).await.unwrap(), 7);
    }
}
