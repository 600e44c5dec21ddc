use super::{PasswordFault, Secret};
use crate::{Error, Result};

/// A password as a person typed it, of any script.
#[derive(Clone)]
pub struct Password(Secret<String>);

impl Password {
    /// The longest password that is looked at, in code points. Checked before any hashing.
    pub const MAX_LENGTH: usize = 256;

    /// Takes a password in, under the contract name of its `field`. [`Error::Password`] if it is empty or over-long.
    pub fn parse(field: &'static str, text: String) -> Result<Self> {
        let password = Self(Secret::new(text));
        let fault = match password.length() {
            0 => PasswordFault::Missing,
            length if length > Self::MAX_LENGTH => PasswordFault::TooLong,
            _ => return Ok(password),
        };
        Err(Error::Password { field, fault })
    }

    /// The text, to be hashed.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    fn length(&self) -> usize {
        self.0.expose().chars().take(Self::MAX_LENGTH + 1).count()
    }
}

/// What a new password must satisfy.
#[derive(Clone, Copy, Debug)]
pub struct PasswordPolicy {
    /// In code points; 15 where the password is the only factor (NIST SP 800-63B-4 section 3.1.1.2).
    pub min_length: usize,
}

impl PasswordPolicy {
    /// [`Error::Password`] for `field`, with the fault, if `password` may not be chosen.
    pub fn check(&self, field: &'static str, password: &Password) -> Result<()> {
        let min = self.min_length;
        if password.length() < min {
            let fault = PasswordFault::TooShort { min };
            return Err(Error::Password { field, fault });
        }
        Ok(())
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
    fn sec_02_length_counts_code_points_of_any_script() {
        let policy = PasswordPolicy { min_length: 15 };

        for (text, accepted) in [
            ("fourteen chars", false),
            ("exactly fifteen", true),
            ("ααααααααααααααα", true),
            ("🔑🔑🔑🔑🔑🔑🔑", false),
        ] {
            let password = Password::parse("password", text.to_owned()).unwrap();
            assert_eq!(
                policy.check("password", &password).is_ok(),
                accepted,
                "{text}"
            );
        }
    }

    #[test]
    fn sec_03_an_over_long_password_is_refused_before_hashing() {
        assert!(Password::parse("password", "x".repeat(Password::MAX_LENGTH)).is_ok());
        assert!(Password::parse("password", "x".repeat(Password::MAX_LENGTH + 1)).is_err());
    }
}
