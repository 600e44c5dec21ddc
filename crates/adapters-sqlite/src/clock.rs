use async_trait::async_trait;
use domain::{Result, model::Timestamp, ports::DatabaseClock};

use crate::SqliteStore;

/// The file is on this machine and belongs to this process.
#[async_trait]
impl DatabaseClock for SqliteStore {
    async fn database_time(&self) -> Result<Option<Timestamp>> {
        Ok(None)
    }
}
