use aws_lc_rs::constant_time::verify_slices_are_equal;
use bcrypt::HashParts;
use domain::model::Secret;

use super::{
    super::bcrypt::{MAX_COST, MIN_COST, bcrypt},
    Unusable,
};

/// `$2b$12$` with salt and output. `$2y$` and today's `$2a$` are other names of the same; `$2x$` marks what
/// `crypt_blowfish` made before version 1.1. They look at the first 72 bytes.
pub(in super::super) struct Bcrypt {
    parts: HashParts,
    sign_extended: bool,
}

impl Bcrypt {
    pub(in super::super) fn parse(text: &str) -> Result<Self, Unusable> {
        let cost = text.get(4..6).unwrap_or_default();
        if !cost.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Unusable::Unknown);
        }
        let parts: HashParts = text.parse().map_err(|_| Unusable::Unknown)?;
        match parts.get_cost() {
            MIN_COST..=MAX_COST => Ok(Self {
                parts,
                sign_extended: text.starts_with("$2x$"),
            }),
            cost if cost > MAX_COST => Err(Unusable::TooCostly),
            _ => Err(Unusable::Unknown),
        }
    }

    pub(in super::super) fn matches(&self, password: &[u8]) -> Option<bool> {
        let (cost, salt) = (self.cost(), self.parts.get_salt_raw());
        let made = if self.sign_extended {
            bcrypt(sign_extended(password).expose(), cost, salt)
        } else {
            bcrypt(password, cost, salt)
        };
        let (made, stored) = (made.ok()?.to_string(), self.parts.to_string());
        Some(verify_slices_are_equal(made.as_bytes(), stored.as_bytes()).is_ok())
    }

    pub(in super::super) fn cost(&self) -> u32 {
        self.parts.get_cost()
    }

    pub(in super::super) fn rounds(&self) -> u64 {
        1 << self.cost()
    }
}

/// The key that took a byte for a signed number, whose sign ran over the bytes before it in the word of four
/// (CVE-2011-2483). It fills the 18 words of the cipher's key, so that nothing is appended to it.
fn sign_extended(password: &[u8]) -> Secret<[u8; 72]> {
    let mut key = Secret::new([0; 72]);
    let mut bytes = password.iter().copied().chain([0]).cycle();
    for word in key.expose_mut().as_chunks_mut::<4>().0 {
        let next = bytes.by_ref().take(4);
        let read = next.fold(0, |word: i32, byte| {
            (word << 8) | i32::from(byte.cast_signed())
        });
        *word = read.to_be_bytes();
    }
    key
}
