use unicode_normalization::UnicodeNormalization as _;

use super::{PasswordFault, Secret};
use crate::{Error, Result};

/// A password as a person typed it, of any script.
#[derive(Clone)]
pub struct Password(Secret<String>);

impl Password {
    /// The longest password that is looked at, in code points as they come. Checked before anything else is done with it.
    pub const MAX_LENGTH: usize = 256;

    /// Takes a password in, under the contract name of its `field`. [`Error::Password`] if it is empty or over-long.
    pub fn parse(field: &'static str, text: String) -> Result<Self> {
        let password = Self(Secret::new(text));
        let fault = match password.expose().chars().take(Self::MAX_LENGTH + 1).count() {
            0 => PasswordFault::Missing,
            1..=Self::MAX_LENGTH => return Ok(password),
            _ => PasswordFault::TooLong,
        };
        Err(Error::Password { field, fault })
    }

    /// The text, to be hashed.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// In code points of its NFC form, which is what is hashed.
    pub fn length(&self) -> usize {
        self.expose().nfc().count()
    }
}

/// A stored password hash: a scheme tag and what the scheme needs. It has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash as the hasher made it or as it was stored.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// For storage and verification.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What comparing a password with a stored hash said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Match,
    /// The password is right and its hash should be made anew: another cost, key or scheme.
    Rehash,
    /// The password is wrong, or there is no hash to compare it with.
    Mismatch,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_03_an_over_long_password_is_refused_before_hashing() {
        assert!(Password::parse("password", "x".repeat(Password::MAX_LENGTH)).is_ok());
        assert!(Password::parse("password", "x".repeat(Password::MAX_LENGTH + 1)).is_err());
    }
}
