use async_trait::async_trait;

use crate::{Result, model::Timestamp};

/// The clock that all replicas share.
#[async_trait]
pub trait DatabaseClock: Send + Sync {
    /// The time at the database. `None` where it has no clock but this process's own.
    async fn database_time(&self) -> Result<Option<Timestamp>>;
}
