use std::sync::Arc;

use super::core::{Core, Reader};
use crate::{
    Error, Result,
    model::{
        Actor, AuditAction, Email, MailKind, OneTimeToken, OneTimeTokenId, Password, PasswordOwner,
        ShortName, TokenPurpose, User, UserId, Username,
    },
    ports::Effects,
};

/// Lets people who read their mail set a password: a new one, or the first after an invitation.
pub struct PasswordReset(Arc<Core>);

/// How a person names the account in a reset request.
#[derive(Clone, Debug)]
pub enum Account {
    /// By its address.
    Email(Email),
    /// By the name to sign in with.
    Username(Username),
}

const PURPOSES: [TokenPurpose; 2] = [TokenPurpose::PasswordReset, TokenPurpose::Invitation];

impl PasswordReset {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Orders a reset mail for the account in the tenant of that short name. The answer does not tell whether there is
    /// one, and a miss is recorded as a hit is.
    pub async fn request(&self, actor: &Actor, tenant: &str, account: Account) -> Result<()> {
        let core = &self.0;
        let audit = core.audit(actor, AuditAction::PasswordResetRequested);
        match self.account(tenant, account).await? {
            Some(user) => {
                let mail = vec![core.mailing(MailKind::PasswordReset, &user)];
                let audit = audit.about(user.tenant, user.id);
                core.order(Effects { mail, audit }).await
            }
            None => {
                core.ports
                    .store
                    .append(&audit.with_detail("no such account"))
                    .await
            }
        }
    }

    /// Whose password the token can set, without using it up. [`Error::BadToken`] otherwise.
    pub async fn check(&self, user: UserId, token: &str) -> Result<Reader> {
        let token = self.token(user, token).await?;
        self.0.reader(&token, &PURPOSES).await
    }

    /// Sets the password: ends all sessions, voids all other links of the user, and tells the owner by mail.
    ///
    /// [`Error::BadToken`] for any token that is not a live one of that user, [`Error::Password`] for a weak
    /// password; the token stays good then. Whoever received the mail has proved the address as well.
    pub async fn reset(
        &self,
        actor: &Actor,
        user: UserId,
        token: &str,
        new_password: Password,
    ) -> Result<()> {
        let core = &self.0;
        let token = self.token(user, token).await?;
        let redeemer = core.redeemer(&token, &PURPOSES).await?;
        let tenant = core.tenant_of(&redeemer).await?;
        let owner = PasswordOwner::new(&tenant, &redeemer.username, &redeemer.email);
        core.judge("newPassword", &new_password, &owner)?;
        let hash = core.ports.hasher.hash(&new_password).await?;
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
        .await
    }

    async fn account(&self, tenant: &str, account: Account) -> Result<Option<User>> {
        let store = &self.0.ports.store;
        let Ok(short_name) = tenant.parse::<ShortName>() else {
            return Ok(None);
        };
        let Some(tenant) = store
            .tenant_by_short_name(&short_name)
            .await?
            .filter(|tenant| tenant.enabled)
        else {
            return Ok(None);
        };
        let user = match account {
            Account::Email(email) => store.user_by_email(tenant.id, &email).await?,
            Account::Username(username) => store.user_by_username(tenant.id, &username).await?,
        };
        Ok(user.filter(|user| user.enabled))
    }

    async fn token(&self, user: UserId, text: &str) -> Result<OneTimeToken> {
        let proof = PURPOSES
            .iter()
            .find_map(|purpose| {
                self.0
                    .prove((*purpose).into(), text, &purpose.binding(user))
            })
            .ok_or(Error::BadToken)?;
        let selected = self
            .0
            .ports
            .store
            .one_time_token(OneTimeTokenId::from_uuid(proof.selector))
            .await?;
        selected
            .filter(|token| token.user == user)
            .ok_or(Error::BadToken)
    }
}
