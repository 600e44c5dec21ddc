use std::{collections::BTreeSet, sync::Arc};

use super::core::Core;
use crate::{
    Error, Result,
    model::{Action, Actor, AuditAction, RoleName, TenantId, UserId},
    ports::RoleChange,
};

/// Shows and changes the roles of users.
pub struct RoleService(Arc<Core>);

impl RoleService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// The roles that a user holds. [`Error::NotFound`] if the tenant has no such user.
    pub async fn of(
        &self,
        actor: &Actor,
        tenant: TenantId,
        user: UserId,
    ) -> Result<BTreeSet<RoleName>> {
        actor.may(Action::ReadRoles, Some(tenant), Some(user))?;
        let user = self.0.ports.store.user(tenant, user).await?;
        Ok(user.ok_or(Error::NotFound("user"))?.roles)
    }

    /// Grants (`held`) or revokes a role; repeating it changes nothing.
    ///
    /// [`Error::Unacceptable`] for a role that is not in the catalogue or not for that tenant, [`Error::Forbidden`] for a
    /// role above the actor's own, [`Error::NotFound`] if the tenant has no such user, [`Error::Conflict`] where the last
    /// administrator would go.
    pub async fn set(
        &self,
        actor: &Actor,
        tenant: TenantId,
        user: UserId,
        role: &str,
        held: bool,
    ) -> Result<()> {
        let core = &self.0;
        actor.may(Action::WriteRoles, Some(tenant), Some(user))?;
        let role = core.policy.roles.find(role)?;
        if role.as_str() == RoleName::ADMINISTRATOR {
            actor.may(Action::WriteAdministrators, Some(tenant), Some(user))?;
            let tenant = core
                .ports
                .store
                .tenant(tenant)
                .await?
                .ok_or(Error::NotFound("tenant"))?;
            if !tenant.platform {
                return Err(Error::unacceptable(
                    "role",
                    "can be held in the platform's own tenant only",
                ));
            }
        }
        let action = if held {
            AuditAction::RoleGranted
        } else {
            AuditAction::RoleRevoked
        };
        let audit = core
            .audit(actor, action)
            .about(tenant, user)
            .with_detail(role.as_str());
        let change = if held {
            core.ports.store.grant(tenant, user, &role, &audit).await?
        } else {
            core.ports
                .store
                .revoke(tenant, user, &role, role.is_administrative(), &audit)
                .await?
        };
        core.callers.user_changed(user, core.now());
        match change {
            RoleChange::Done | RoleChange::Unchanged => Ok(()),
            RoleChange::NoSuchUser => Err(Error::NotFound("user")),
            RoleChange::LastHolder => Err(Error::Conflict("the last administrator must stay")),
        }
    }
}
