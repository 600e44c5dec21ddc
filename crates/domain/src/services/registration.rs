use std::{collections::BTreeSet, sync::Arc};

use super::core::Core;
use crate::{
    Error, Result,
    model::{
        Action, Actor, AuditAction, Email, Locale, MailKind, Password, TenantId, User, UserId,
        Username,
    },
    ports::Effects,
};

/// Registers people in a tenant.
pub struct Registration(Arc<Core>);

/// A person to be registered.
#[derive(Clone)]
pub struct NewUser {
    /// Where.
    pub tenant: TenantId,
    /// Where mail goes; to be confirmed by the person.
    pub email: Email,
    /// The name to sign in with.
    pub username: Username,
    /// Without one, the person gets a mail with a link to set it.
    pub password: Option<Password>,
    /// The language of mails and pages; the tenant's if absent.
    pub locale: Option<Locale>,
}

impl Registration {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Adds the person and orders the mail that confirms the address or invites to set a password; both or neither.
    ///
    /// [`Error::Password`] for a weak password, [`Error::Unacceptable`] for a locale without texts, [`Error::NotFound`] for
    /// an unknown tenant, [`Error::Conflict`] for a
    /// username or address that the tenant has already.
    pub async fn register(&self, actor: &Actor, new: NewUser) -> Result<UserId> {
        let core = &self.0;
        actor.may(Action::RegisterUser, Some(new.tenant), None)?;
        if let Some(locale) = &new.locale {
            core.policy.locales.check(locale)?;
        }
        if core.ports.store.tenant(new.tenant).await?.is_none() {
            return Err(Error::NotFound("tenant"));
        }
        let password = match &new.password {
            Some(password) => {
                core.policy.passwords.check("password", password)?;
                Some(core.ports.hasher.hash(Some(new.tenant), password).await?)
            }
            None => None,
        };
        let kind = if password.is_some() {
            MailKind::Confirmation
        } else {
            MailKind::Invitation
        };
        let user = User {
            id: UserId::random(&*core.ports.entropy),
            tenant: new.tenant,
            username: new.username,
            email: new.email,
            email_confirmed: false,
            password,
            enabled: true,
            roles: BTreeSet::new(),
            epoch: 0,
            version: 0,
            locale: new.locale,
            created_at: core.now(),
        };
        let audit = core
            .audit(actor, AuditAction::UserRegistered)
            .about(user.tenant, user.id);
        let effects = Effects {
            mail: vec![core.mailing(kind, &user)],
            audit,
        };
        core.ports.store.add_user(&user, &effects).await?;
        core.ring();
        Ok(user.id)
    }
}
