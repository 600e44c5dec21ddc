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
    /// `refusal` in place of the error that a row is still referred to, or refers to one that is not there. SQLite does
    /// not say which.
    pub(crate) fn on_foreign_key(error: DatabaseError, refusal: Error) -> Self {
        match error {
            DatabaseError::DatabaseError(Kind::ForeignKeyViolation, _) => refusal.into(),
            error => error.into(),
        }
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

/// SQLite names the columns of a constraint in its message, and nowhere else.
fn refused(error: &DatabaseError) -> Option<Error> {
    let DatabaseError::DatabaseError(Kind::UniqueViolation, information) = error else {
        return None;
    };
    let columns = information
        .message()
        .strip_prefix("UNIQUE constraint failed: ")?;
    match columns {
        "users.tenant_id, users.username_key" => Some(Error::Conflict("the username is taken")),
        "users.tenant_id, users.email_key" => Some(Error::Conflict("the e-mail address is taken")),
        "tenants.short_name" => Some(Error::Conflict("the short name is taken")),
        "clients.id" => Some(Error::Conflict("the client id is taken")),
        _ => None,
    }
}
