use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::{dsl::sql, prelude::*, sql_types::Timestamptz};
use domain::{Result, model::Timestamp, ports::DatabaseClock};

use crate::PostgresStore;

#[async_trait]
impl DatabaseClock for PostgresStore {
    async fn database_time(&self) -> Result<Option<Timestamp>> {
        let now: DateTime<Utc> = self
            .pool
            .query(|pg| diesel::select(sql::<Timestamptz>("clock_timestamp()")).get_result(pg))
            .await?;
        Ok(Some(Timestamp::new(now)))
    }
}
