use async_trait::async_trait;

use crate::{
    Result,
    model::{AuditEvent, RoleName, TenantId, UserId},
};

/// The roles that users hold.
#[async_trait]
pub trait Roles: Send + Sync {
    /// Gives the user the role, with its audit event; both only if the user did not hold it.
    async fn grant(
        &self,
        tenant: TenantId,
        user: UserId,
        role: &RoleName,
        audit: &AuditEvent,
    ) -> Result<RoleChange>;

    /// Takes the role from the user, with its audit event; both only if the user held it.
    ///
    /// With `keep_one`, the last enabled holder of the role in the tenant keeps it; two callers at once cannot take it
    /// from the last two.
    async fn revoke(
        &self,
        tenant: TenantId,
        user: UserId,
        role: &RoleName,
        keep_one: bool,
        audit: &AuditEvent,
    ) -> Result<RoleChange>;
}

/// What a change of roles did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChange {
    /// The role was given or taken.
    Done,
    /// It was already so.
    Unchanged,
    /// The tenant has no such user.
    NoSuchUser,
    /// The user is the last holder, and one must be kept.
    LastHolder,
}
