use async_trait::async_trait;

use crate::{
    Result,
    model::{
        AuditEvent, Email, MailLimit, Mailing, PasswordHash, TenantId, TokenPurpose, User, UserId,
        Username,
    },
};

/// The users of every tenant.
#[async_trait]
pub trait Users: Send + Sync {
    /// Adds `user`, with its roles and `effects`. [`Error::Conflict`](crate::Error::Conflict) if the tenant has its
    /// username or e-mail already, [`Error::NotFound`](crate::Error::NotFound) if there is no such tenant.
    async fn add_user(&self, user: &User, effects: &Effects) -> Result<()>;

    /// Replaces `user`, but for its roles, if it did not change since it was read; voids its unused tokens of the purposes
    /// in `voids`, and stores `effects`. Nothing is changed unless it says [`UserChange::Done`].
    ///
    /// [`Error::Stale`](crate::Error::Stale) if the user changed or is gone, [`Error::Conflict`](crate::Error::Conflict) if
    /// another one of the tenant has the username or e-mail.
    async fn update_user(
        &self,
        user: &User,
        voids: &[TokenPurpose],
        effects: &Effects,
        limit: MailLimit,
    ) -> Result<UserChange>;

    /// The user of that id, if it is of that tenant.
    async fn user(&self, tenant: TenantId, id: UserId) -> Result<Option<User>>;

    /// The user of that name in that tenant.
    async fn user_by_username(&self, tenant: TenantId, username: &Username)
    -> Result<Option<User>>;

    /// The user of that address in that tenant.
    async fn user_by_email(&self, tenant: TenantId, email: &Email) -> Result<Option<User>>;

    /// All users of the tenant, by the key of their username.
    async fn users_in_tenant(&self, tenant: TenantId) -> Result<Vec<User>>;

    /// Replaces a hash by another of the same password. Does nothing if the stored one is no longer `from`.
    async fn replace_password_hash(
        &self,
        tenant: TenantId,
        id: UserId,
        from: &PasswordHash,
        to: &PasswordHash,
    ) -> Result<()>;
}

/// What a change of a user did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserChange {
    /// It was made.
    Done,
    /// The user would be disabled, and is the last enabled holder of an administrative role in the tenant. Two callers at
    /// once cannot disable the last two, nor one of them while the other loses the role.
    LastAdministrator,
    /// The mail among the effects is over the limit of its account.
    MailLimited,
}

/// What a change entails: stored in its transaction, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effects {
    /// Mail to be sent, with the tokens of its links.
    pub mail: Vec<Mailing>,
    /// The record of the change.
    pub audit: AuditEvent,
}

impl From<AuditEvent> for Effects {
    fn from(audit: AuditEvent) -> Self {
        Self {
            mail: Vec::new(),
            audit,
        }
    }
}
