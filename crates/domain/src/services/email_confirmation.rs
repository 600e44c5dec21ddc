use std::sync::Arc;

use super::core::{Core, Reader};
use crate::{
    Error, Result,
    model::{
        Action, Actor, Asked, AuditAction, OneTimeToken, OneTimeTokenId, TenantId, TokenPurpose,
        User, UserId,
    },
};

/// What the token of a confirmation link may be good for.
const PURPOSES: [TokenPurpose; 2] = [TokenPurpose::EmailConfirmation, TokenPurpose::AddressChange];

/// Proves that people read mail at their address.
pub struct EmailConfirmation(Arc<Core>);

impl EmailConfirmation {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Asks for a confirmation mail. Whether there is such a user, with an address to confirm, decides neither the answer
    /// nor the work: the mail worker looks.
    pub async fn request(&self, actor: &Actor, tenant: TenantId, user: UserId) -> Result<()> {
        let core = &self.0;
        if let Err(refusal) = actor.may(Action::RequestConfirmation, Some(tenant), Some(user)) {
            if !core.policy.open.confirmation_request {
                return Err(refusal);
            }
            let audit = core
                .audit(actor, AuditAction::ConfirmationRequested)
                .about(tenant, user);
            if !core.admits(&audit).await? {
                return Ok(());
            }
        }
        core.request_mail(actor, Asked::Confirmation(tenant, user))
            .await
    }

    /// Whose address the token confirms, without using it up. [`Error::BadToken`] for any token that does not;
    /// [`Error::Throttled`] after many that we did not make.
    pub async fn check(&self, actor: &Actor, token: &str) -> Result<Reader> {
        let (purpose, token) = self.token(actor, token).await?;
        self.0.reader(&token, &[purpose]).await
    }

    /// Confirms the address that the token was mailed to; if it is a new one, mail goes there from now on, and all other
    /// links of the user are void. [`Error::BadToken`] for any token that does not, such as one for an address that
    /// somebody else took meanwhile; [`Error::Throttled`] after many that we did not make.
    pub async fn confirm(&self, actor: &Actor, token: &str) -> Result<()> {
        let core = &self.0;
        let (purpose, token) = self.token(actor, token).await?;
        let moves = purpose == TokenPurpose::AddressChange;
        let (action, voids) = if moves {
            (AuditAction::AddressChanged, &TokenPurpose::ALL[..])
        } else {
            (AuditAction::EmailConfirmed, &PURPOSES[..1])
        };
        let confirmed = |user: User| {
            if moves {
                user.with_email(token.email.clone())
            } else {
                user.with_email_confirmed()
            }
        };
        let change = |user: User| {
            let audit = core.audit(actor, action).about(user.tenant, user.id);
            (confirmed(user), audit.into())
        };
        match core.redeem(&token, &[purpose], voids, change).await {
            Err(Error::Conflict(_)) => Err(Error::BadToken),
            outcome => outcome,
        }
    }

    async fn token(&self, actor: &Actor, text: &str) -> Result<(TokenPurpose, OneTimeToken)> {
        let core = &self.0;
        let proof = PURPOSES
            .into_iter()
            .find_map(|purpose| Some((purpose, core.prove(purpose.into(), text, &[])?)));
        let Some((purpose, proof)) = proof else {
            return Err(core.wrong_link(actor).await);
        };
        let id = OneTimeTokenId::from_uuid(proof.selector);
        let selected = core.ports.store.one_time_token(id).await?;
        selected
            .map(|token| (purpose, token))
            .ok_or(Error::BadToken)
    }
}
