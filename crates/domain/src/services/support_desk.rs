use std::sync::Arc;

use super::core::Core;
use crate::{
    Error, Result,
    model::{Action, Actor, AuditAction, Secret, TenantId, UserId},
    ports::SupportIdentity,
};

/// Signs people in at the support desk.
pub struct SupportDeskService(Arc<Core>);

impl SupportDeskService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// A fresh token that signs its bearer in as that user; for the user alone.
    ///
    /// [`Error::NotFound`] where no support desk is configured, [`Error::Conflict`] while the address is not confirmed.
    pub async fn token(
        &self,
        actor: &Actor,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Secret<String>> {
        let core = &self.0;
        actor.may(Action::IssueSupportToken, Some(tenant), Some(user))?;
        let desk = core
            .ports
            .support_desk
            .as_ref()
            .ok_or(Error::NotFound("support desk"))?;
        let user = core
            .ports
            .store
            .user(tenant, user)
            .await?
            .ok_or(Error::NotFound("user"))?;
        let tenant = core
            .ports
            .store
            .tenant(tenant)
            .await?
            .ok_or(Error::NotFound("tenant"))?;
        if desk.requires_confirmed_email() && !user.email_confirmed {
            return Err(Error::Conflict("the e-mail address is not confirmed"));
        }
        let audit = core
            .audit(actor, AuditAction::SupportTokenIssued)
            .about(tenant.id, user.id);
        let token = desk.token(&SupportIdentity {
            user: user.id,
            username: user.username,
            email: user.email,
            tenant_name: tenant.name,
            issued_at: core.now(),
            token_id: core.random_id(),
        })?;
        core.ports.store.append(&audit).await?;
        Ok(token)
    }
}
