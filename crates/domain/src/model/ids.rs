//! Identifiers. Each is a type of its own; all read and print alike.
//!
//! Tenant and user ids are random (UUID v4), because the contract lets ids act as capabilities. The others are
//! time-ordered (UUID v7), because they are primary keys of growing tables.

use std::{fmt, str::FromStr};

use uuid::{Builder, Uuid};

use super::Timestamp;
use crate::{Error, ports::Entropy};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// An id that was stored or parsed before.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare value, for storage.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        /// 32 lower-case hex digits (contract section 2).
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.simple().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.simple())
            }
        }

        /// Reads 32 hex digits, with or without dashes, in either case (contract section 2).
        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                parse(text).map(Self).ok_or_else(|| Error::invalid($field, "is not an id of 32 hex digits"))
            }
        }
    };
}

macro_rules! random_id {
    ($name:ident) => {
        impl $name {
            /// A new random id (UUID v4).
            pub fn random(entropy: &dyn Entropy) -> Self {
                let mut bytes = [0; 16];
                entropy.fill(&mut bytes);
                Self(Builder::from_random_bytes(bytes).into_uuid())
            }
        }
    };
}

macro_rules! ordered_id {
    ($name:ident) => {
        impl $name {
            /// A new id that sorts by `now` (UUID v7).
            pub fn ordered(now: Timestamp, entropy: &dyn Entropy) -> Self {
                let mut bytes = [0; 10];
                entropy.fill(&mut bytes);
                Self(Builder::from_unix_timestamp_millis(now.unix_millis(), &bytes).into_uuid())
            }
        }
    };
}

id!(
    /// Names a tenant in paths.
    TenantId, "tenantId"
);
id!(
    /// Names a user, unique across tenants (contract section 2).
    UserId, "userId"
);
id!(
    /// Names one sign-in.
    SessionId, "sessionId"
);
id!(
    /// Names a one-time token: the selector of a mail link.
    OneTimeTokenId, "token"
);
id!(
    /// Names a mail: the left part of its `Message-ID`.
    MessageId, "messageId"
);
id!(
    /// Names a request for mail.
    MailRequestId, "mailRequestId"
);
id!(
    /// Names a line of the audit.
    AuditEventId, "auditEventId"
);

random_id!(TenantId);
random_id!(UserId);
ordered_id!(SessionId);
ordered_id!(OneTimeTokenId);
ordered_id!(MessageId);
ordered_id!(MailRequestId);
ordered_id!(AuditEventId);

fn parse(text: &str) -> Option<Uuid> {
    matches!(text.len(), 32 | 36)
        .then(|| Uuid::try_parse(text).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_written_form_is_the_same_id() {
        let forms = [
            "d08403aec32847de974af1008cef86cc",
            "D08403AEC32847DE974AF1008CEF86CC",
            "d08403ae-c328-47de-974a-f1008cef86cc",
        ];

        for form in forms {
            assert_eq!(form.parse::<UserId>().unwrap().to_string(), forms[0]);
        }
    }

    #[test]
    fn other_text_is_no_id() {
        for text in [
            "",
            "u",
            "{d08403aec32847de974af1008cef86cc}",
            "urn:uuid:d08403ae-c328-47de-974a-f1008cef86cc",
            "d08403aec32847de974af1008cef86cg",
        ] {
            assert!(text.parse::<TenantId>().is_err(), "{text}");
        }
    }
}
