use async_trait::async_trait;

use crate::{
    Result,
    model::{AuditEvent, TenantId},
};

/// The record of what happened. Events with a cause are stored with it, by the port that stores the cause.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Records what has no other row: a refusal.
    async fn append(&self, event: &AuditEvent) -> Result<()>;

    /// The newest `limit` events of a tenant, newest first.
    async fn in_tenant(&self, tenant: TenantId, limit: u32) -> Result<Vec<AuditEvent>>;
}
