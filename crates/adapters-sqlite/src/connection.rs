//! How the file is opened, and when a connection to it is given up.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use diesel::{connection::SimpleConnection as _, prelude::*, r2d2::R2D2Connection as _};
use domain::Result;
use r2d2::{HandleError, ManageConnection};

use crate::{Settings, error::unavailable};

/// Makes connections.
pub(crate) struct Manager {
    path: PathBuf,
    busy_timeout: Duration,
}

impl Manager {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            path: settings.path.clone(),
            busy_timeout: settings.busy_timeout,
        }
    }
}

impl ManageConnection for Manager {
    type Connection = SqliteConnection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<SqliteConnection, Self::Error> {
        establish(&self.path, self.busy_timeout)
    }

    fn is_valid(&self, _: &mut SqliteConnection) -> Result<(), Self::Error> {
        Ok(())
    }

    /// After a full disk a transaction may be gone without our rollback.
    fn has_broken(&self, connection: &mut SqliteConnection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

/// Why there is no connection; who waits for one is told as well.
#[derive(Debug)]
pub(crate) struct Trace;

impl HandleError<diesel::r2d2::Error> for Trace {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        tracing::debug!(%error, "no connection to the database");
    }
}

/// A connection outside the pool, for migrations.
pub(crate) fn direct(settings: &Settings) -> Result<SqliteConnection> {
    establish(&settings.path, settings.busy_timeout).map_err(unavailable)
}

/// With `synchronous = FULL` what was answered survives the loss of the machine: the log is on disk before a commit ends.
fn establish(path: &Path, busy_timeout: Duration) -> Result<SqliteConnection, diesel::r2d2::Error> {
    let path = path
        .to_str()
        .ok_or_else(|| ConnectionError::BadConnection("the path is not UTF-8".to_owned()))?;
    let mut connection = SqliteConnection::establish(path)?;
    connection.batch_execute(&format!(
        "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
        busy_timeout.as_millis().min(i32::MAX as u128),
    ))?;
    Ok(connection)
}
