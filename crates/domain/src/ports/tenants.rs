use async_trait::async_trait;

use crate::{
    Result,
    model::{AuditEvent, Founding, ShortName, Tenant, TenantId},
};

/// The tenants of the platform.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// Stores everything of a new instance, or nothing: `false` if the platform's own tenant exists already. Of any
    /// number of callers one gets `true`.
    async fn initialize(&self, founding: &Founding) -> Result<bool>;

    /// Whether the platform's own tenant exists.
    async fn is_initialized(&self) -> Result<bool>;

    /// Adds a tenant. [`Error::Conflict`](crate::Error::Conflict) if its short name is taken.
    async fn add_tenant(&self, tenant: &Tenant, audit: &AuditEvent) -> Result<()>;

    /// Replaces the tenant. [`Error::Stale`](crate::Error::Stale) if it changed since it was read or is gone,
    /// [`Error::Conflict`](crate::Error::Conflict) if its short name is taken.
    async fn update_tenant(&self, tenant: &Tenant, audit: &AuditEvent) -> Result<()>;

    /// Deletes a tenant. `false` if there is none; [`Error::Conflict`](crate::Error::Conflict) if it has users.
    /// Its audit stays.
    async fn delete_tenant(&self, id: TenantId, audit: &AuditEvent) -> Result<bool>;

    /// The tenant of that id.
    async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>>;

    /// The tenant of that short name.
    async fn tenant_by_short_name(&self, name: &ShortName) -> Result<Option<Tenant>>;

    /// All tenants, by short name.
    async fn all_tenants(&self) -> Result<Vec<Tenant>>;
}
