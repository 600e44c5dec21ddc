use std::sync::Arc;

use super::core::Core;
use crate::{
    Error, Result,
    model::{
        Action, Actor, AuditAction, MailKind, OneTimeTokenId, ProofPurpose, TenantId, TokenPurpose,
        UserId,
    },
    ports::Effects,
};

/// Proves that people read mail at their address.
pub struct EmailConfirmation(Arc<Core>);

impl EmailConfirmation {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Orders a confirmation mail. The answer does not tell whether there is such a user, or whether the address was
    /// confirmed before: then nothing is sent.
    pub async fn request(&self, actor: &Actor, tenant: TenantId, user: UserId) -> Result<()> {
        let core = &self.0;
        if !core.policy.open.confirmation_request {
            actor.may(Action::RequestConfirmation, Some(tenant), Some(user))?;
        }
        let audit = core
            .audit(actor, AuditAction::ConfirmationRequested)
            .about(tenant, user);
        let found = core.ports.store.user(tenant, user).await?;
        let unproved = found.filter(|user| user.enabled && !user.email_confirmed);
        let Some(user) = unproved else {
            let audit = audit.with_detail("nothing to confirm");
            return core.ports.store.append(&audit).await;
        };
        let mail = vec![core.mailing(MailKind::Confirmation, &user)];
        core.ports.store.order(&Effects { mail, audit }).await?;
        core.ring();
        Ok(())
    }

    /// Confirms the address that the token was mailed to. [`Error::BadToken`] for any token that does not.
    pub async fn confirm(&self, actor: &Actor, token: &str) -> Result<()> {
        let core = &self.0;
        let proof = core
            .prove(ProofPurpose::EmailConfirmation, token, &[])
            .ok_or(Error::BadToken)?;
        let selected = core
            .ports
            .store
            .one_time_token(OneTimeTokenId::from_uuid(proof.selector))
            .await?;
        let token = selected.ok_or(Error::BadToken)?;
        let purposes = [TokenPurpose::EmailConfirmation];
        core.redeem(&token, &purposes, &purposes, |user| {
            let audit = core.audit(actor, AuditAction::EmailConfirmed);
            let audit = audit.about(user.tenant, user.id);
            let mail = Vec::new();
            (user.with_email_confirmed(), Effects { mail, audit })
        })
        .await
    }
}
