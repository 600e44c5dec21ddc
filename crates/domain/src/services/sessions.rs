use std::sync::Arc;

use super::core::Core;
use crate::{
    Result,
    model::{Action, Actor, AuditAction, TenantId, UserId},
};

/// Ends sign-ins.
pub struct SessionService(Arc<Core>);

impl SessionService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Ends all sessions of a user: no refresh token and no access token that is out works any more. The answer does not
    /// tell whether there is such a user.
    pub async fn end_all(&self, actor: &Actor, tenant: TenantId, user: UserId) -> Result<()> {
        let core = &self.0;
        if !core.policy.open.sign_out {
            actor.may(Action::EndSessions, Some(tenant), Some(user))?;
        }
        let audit = core
            .audit(actor, AuditAction::SessionsEnded)
            .about(tenant, user);
        if !core.ports.store.end_all(tenant, user, &audit).await? {
            let audit = audit.with_detail("no such user");
            core.ports.store.append(&audit).await?;
        }
        Ok(())
    }
}
