//! Password hashes that other programs made: read, checked against ceilings, and only then compared. All of them are over
//! the bytes of the password as it is typed.

mod argon2;
mod aspnet;
mod bcrypt;
mod pbkdf2;
mod phc;
mod scrypt;
#[cfg(test)]
mod tests;

use aws_lc_rs::constant_time::verify_slices_are_equal;

pub(super) use self::bcrypt::Bcrypt;
use self::{argon2::Argon2, pbkdf2::Pbkdf2, scrypt::Scrypt};

/// A hash that can be compared with a password at a bearable cost.
pub(super) enum Foreign {
    Bcrypt(Bcrypt),
    Argon2(Argon2),
    Scrypt(Scrypt),
    Pbkdf2(Pbkdf2),
}

/// Why a hash is not compared with any password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("has no form that is known here")]
    Unknown,
    #[error("takes more memory or time than a sign-in may")]
    TooCostly,
}

/// Longer texts are not read.
const LONGEST: usize = 512;
/// What a comparison may take of memory.
const MAX_MEMORY_KIB: u32 = 128 * 1024;
/// How much of it may be filled, counting each time anew.
const MAX_FILLED_KIB: u64 = 1024 * 1024;
const MAX_PARALLELISM: u32 = 16;
const MAX_SALT: usize = 64;
/// A shorter output would match too many passwords.
const MIN_OUTPUT: usize = 16;
const MAX_OUTPUT: usize = 64;

impl Foreign {
    pub(super) fn parse(text: &str) -> Result<Self, Unusable> {
        if text.len() > LONGEST {
            return Err(Unusable::Unknown);
        }
        let scheme = match text.strip_prefix('$') {
            Some(rest) => rest.split('$').next().unwrap_or(rest),
            None => text.split_once('$').map_or("", |(scheme, _)| scheme),
        };
        match scheme {
            "2a" | "2b" | "2x" | "2y" => Bcrypt::parse(text).map(Self::Bcrypt),
            "argon2id" | "argon2i" | "argon2d" => Argon2::parse(text).map(Self::Argon2),
            "scrypt" => Scrypt::parse(text).map(Self::Scrypt),
            "" => aspnet::parse(text).map(Self::Pbkdf2),
            _ => Pbkdf2::parse(text).map(Self::Pbkdf2),
        }
    }

    /// `None` if the scheme's library refuses.
    pub(super) fn matches(&self, password: &[u8]) -> Option<bool> {
        match self {
            Self::Bcrypt(hash) => hash.matches(password),
            Self::Argon2(hash) => hash.matches(password),
            Self::Scrypt(hash) => hash.matches(password),
            Self::Pbkdf2(hash) => Some(hash.matches(password)),
        }
    }

    /// What comparing takes, in rounds of bcrypt: exactly for bcrypt, else nearly on a processor of 2020.
    pub(super) fn rounds(&self) -> u64 {
        match self {
            Self::Bcrypt(hash) => hash.rounds(),
            Self::Argon2(hash) => hash.rounds(),
            Self::Scrypt(hash) => hash.rounds(),
            Self::Pbkdf2(hash) => hash.rounds(),
        }
    }
}

/// What every scheme ends in.
struct Digest {
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Digest {
    fn new(salt: Vec<u8>, output: Vec<u8>) -> Result<Self, Unusable> {
        let usable = (1..=MAX_SALT).contains(&salt.len())
            && (MIN_OUTPUT..=MAX_OUTPUT).contains(&output.len());
        usable
            .then_some(Self { salt, output })
            .ok_or(Unusable::Unknown)
    }

    /// Whether `derive` fills a buffer of the output's length with the output.
    fn matches<E>(&self, derive: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Option<bool> {
        let mut made = vec![0; self.output.len()];
        derive(&mut made).ok()?;
        Some(verify_slices_are_equal(&made, &self.output).is_ok())
    }
}

/// Whether filling `memory` so often is bearable.
fn affordable(memory_kib: u32, times: u32, parallelism: u32) -> Result<(), Unusable> {
    let filled = u64::from(memory_kib) * u64::from(times);
    let affordable =
        memory_kib <= MAX_MEMORY_KIB && filled <= MAX_FILLED_KIB && parallelism <= MAX_PARALLELISM;
    affordable.then_some(()).ok_or(Unusable::TooCostly)
}
