use std::sync::Arc;

use super::core::{Core, Reader};
use crate::{
    Error, Result,
    model::{
        Account, Actor, Asked, AuditAction, MailKind, OneTimeToken, OneTimeTokenId, Password,
        PasswordOwner, ShortName, TokenPurpose, UserId,
    },
    ports::Effects,
};

/// Lets people who read their mail set a password: a new one, or the first after an invitation.
pub struct PasswordReset(Arc<Core>);

const PURPOSES: [TokenPurpose; 2] = [TokenPurpose::PasswordReset, TokenPurpose::Invitation];

impl PasswordReset {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Asks for a reset mail for the account in the tenant of that short name. Whether there is one decides neither the
    /// answer nor the work: the mail worker looks.
    pub async fn request(&self, actor: &Actor, tenant: &str, account: Account) -> Result<()> {
        let core = &self.0;
        let audit = core.audit(actor, AuditAction::PasswordResetRequested);
        if !core.admits(&audit).await? {
            return Ok(());
        }
        let Ok(tenant) = tenant.parse::<ShortName>() else {
            let audit = audit.with_detail("no such tenant");
            return core.ports.store.append(&audit).await;
        };
        core.request_mail(actor, Asked::PasswordReset(tenant, account))
            .await
    }

    /// Whose password the token can set, without using it up. [`Error::BadToken`] otherwise, or [`Error::Throttled`] after
    /// many that we did not make.
    pub async fn check(&self, actor: &Actor, user: UserId, token: &str) -> Result<Reader> {
        let token = self.token(actor, user, token).await?;
        self.0.reader(&token, &PURPOSES).await
    }

    /// Sets the password: ends all sessions, voids all other links of the user, and tells the owner by mail.
    ///
    /// [`Error::BadToken`] for any token that is not a live one of that user, or [`Error::Throttled`] after many that we
    /// did not make; [`Error::Password`] for a weak password; the token stays good then. Whoever received the mail has
    /// proved the address as well.
    pub async fn reset(
        &self,
        actor: &Actor,
        user: UserId,
        token: &str,
        new_password: Password,
    ) -> Result<()> {
        let core = &self.0;
        let token = self.token(actor, user, token).await?;
        let redeemer = core.redeemer(&token, &PURPOSES).await?;
        let tenant = core.tenant_of(&redeemer).await?;
        let owner = PasswordOwner::new(&tenant, &redeemer.username, &redeemer.email);
        core.judge("newPassword", &new_password, &owner)?;
        let hasher = &core.ports.hasher;
        let hash = hasher.hash(Some(tenant.id), &new_password).await?;
        core.redeem(&token, &PURPOSES, &TokenPurpose::ALL, |user| {
            let notice = user.password.is_some();
            let notice = notice.then(|| core.mailing(MailKind::PasswordChanged, &user));
            let audit = core
                .audit(actor, AuditAction::PasswordReset)
                .about(user.tenant, user.id);
            let mail = notice.into_iter().collect();
            let user = user.with_password(hash.clone()).with_email_confirmed();
            (user, Effects { mail, audit })
        })
        .await?;
        core.owner_is_proved(actor, &redeemer).await;
        Ok(())
    }

    async fn token(&self, actor: &Actor, user: UserId, text: &str) -> Result<OneTimeToken> {
        let core = &self.0;
        let proof = PURPOSES
            .iter()
            .find_map(|purpose| core.prove((*purpose).into(), text, &purpose.binding(user)));
        let Some(proof) = proof else {
            return Err(core.wrong_link(actor).await);
        };
        let selected = core
            .ports
            .store
            .one_time_token(OneTimeTokenId::from_uuid(proof.selector))
            .await?;
        selected
            .filter(|token| token.user == user)
            .ok_or(Error::BadToken)
    }
}
