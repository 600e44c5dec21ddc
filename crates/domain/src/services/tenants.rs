use std::sync::Arc;

use super::core::Core;
use crate::{
    Error, Result,
    model::{
        Action, Actor, AuditAction, NewTenant, PasswordPolicy, Tenant, TenantChange, TenantId,
    },
};

/// Manages the tenants of the platform.
pub struct TenantService(Arc<Core>);

impl TenantService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// All tenants, by short name.
    pub async fn all(&self, actor: &Actor) -> Result<Vec<Tenant>> {
        actor.may(Action::ListTenants, None, None)?;
        self.0.ports.store.all_tenants().await
    }

    /// One tenant. [`Error::NotFound`] if there is none.
    pub async fn one(&self, actor: &Actor, id: TenantId) -> Result<Tenant> {
        actor.may(Action::ReadTenant, Some(id), None)?;
        self.0
            .ports
            .store
            .tenant(id)
            .await?
            .ok_or(Error::NotFound("tenant"))
    }

    /// Makes a tenant. [`Error::Invalid`] for unusable values, [`Error::Conflict`] if the short name is taken.
    pub async fn create(&self, actor: &Actor, new: NewTenant) -> Result<Tenant> {
        let core = &self.0;
        actor.may(Action::WriteTenants, None, None)?;
        let tenant = Tenant::new(TenantId::random(&*core.ports.entropy), new, core.now())?;
        let audit = core
            .audit(actor, AuditAction::TenantCreated)
            .about(tenant.id, None);
        core.ports.store.add_tenant(&tenant, &audit).await?;
        Ok(tenant)
    }

    /// Changes the values given. [`Error::NotFound`], [`Error::Invalid`], [`Error::Conflict`] for a short name that is
    /// taken or for disabling the platform's own tenant, [`Error::Unacceptable`] for a minimum of passwords below that of
    /// the service, [`Error::Stale`] if somebody else changed it meanwhile.
    pub async fn change(&self, actor: &Actor, id: TenantId, change: TenantChange) -> Result<()> {
        let core = &self.0;
        actor.may(Action::WriteTenants, Some(id), None)?;
        if let Some(length) = change.min_password_length {
            self.raised(length)?;
        }
        let tenant = core
            .ports
            .store
            .tenant(id)
            .await?
            .ok_or(Error::NotFound("tenant"))?
            .changed(change)?;
        if tenant.platform && !tenant.enabled {
            return Err(Error::Conflict("the platform's own tenant stays enabled"));
        }
        let audit = core
            .audit(actor, AuditAction::TenantChanged)
            .about(id, None);
        core.ports.store.update_tenant(&tenant, &audit).await?;
        core.callers.everybody_changed(core.now());
        Ok(())
    }

    /// Deletes a tenant without users, for ever. [`Error::NotFound`] if there is none, [`Error::Conflict`] if it has users
    /// or is the platform's own.
    pub async fn delete(&self, actor: &Actor, id: TenantId) -> Result<()> {
        let core = &self.0;
        actor.may(Action::WriteTenants, Some(id), None)?;
        let tenant = core
            .ports
            .store
            .tenant(id)
            .await?
            .ok_or(Error::NotFound("tenant"))?;
        if tenant.platform {
            return Err(Error::Conflict("the platform's own tenant stays"));
        }
        let audit = core
            .audit(actor, AuditAction::TenantDeleted)
            .about(id, None);
        let deleted = core.ports.store.delete_tenant(id, &audit).await?;
        deleted.then_some(()).ok_or(Error::NotFound("tenant"))
    }

    fn raised(&self, length: u32) -> Result<()> {
        let (min, max) = (
            self.0.policy.passwords.min_length,
            PasswordPolicy::LONGEST_MINIMUM,
        );
        let refuse = |reason| Err(Error::unacceptable("minPasswordLength", reason));
        if (length as usize) < min {
            return refuse(format!("is less than the service's own minimum of {min}"));
        }
        if length > max {
            return refuse(format!("is more than {max}"));
        }
        Ok(())
    }
}
