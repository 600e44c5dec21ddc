use async_trait::async_trait;
use domain::{Result, model::Timestamp, ports::DatabaseClock};

use super::MemoryStore;

#[async_trait]
impl DatabaseClock for MemoryStore {
    async fn database_time(&self) -> Result<Option<Timestamp>> {
        Ok(self.read(|state| state.clock))
    }
}
