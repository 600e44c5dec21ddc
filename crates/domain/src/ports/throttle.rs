use async_trait::async_trait;

use crate::{
    Result,
    model::{Attempt, Success, Timestamp},
};

/// Counts attempts, for all replicas together. The rule is [`Budget::spend`](crate::model::Budget::spend)'s.
///
/// Every moment is that of the [`DatabaseClock`](super::DatabaseClock), as far as the caller knows it.
#[async_trait]
pub trait Throttle: Send + Sync {
    /// Counts an attempt, and says whether it comes from a familiar place. [`Error::Throttled`](crate::Error::Throttled)
    /// if one of the budgets that it would be counted in has nothing left: then none counts it, unless others make
    /// attempts at the same moment. Of any number of callers at once no more are let through than a budget allows.
    async fn attempt(&self, attempt: &Attempt) -> Result<bool>;

    /// Stores the success of an attempt at `now`.
    async fn succeed(&self, now: Timestamp, success: &Success) -> Result<()>;

    /// Deletes what is forgotten at `now`, at most `limit` rows of each kind; says how many.
    async fn purge_throttle(&self, now: Timestamp, limit: u32) -> Result<usize>;
}
