use std::net::IpAddr;

use super::{Actor, Email, MailRequestId, ShortName, TenantId, Timestamp, UserId, Username};
use crate::ports::Entropy;

/// A mail with a link that somebody asked for, stored as it was asked for: whether there is such an account is found out
/// later, by a mail worker, so that the request does the same either way. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRequest {
    /// Sorts by time.
    pub id: MailRequestId,
    /// What was asked for.
    pub asked: Asked,
    /// When.
    pub at: Timestamp,
    /// By whom, as [`Actor::label`] says it.
    pub actor: String,
    /// From where.
    pub source: Option<IpAddr>,
    /// No worker takes it up before then: while it is leased, the end of the lease.
    pub due_at: Timestamp,
}

/// What was asked for, in the words of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A link to set a new password for an account in the tenant of that short name.
    PasswordReset(ShortName, Account),
    /// A link to confirm the address of a user.
    Confirmation(TenantId, UserId),
}

/// How a person names the account in a reset request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// By its address.
    Email(Email),
    /// By the name to sign in with.
    Username(Username),
}

impl MailRequest {
    /// A new request, due at once.
    pub fn new(now: Timestamp, entropy: &dyn Entropy, actor: &Actor, asked: Asked) -> Self {
        Self {
            id: MailRequestId::ordered(now, entropy),
            asked,
            at: now,
            actor: actor.label(),
            source: actor.source,
            due_at: now,
        }
    }
}

impl Asked {
    /// The stable name of the form, the tenant and the account in it, for storage. An address is in its identity form.
    pub fn parts(&self) -> (&'static str, String, String) {
        match self {
            Self::PasswordReset(tenant, Account::Email(email)) => (
                "reset_by_email",
                tenant.as_str().to_owned(),
                email.key().to_owned(),
            ),
            Self::PasswordReset(tenant, Account::Username(name)) => (
                "reset_by_username",
                tenant.as_str().to_owned(),
                name.as_str().to_owned(),
            ),
            Self::Confirmation(tenant, user) => {
                ("confirmation", tenant.to_string(), user.to_string())
            }
        }
    }

    /// What [`Asked::parts`] gave.
    pub fn of_parts(form: &str, tenant: &str, account: &str) -> Option<Self> {
        match form {
            "reset_by_email" => {
                let account = Account::Email(account.parse().ok()?);
                Some(Self::PasswordReset(tenant.parse().ok()?, account))
            }
            "reset_by_username" => {
                let account = Account::Username(account.parse().ok()?);
                Some(Self::PasswordReset(tenant.parse().ok()?, account))
            }
            "confirmation" => Some(Self::Confirmation(
                tenant.parse().ok()?,
                account.parse().ok()?,
            )),
            _ => None,
        }
    }
}
