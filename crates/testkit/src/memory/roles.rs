use async_trait::async_trait;
use domain::{
    Result,
    model::{AuditEvent, RoleName, TenantId, UserId},
    ports::{RoleChange, Roles},
};

use super::MemoryStore;

#[async_trait]
impl Roles for MemoryStore {
    async fn grant(
        &self,
        tenant: TenantId,
        user: UserId,
        role: &RoleName,
        audit: &AuditEvent,
    ) -> Result<RoleChange> {
        self.transaction(|state| {
            let Some(user) = state.user_mut(tenant, user) else {
                return Ok(RoleChange::NoSuchUser);
            };
            if !user.roles.insert(role.clone()) {
                return Ok(RoleChange::Unchanged);
            }
            state.record(audit)?;
            Ok(RoleChange::Done)
        })
    }

    async fn revoke(
        &self,
        tenant: TenantId,
        user: UserId,
        role: &RoleName,
        keep_one: bool,
        audit: &AuditEvent,
    ) -> Result<RoleChange> {
        self.transaction(|state| {
            let Some(mut user) = state.user(tenant, user).cloned() else {
                return Ok(RoleChange::NoSuchUser);
            };
            if !user.roles.remove(role) {
                return Ok(RoleChange::Unchanged);
            }
            if keep_one && user.enabled && !state.has_other_holder(&user, role) {
                return Ok(RoleChange::LastHolder);
            }
            state.users.insert(user.id, user);
            state.record(audit)?;
            Ok(RoleChange::Done)
        })
    }
}
