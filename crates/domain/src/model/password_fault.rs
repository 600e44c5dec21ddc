use std::fmt;

use super::Password;

/// Why a password may not be chosen. Printed to be read after the name of its field: "password is missing".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    /// It is empty.
    Missing,
    /// It has more than [`Password::MAX_LENGTH`] code points.
    TooLong,
    /// It has fewer code points than the policy wants.
    TooShort {
        /// The fewest that are accepted.
        min: usize,
    },
    /// It is on the list of common and breached passwords, or little more than a word of it.
    Common,
    /// It is little more than the user name or the address of its owner.
    NamesAccount,
    /// It is little more than the tenant's name.
    NamesTenant,
    /// It is little more than the name of this product.
    NamesProduct,
    /// It was not typed the same way twice.
    NotRepeated,
}

impl PasswordFault {
    /// Whether it is no usable value at all, and not one that a rule refuses.
    pub const fn is_malformed(self) -> bool {
        matches!(self, Self::Missing | Self::TooLong)
    }

    /// Its name for programs; does not change.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::TooLong => "too_long",
            Self::TooShort { .. } => "too_short",
            Self::Common => "common",
            Self::NamesAccount => "names_account",
            Self::NamesTenant => "names_tenant",
            Self::NamesProduct => "names_product",
            Self::NotRepeated => "not_repeated",
        }
    }
}

impl fmt::Display for PasswordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::TooLong => write!(f, "is longer than {} characters", Password::MAX_LENGTH),
            Self::TooShort { min } => write!(f, "is shorter than {min} characters"),
            Self::Common => f.write_str("is on the list of common and breached passwords"),
            Self::NamesAccount => f.write_str("is little more than the user name or address"),
            Self::NamesTenant => f.write_str("is little more than the name of the tenant"),
            Self::NamesProduct => f.write_str("is little more than the name of this service"),
            Self::NotRepeated => f.write_str("is not the same in both fields"),
        }
    }
}
