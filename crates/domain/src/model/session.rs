use std::{collections::BTreeSet, time::Duration};

use super::{ClientId, Lifetimes, RoleName, SessionId, TenantId, Timestamp, UserId, Username};

/// One sign-in of a user by a client. Its refresh token is derived from it and stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The selector of the refresh token.
    pub id: SessionId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// Who signed in.
    pub user: UserId,
    /// The client that the refresh token was given to.
    pub client: ClientId,
    /// The user's security epoch at sign-in; the session is over once the user's is another.
    pub epoch: i64,
    /// The generation of the live refresh token; 0 for clients that keep theirs.
    pub generation: u32,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was last refreshed, or made.
    pub last_used_at: Timestamp,
    /// It is over if it is not used until then.
    pub idle_expires_at: Timestamp,
    /// It is over then, however much it is used.
    pub expires_at: Timestamp,
}

impl Session {
    /// Whether it can be refreshed at `now`, apart from the user's standing.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.idle_expires_at && now < self.expires_at
    }

    /// The session once it was used at `now`.
    #[must_use]
    pub fn used(mut self, now: Timestamp, lifetimes: &Lifetimes) -> Self {
        self.last_used_at = now;
        self.idle_expires_at = now.plus(lifetimes.idle);
        self
    }
}

/// What decides at every request whether a signed-in user is still one, and what the user may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The user's tenant.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// The name the user signs in with.
    pub username: Username,
    /// The roles held now.
    pub roles: BTreeSet<RoleName>,
    /// Whether both the user and the tenant are enabled.
    pub enabled: bool,
    /// The user's security epoch now.
    pub epoch: i64,
}

/// What an access token says (RFC 9068).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// `sub`.
    pub user: UserId,
    /// `tenant` and `tenant_id`.
    pub tenant: TenantId,
    /// `client_id`.
    pub client: ClientId,
    /// `sid`.
    pub session: SessionId,
    /// `jti`, unique to the token.
    pub token_id: String,
    /// `roles`, as they were at issue; what counts is [`Standing::roles`].
    pub roles: BTreeSet<RoleName>,
    /// `epoch`.
    pub epoch: i64,
    /// `iat` and `nbf`, cut to seconds.
    pub issued_at: Timestamp,
    /// `exp`, cut to seconds.
    pub expires_at: Timestamp,
}

impl AccessClaims {
    /// How much longer than announced an access token lives: clients use it to the last second by their own clock and
    /// have no answer to a 401 (contract section 5).
    pub const GRACE: Duration = Duration::from_mins(1);
}
