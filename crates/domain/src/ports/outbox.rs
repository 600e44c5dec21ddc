use std::time::Duration;

use async_trait::async_trait;

use crate::{
    Result,
    model::{MailOrder, MailState, MessageId, Settlement, Timestamp},
};

/// Mail that is ordered and not yet sent, shared by the workers of all replicas.
///
/// Every `now` is that of the [`DatabaseClock`](super::DatabaseClock), as far as the caller knows it: replicas whose own
/// clocks disagree agree on when a lease ends.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Takes up at most `limit` waiting orders that are due at `now`, oldest due first, and leases them: nobody else
    /// takes them up before `now + lease`. Each counts an attempt; its `due_at` is the end of the lease.
    async fn lease(&self, now: Timestamp, lease: Duration, limit: u32) -> Result<Vec<MailOrder>>;

    /// Records how the attempt on a leased order ended. `false`, with nothing changed, if the lease ran out and somebody
    /// else took the order up, or an operator dropped it.
    async fn settle(&self, leased: &MailOrder, settlement: &Settlement) -> Result<bool>;

    /// The order of that id.
    async fn mail_order(&self, id: MessageId) -> Result<Option<MailOrder>>;

    /// The newest `limit` orders in that state, newest first.
    async fn mail_in_state(&self, state: MailState, limit: u32) -> Result<Vec<MailOrder>>;

    /// Makes an order that is not sent due at `now`, with its attempts counted anew. `false` if there is none.
    async fn retry_mail(&self, id: MessageId, now: Timestamp) -> Result<bool>;

    /// Deletes an order that is not sent. `false` if there is none.
    async fn drop_mail(&self, id: MessageId) -> Result<bool>;

    /// Deletes at most `limit` sent orders made before `before`; says how many.
    async fn purge_mail(&self, before: Timestamp, limit: u32) -> Result<usize>;
}
