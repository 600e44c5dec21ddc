use std::net::IpAddr;

use super::{Actor, AuditEventId, TenantId, Timestamp, UserId};
use crate::ports::Entropy;

/// A line of the audit: who did what to whom, from where, when. Stored in the transaction of what it records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Sorts by time.
    pub id: AuditEventId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub action: AuditAction,
    /// Who, as [`Actor::label`] says it.
    pub actor: String,
    /// From where.
    pub source: Option<IpAddr>,
    /// The tenant it happened in, if it exists.
    pub tenant: Option<TenantId>,
    /// The user it happened to, if known.
    pub user: Option<UserId>,
    /// Which role, client or tenant; never a secret.
    pub detail: Option<String>,
}

impl AuditEvent {
    /// `actor` did `action` at `now`; where and to whom is told by [`AuditEvent::about`].
    pub fn new(now: Timestamp, entropy: &dyn Entropy, actor: &Actor, action: AuditAction) -> Self {
        Self {
            id: AuditEventId::ordered(now, entropy),
            at: now,
            action,
            actor: actor.label(),
            source: actor.source,
            tenant: None,
            user: None,
            detail: None,
        }
    }

    /// It happened in `tenant`, to `user`.
    #[must_use]
    pub fn about(
        mut self,
        tenant: impl Into<Option<TenantId>>,
        user: impl Into<Option<UserId>>,
    ) -> Self {
        self.tenant = tenant.into();
        self.user = user.into();
        self
    }

    /// Which role, client or tenant.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What the audit records.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AuditAction {
            $($(#[$doc])* $variant,)*
        }

        impl AuditAction {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name, for storage and readers.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The action of that name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.name() == name)
            }
        }
    };
}

actions! {
    /// The instance came into being.
    Initialized = "initialized",
    /// Somebody without a right to it asked for what was done already.
    InitializationRequested = "initialization_requested",
    /// A tenant was made.
    TenantCreated = "tenant_created",
    /// A tenant was changed.
    TenantChanged = "tenant_changed",
    /// A tenant was deleted.
    TenantDeleted = "tenant_deleted",
    /// The mails of a tenant got another sender, other words or another language.
    MailSettingsChanged = "mail_settings_changed",
    /// A user was registered.
    UserRegistered = "user_registered",
    /// A confirmation mail was ordered.
    ConfirmationRequested = "confirmation_requested",
    /// An address was confirmed.
    EmailConfirmed = "email_confirmed",
    /// A reset mail was ordered.
    PasswordResetRequested = "password_reset_requested",
    /// A password was set through a mail link.
    PasswordReset = "password_reset",
    /// An account was changed, or another address asked for.
    AccountChanged = "account_changed",
    /// A change of an account was refused: the present password was wrong, or too many mails were asked for.
    AccountChangeRefused = "account_change_refused",
    /// Another address was proved and took the place of the one before.
    AddressChanged = "address_changed",
    /// A person signed in.
    SignedIn = "signed_in",
    /// A sign-in was refused.
    SignInRefused = "sign_in_refused",
    /// All sessions of a user were ended.
    SessionsEnded = "sessions_ended",
    /// One session of a user was ended.
    SessionEnded = "session_ended",
    /// A spent refresh token was presented: its session was ended.
    RefreshTokenReused = "refresh_token_reused",
    /// A client gave a token back.
    TokenRevoked = "token_revoked",
    /// A client got an access token for itself.
    ClientTokenIssued = "client_token_issued",
    /// A client was made.
    ClientCreated = "client_created",
    /// A client was changed.
    ClientChanged = "client_changed",
    /// A client got another secret.
    ClientSecretRotated = "client_secret_rotated",
    /// A client was deleted.
    ClientDeleted = "client_deleted",
    /// Another key signs access tokens.
    SigningKeyRotated = "signing_key_rotated",
    /// A retired signing key was deleted before its time.
    SigningKeyDropped = "signing_key_dropped",
    /// A role was granted.
    RoleGranted = "role_granted",
    /// A role was taken away.
    RoleRevoked = "role_revoked",
    /// A token for the support desk was made.
    SupportTokenIssued = "support_token_issued",
}
