use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::{
    Error, Result,
    model::{Password, PasswordHash, Secret, Verdict},
    ports::PasswordHasher,
};

/// "Hashes" that are the password behind a mark, and a count of the work.
#[derive(Default)]
pub struct PlainHasher {
    hashed: AtomicUsize,
    verified: AtomicUsize,
}

impl PlainHasher {
    /// The mark of what [`PasswordHasher::hash`] makes.
    pub const SCHEME: &str = "plain$";
    /// The mark of a hash that verifies and asks to be made anew.
    pub const OLD_SCHEME: &str = "old-plain$";

    /// How many passwords were hashed.
    pub fn hashed(&self) -> usize {
        self.hashed.load(Ordering::SeqCst)
    }

    /// How many passwords were compared, with a hash or with none.
    pub fn verified(&self) -> usize {
        self.verified.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash> {
        self.hashed.fetch_add(1, Ordering::SeqCst);
        let text = format!("{}{}", Self::SCHEME, password.expose());
        Ok(PasswordHash::new(text))
    }

    async fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Result<Verdict> {
        self.verified.fetch_add(1, Ordering::SeqCst);
        let holds = |scheme| {
            stored.and_then(|hash| hash.as_str().strip_prefix(scheme)) == Some(password.expose())
        };
        Ok(if holds(Self::SCHEME) {
            Verdict::Match
        } else if holds(Self::OLD_SCHEME) {
            Verdict::Rehash
        } else {
            Verdict::Mismatch
        })
    }

    fn import(&self, foreign: &Secret<String>) -> Result<PasswordHash> {
        let text = foreign.expose();
        text.starts_with(Self::OLD_SCHEME)
            .then(|| PasswordHash::new(text.clone()))
            .ok_or_else(|| Error::invalid("passwordHash", "has no form that is known here"))
    }
}
