//! What the database refuses, in the words of the domain.

use diesel::result::{DatabaseErrorKind as Kind, Error as DatabaseError};
use domain::Error;

/// How work on a connection fails.
pub(crate) enum Failure {
    /// The database says so.
    Database(DatabaseError),
    /// We say so; the transaction is rolled back all the same.
    Domain(Error),
}

impl Failure {
    /// Whether the connection, and so those made before it, can no longer be used: it is closed, or it leads to a
    /// server that takes no writes, as the old primary after a failover.
    pub(crate) fn is_broken_connection(&self) -> bool {
        matches!(
            self,
            Self::Database(
                DatabaseError::DatabaseError(
                    Kind::ClosedConnection | Kind::UnableToSendCommand | Kind::ReadOnlyTransaction,
                    _
                ) | DatabaseError::BrokenTransactionManager
            )
        )
    }

    /// Whether the driver does not know what it was.
    pub(crate) fn says_nothing(&self) -> bool {
        matches!(
            self,
            Self::Database(DatabaseError::DatabaseError(Kind::Unknown, _))
        )
    }

    /// Whether a row is still referred to, or refers to one that is not there.
    pub(crate) fn is_foreign_key(&self) -> bool {
        matches!(
            self,
            Self::Database(DatabaseError::DatabaseError(Kind::ForeignKeyViolation, _))
        )
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Domain(error) => error,
            Failure::Database(error) => refused(&error).unwrap_or_else(|| unavailable(error)),
        }
    }
}

/// The database cannot be used; `cause` is for the log.
pub(crate) fn unavailable(cause: impl Into<domain::error::Cause>) -> Error {
    Error::unavailable("database", cause)
}

fn refused(error: &DatabaseError) -> Option<Error> {
    let DatabaseError::DatabaseError(kind, information) = error else {
        return None;
    };
    match (kind, information.constraint_name()?) {
        (Kind::UniqueViolation, "users_username_key") => {
            Some(Error::Conflict("the username is taken"))
        }
        (Kind::UniqueViolation, "users_email_key") => {
            Some(Error::Conflict("the e-mail address is taken"))
        }
        (Kind::UniqueViolation, "tenants_short_name_key") => {
            Some(Error::Conflict("the short name is taken"))
        }
        (Kind::UniqueViolation, "clients_pkey") => Some(Error::Conflict("the client id is taken")),
        (Kind::ForeignKeyViolation, "users_tenant_fkey" | "tenant_mail_tenant_fkey") => {
            Some(Error::NotFound("tenant"))
        }
        (Kind::ForeignKeyViolation, _) => Some(Error::NotFound("user")),
        _ => None,
    }
}
