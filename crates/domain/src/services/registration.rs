use std::{collections::BTreeSet, sync::Arc};

use super::core::Core;
use crate::{
    Error, Result,
    model::{
        Action, Actor, AuditAction, AuditEvent, Email, Locale, MailKind, Password, PasswordHash,
        PasswordOwner, Secret, Tenant, TenantId, User, UserId, Username,
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

/// A person who has a password with another program, to be registered here with it.
pub struct ImportedUser {
    /// Where.
    pub tenant: TenantId,
    /// Where mail goes; to be confirmed by the person.
    pub email: Email,
    /// The name to sign in with.
    pub username: Username,
    /// The language of mails and pages; the tenant's if absent.
    pub locale: Option<Locale>,
    /// What that program stored of the password. The next sign-in puts a hash of ours in its place.
    pub password_hash: Secret<String>,
}

/// Who is to be added, whatever becomes of the password.
struct Person {
    tenant: TenantId,
    username: Username,
    email: Email,
    locale: Option<Locale>,
}

impl Registration {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Adds the person and orders the mail that confirms the address or invites to set a password; both or neither.
    ///
    /// [`Error::Password`] for a password that may not be chosen, [`Error::Unacceptable`] for a locale without texts,
    /// [`Error::NotFound`] for an unknown tenant, [`Error::Conflict`] for a username or address that the tenant has already.
    pub async fn register(&self, actor: &Actor, new: NewUser) -> Result<UserId> {
        let core = &self.0;
        actor.may(Action::RegisterUser, Some(new.tenant), None)?;
        let tenant = self.tenant(new.tenant).await?;
        let password = match &new.password {
            Some(password) => {
                let owner = PasswordOwner::new(&tenant, &new.username, &new.email);
                core.judge("password", password, &owner)?;
                Some(core.ports.hasher.hash(Some(new.tenant), password).await?)
            }
            None => None,
        };
        let audit = core.audit(actor, AuditAction::UserRegistered);
        let person = Person {
            tenant: new.tenant,
            username: new.username,
            email: new.email,
            locale: new.locale,
        };
        self.add(person, password, audit).await
    }

    /// Adds the person with the password of before, which nobody here knows or judges, and orders the mail that confirms
    /// the address; both or neither. For operators alone.
    ///
    /// [`Error::Invalid`] for a hash that cannot be used, otherwise as in [`Registration::register`].
    pub async fn import(&self, actor: &Actor, new: ImportedUser) -> Result<UserId> {
        let core = &self.0;
        actor.may(Action::ImportUser, Some(new.tenant), None)?;
        self.tenant(new.tenant).await?;
        let password = core.ports.hasher.import(&new.password_hash)?;
        let audit = core.audit(actor, AuditAction::UserRegistered);
        let person = Person {
            tenant: new.tenant,
            username: new.username,
            email: new.email,
            locale: new.locale,
        };
        self.add(person, Some(password), audit.with_detail("imported"))
            .await
    }

    async fn tenant(&self, id: TenantId) -> Result<Tenant> {
        let tenant = self.0.ports.store.tenant(id).await?;
        tenant.ok_or(Error::NotFound("tenant"))
    }

    async fn add(
        &self,
        person: Person,
        password: Option<PasswordHash>,
        audit: AuditEvent,
    ) -> Result<UserId> {
        let core = &self.0;
        if let Some(locale) = &person.locale {
            core.policy.locales.check(locale)?;
        }
        let kind = if password.is_some() {
            MailKind::Confirmation
        } else {
            MailKind::Invitation
        };
        let user = User {
            id: UserId::random(&*core.ports.entropy),
            tenant: person.tenant,
            username: person.username,
            email: person.email,
            email_confirmed: false,
            password,
            enabled: true,
            roles: BTreeSet::new(),
            epoch: 0,
            version: 0,
            locale: person.locale,
            created_at: core.now(),
        };
        let effects = Effects {
            mail: vec![core.mailing(kind, &user)],
            audit: audit.about(user.tenant, user.id),
        };
        core.ports.store.add_user(&user, &effects).await?;
        core.ring();
        Ok(user.id)
    }
}
