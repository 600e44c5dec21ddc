use std::time::Duration;

use super::{Email, OneTimeTokenId, TenantId, Timestamp, UserId};

/// The row behind a mail link. The link's secret is derived from it and stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimeToken {
    /// The selector of the link.
    pub id: OneTimeTokenId,
    /// The one thing it is good for.
    pub purpose: TokenPurpose,
    /// The user's tenant.
    pub tenant: TenantId,
    /// The one user it is good for.
    pub user: UserId,
    /// The address it was mailed to; void once the user has another, but for [`TokenPurpose::AddressChange`].
    pub email: Email,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// Void from then on. Each attempt to mail the link puts it off to a whole lifetime later.
    pub expires_at: Timestamp,
    /// When it was redeemed, or replaced by the success of another.
    pub used_at: Option<Timestamp>,
}

impl OneTimeToken {
    /// Whether it can still be redeemed at `now`, apart from the user's state.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}

/// What a one-time token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenPurpose {
    /// Prove that a person reads mail at the address.
    EmailConfirmation,
    /// Set a new password without the old one.
    PasswordReset,
    /// Set the first password.
    Invitation,
    /// Have mail go to the address from now on.
    AddressChange,
}

impl TokenPurpose {
    /// Every purpose.
    pub const ALL: [Self; 4] = [
        Self::EmailConfirmation,
        Self::PasswordReset,
        Self::Invitation,
        Self::AddressChange,
    ];

    /// How long a link of this purpose works after it was mailed.
    pub const fn lifetime(self) -> Duration {
        match self {
            Self::PasswordReset => Duration::from_mins(30),
            Self::EmailConfirmation | Self::AddressChange => Duration::from_hours(24),
            Self::Invitation => Duration::from_hours(72),
        }
    }

    /// What the presenter of the token must show besides: the user, where the request names one.
    pub fn binding(self, user: UserId) -> Vec<u8> {
        match self {
            Self::EmailConfirmation | Self::AddressChange => Vec::new(),
            Self::PasswordReset | Self::Invitation => user.uuid().as_bytes().to_vec(),
        }
    }

    /// The stable name, for storage.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EmailConfirmation => "email_confirmation",
            Self::PasswordReset => "password_reset",
            Self::Invitation => "invitation",
            Self::AddressChange => "address_change",
        }
    }

    /// The purpose of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}
