use async_trait::async_trait;

use crate::{
    Result,
    model::{AuditEvent, Email, Mailing, PasswordHash, TenantId, User, UserId, Username},
};

/// The users of every tenant.
#[async_trait]
pub trait Users: Send + Sync {
    /// Adds `user`, with its roles and `effects`. [`Error::Conflict`](crate::Error::Conflict) if the tenant has its
    /// username or e-mail already, [`Error::NotFound`](crate::Error::NotFound) if there is no such tenant.
    async fn add_user(&self, user: &User, effects: &Effects) -> Result<()>;

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

/// What a change entails: stored in its transaction, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effects {
    /// Mail to be sent, with the tokens of its links.
    pub mail: Vec<Mailing>,
    /// The record of the change.
    pub audit: AuditEvent,
}
