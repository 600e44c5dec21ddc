use std::collections::BTreeSet;

use super::{Email, Locale, PasswordHash, RoleName, TenantId, Timestamp, UserId, Username};

/// A person in a tenant.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Unique across tenants.
    pub id: UserId,
    /// The tenant that the person belongs to, for ever.
    pub tenant: TenantId,
    /// Unique in the tenant.
    pub username: Username,
    /// Unique in the tenant.
    pub email: Email,
    /// Whether the person proved to read mail at `email`.
    pub email_confirmed: bool,
    /// `None` until an invited person sets one.
    pub password: Option<PasswordHash>,
    /// Whether the person may sign in.
    pub enabled: bool,
    /// The roles held. Changed through the [`Roles`](crate::ports::Roles) port alone.
    pub roles: BTreeSet<RoleName>,
    /// The security epoch: sessions and access tokens of an earlier one are void.
    pub epoch: i64,
    /// Counts changes of the row, for optimistic concurrency.
    pub version: i64,
    /// The language that the person asks for; the tenant's if absent.
    pub locale: Option<Locale>,
    /// When the person was registered.
    pub created_at: Timestamp,
}

impl User {
    /// The user with a new password: every session and access token that is out becomes void.
    #[must_use]
    pub fn with_password(mut self, password: PasswordHash) -> Self {
        self.password = Some(password);
        self.epoch += 1;
        self
    }

    /// The user who may sign in, or may not: then every session and access token that is out becomes void.
    #[must_use]
    pub fn with_enabled(mut self, enabled: bool) -> Self {
        if self.enabled && !enabled {
            self.epoch += 1;
        }
        self.enabled = enabled;
        self
    }

    /// The user once another address is proved.
    #[must_use]
    pub fn with_email(mut self, email: Email) -> Self {
        self.email = email;
        self.with_email_confirmed()
    }

    /// The user once the address is proved.
    #[must_use]
    pub fn with_email_confirmed(mut self) -> Self {
        self.email_confirmed = true;
        self
    }
}
