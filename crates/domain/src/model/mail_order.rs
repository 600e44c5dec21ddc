use std::time::Duration;

use super::{
    Email, Locale, MailText, MessageId, OneTimeToken, OneTimeTokenId, Secret, SenderName, TenantId,
    Timestamp, TokenPurpose, UserId, Username,
};

/// A mail to be sent: stored with its cause, delivered by a worker. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailOrder {
    /// Stable over all attempts.
    pub id: MessageId,
    /// The user's tenant.
    pub tenant: TenantId,
    /// Whom it concerns.
    pub user: UserId,
    /// What it says.
    pub kind: MailKind,
    /// The address stored for the account when the mail was ordered.
    pub recipient: Email,
    /// The token that the link is derived from, for kinds with a link.
    pub token: Option<OneTimeTokenId>,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// How often a worker took it up.
    pub attempts: u32,
    /// No worker takes it up before then: the backoff, and while it is leased the end of the lease.
    pub due_at: Timestamp,
    /// Where it stands.
    pub state: MailState,
    /// Why the last attempt failed, for operators.
    pub last_error: Option<String>,
}

impl MailOrder {
    /// A new order, due at once.
    pub fn new(
        id: MessageId,
        kind: MailKind,
        user: &super::User,
        token: Option<OneTimeTokenId>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            tenant: user.tenant,
            user: user.id,
            kind,
            recipient: user.email.clone(),
            token,
            created_at: now,
            attempts: 0,
            due_at: now,
            state: MailState::Waiting,
            last_error: None,
        }
    }
}

/// A mail order with the token that its link needs; stored together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailing {
    /// The order.
    pub order: MailOrder,
    /// The token behind the link.
    pub token: Option<OneTimeToken>,
}

/// What a mail says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailKind {
    /// A link to confirm the address.
    Confirmation,
    /// A link to set a new password.
    PasswordReset,
    /// A link to set the first password.
    Invitation,
    /// A notice that the password was changed.
    PasswordChanged,
    /// A link to prove the address that shall take the place of the present one.
    AddressConfirmation,
    /// A notice to the present address that another shall take its place.
    AddressChanged,
    /// A notice that somebody else signed the person out everywhere.
    SignedOut,
}

impl MailKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Confirmation,
        Self::PasswordReset,
        Self::Invitation,
        Self::PasswordChanged,
        Self::AddressConfirmation,
        Self::AddressChanged,
        Self::SignedOut,
    ];

    /// What the link of such a mail is good for; `None` for kinds without a link.
    pub const fn token_purpose(self) -> Option<TokenPurpose> {
        match self {
            Self::Confirmation => Some(TokenPurpose::EmailConfirmation),
            Self::PasswordReset => Some(TokenPurpose::PasswordReset),
            Self::Invitation => Some(TokenPurpose::Invitation),
            Self::AddressConfirmation => Some(TokenPurpose::AddressChange),
            Self::PasswordChanged | Self::AddressChanged | Self::SignedOut => None,
        }
    }

    /// Whether a [`MailLimit`] holds for mails of the kind: for those that can be asked for again and again. Each kind
    /// counts for itself, so that what a stranger asks for uses up none of what the person needs.
    pub const fn is_limited(self) -> bool {
        matches!(
            self,
            Self::Confirmation | Self::PasswordReset | Self::AddressConfirmation
        )
    }

    /// The stable name, for storage and operators.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::PasswordReset => "password_reset",
            Self::Invitation => "invitation",
            Self::PasswordChanged => "password_changed",
            Self::AddressConfirmation => "address_confirmation",
            Self::AddressChanged => "address_changed",
            Self::SignedOut => "signed_out",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// How many mails of each limited kind one account gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailLimit {
    /// At most so many orders
    pub count: u32,
    /// within so long.
    pub window: Duration,
}

/// Where a mail order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailState {
    /// To be delivered.
    Waiting,
    /// Accepted by the mail server.
    Sent,
    /// Given up; an operator may retry or drop it.
    Dead,
}

impl MailState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Sent, Self::Dead];

    /// The stable name, for storage and operators.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// How an attempt to deliver ended, to be recorded by the worker that holds the lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Accepted by the mail server.
    Sent,
    /// To be tried again.
    Deferred {
        /// Not before then.
        until: Timestamp,
        /// Why, for operators.
        reason: String,
    },
    /// Given up.
    Dead {
        /// Why, for operators.
        reason: String,
    },
}

/// A mail as the [`Mailer`](crate::ports::Mailer) renders and sends it.
#[derive(Clone)]
pub struct Mail {
    /// The left part of the `Message-ID`.
    pub id: MessageId,
    /// Which template.
    pub kind: MailKind,
    /// The receiver.
    pub to: Email,
    /// Whom to greet.
    pub username: Username,
    /// The tenant's name for people.
    pub tenant_name: String,
    /// When it was ordered: the `Date` of every attempt.
    pub ordered_at: Timestamp,
    /// The page to open, for kinds with a link.
    pub link: Option<Link>,
    /// One that there are texts for.
    pub locale: Locale,
    /// Who it is from.
    pub sender: Sender,
    /// What the tenant says in place of the platform's words.
    pub text: MailText,
}

/// Who a mail is from; the platform's sender in what is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// In words.
    pub name: Option<SenderName>,
    /// The address.
    pub address: Option<Email>,
}

/// A link in a mail.
#[derive(Clone)]
pub struct Link {
    /// Absolute, on the configured public origin.
    pub url: Secret<String>,
    /// How long it works from this attempt on.
    pub lifetime: Duration,
}
