//! The one error of the service: each variant is a different answer to the caller, not a different place.

use std::{borrow::Cow, time::Duration};

use crate::model::PasswordFault;

/// What a caller of this crate can get wrong, or what can be wrong with us.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing of that name is within the caller's reach.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The state of the service forbids it: a name that is taken, a tenant that still has users.
    #[error("{0}")]
    Conflict(&'static str),
    /// A value is missing or malformed.
    #[error("{field} {reason}")]
    Invalid {
        /// The member of the request, by its contract name.
        field: &'static str,
        /// What is wrong with it, to be read after the field's name. Never the submitted value.
        reason: Cow<'static, str>,
    },
    /// A value is well-formed and refused by a rule: an unknown role, a wrong present password.
    #[error("{field} {reason}")]
    Unacceptable {
        /// The member of the request, by its contract name.
        field: &'static str,
        /// The rule, to be read after the field's name. Never the submitted value.
        reason: Cow<'static, str>,
    },
    /// A password cannot be taken or may not be chosen.
    #[error("{field} {fault}")]
    Password {
        /// The member of the request, by its contract name.
        field: &'static str,
        /// What is wrong with it.
        fault: PasswordFault,
    },
    /// The row changed since it was read; read it again and retry.
    #[error("changed since it was read")]
    Stale,
    /// User, tenant, password or token do not fit together. One wording for all of them.
    #[error("the user name or password is incorrect")]
    BadCredentials,
    /// The client is unknown, disabled, or its secret is wrong. One wording for all of them.
    #[error("the client is not known or its secret is incorrect")]
    BadClient,
    /// A one-time token is unknown, spent, expired or made for something else. One wording for all of them.
    #[error("the link is not valid or has expired")]
    BadToken,
    /// Too many attempts.
    #[error("too many attempts")]
    Throttled {
        /// When the next attempt is allowed.
        retry_after: Duration,
    },
    /// The caller is known and may not do this.
    #[error("not allowed")]
    Forbidden,
    /// The caller is not known, and must be.
    #[error("a valid access token is needed")]
    Unauthenticated,
    /// A bounded queue of ours is full.
    #[error("too busy")]
    Overloaded {
        /// When a retry has a chance.
        retry_after: Duration,
    },
    /// Something we depend on does not answer, or not in time.
    #[error("{port} is unavailable")]
    Unavailable {
        /// Which dependency.
        port: &'static str,
        /// Why; for the log, never for the caller.
        #[source]
        cause: Cause,
    },
}

/// The reason behind [`Error::Unavailable`].
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error with its causes, on one line: `database is unavailable: connection refused`.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line.replace(char::is_control, " ")
}

impl Error {
    /// A value that is missing or malformed.
    pub fn invalid(field: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid {
            field,
            reason: reason.into(),
        }
    }

    /// A well-formed value that a rule refuses.
    pub fn unacceptable(field: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Unacceptable {
            field,
            reason: reason.into(),
        }
    }

    /// The same said of another member, whose value it is in this request.
    #[must_use]
    pub fn about(self, field: &'static str) -> Self {
        match self {
            Self::Invalid { reason, .. } => Self::Invalid { field, reason },
            Self::Unacceptable { reason, .. } => Self::Unacceptable { field, reason },
            error => error,
        }
    }

    /// A dependency that does not answer.
    pub fn unavailable(port: &'static str, cause: impl Into<Cause>) -> Self {
        Self::Unavailable {
            port,
            cause: cause.into(),
        }
    }

    /// The stable machine code of the answer.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Conflict(_) => "conflict",
            Self::Password { fault, .. } if fault.is_malformed() => "invalid_value",
            Self::Invalid { .. } => "invalid_value",
            Self::Unacceptable { .. } | Self::Password { .. } => "unacceptable_value",
            Self::Stale => "stale",
            Self::BadCredentials => "bad_credentials",
            Self::BadClient => "bad_client",
            Self::BadToken => "bad_token",
            Self::Throttled { .. } => "throttled",
            Self::Forbidden => "forbidden",
            Self::Unauthenticated => "unauthenticated",
            Self::Overloaded { .. } => "overloaded",
            Self::Unavailable { .. } => "unavailable",
        }
    }
}
