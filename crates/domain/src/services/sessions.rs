use std::sync::Arc;

use super::core::Core;
use crate::{
    Error, Result,
    model::{Action, Actor, AuditAction, MailKind, Mailing, Session, SessionId, TenantId, UserId},
    ports::Effects,
};

/// Shows and ends sign-ins.
pub struct SessionService(Arc<Core>);

impl SessionService {
    /// How many sessions of one user are shown.
    const SHOWN: u32 = 200;

    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// The sessions of a user that are not over, last used first, the first 200. [`Error::NotFound`] if the tenant has no
    /// such user.
    pub async fn of(&self, actor: &Actor, tenant: TenantId, user: UserId) -> Result<Vec<Session>> {
        let (core, store) = (&self.0, &self.0.ports.store);
        actor.may(Action::ManageSessions, Some(tenant), Some(user))?;
        store
            .user(tenant, user)
            .await?
            .ok_or(Error::NotFound("user"))?;
        store
            .sessions_of(tenant, user, core.now(), Self::SHOWN)
            .await
    }

    /// Ends one session: its refresh tokens at once, its access tokens within moments. [`Error::NotFound`] if the user has
    /// no such session.
    pub async fn end(
        &self,
        actor: &Actor,
        tenant: TenantId,
        user: UserId,
        session: SessionId,
    ) -> Result<()> {
        let core = &self.0;
        actor.may(Action::ManageSessions, Some(tenant), Some(user))?;
        let audit = core
            .audit(actor, AuditAction::SessionEnded)
            .about(tenant, user)
            .with_detail(session.to_string());
        let ended = core.ports.store.end_session(tenant, user, session, &audit);
        if !ended.await? {
            return Err(Error::NotFound("session"));
        }
        core.callers.user_changed(user, core.now());
        Ok(())
    }

    /// Ends all sessions of a user: no refresh token and no access token that is out works any more. The answer does not
    /// tell whether there is such a user. A person who was signed in, and whom somebody else with the right to do so signs
    /// out, is told by mail. [`Error::Throttled`] for anybody without that right who asks too often.
    pub async fn end_all(&self, actor: &Actor, tenant: TenantId, user: UserId) -> Result<()> {
        let core = &self.0;
        let audit = core
            .audit(actor, AuditAction::SessionsEnded)
            .about(tenant, user);
        if let Err(refusal) = actor.may(Action::EndSessions, Some(tenant), Some(user)) {
            if !core.policy.open.sign_out {
                return Err(refusal);
            }
            core.admit(&audit).await?;
        }
        let mail = self.notice(actor, tenant, user).await?;
        let effects = Effects {
            mail: mail.into_iter().collect(),
            audit,
        };
        if core.ports.store.end_all(tenant, user, &effects).await? {
            core.ring();
            core.callers.user_changed(user, core.now());
        } else {
            let audit = effects.audit.with_detail("no such user");
            core.ports.store.append(&audit).await?;
        }
        Ok(())
    }

    async fn notice(
        &self,
        actor: &Actor,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Option<Mailing>> {
        let (core, store) = (&self.0, &self.0.ports.store);
        let may = actor.may(Action::EndSessions, Some(tenant), Some(user));
        if actor.is(tenant, user) || may.is_err() {
            return Ok(None);
        }
        let signed_in = store.sessions_of(tenant, user, core.now(), 1).await?;
        if signed_in.is_empty() {
            return Ok(None);
        }
        let user = store.user(tenant, user).await?;
        Ok(user.map(|user| core.mailing(MailKind::SignedOut, &user)))
    }
}
