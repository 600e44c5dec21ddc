use std::{
    mem,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use domain::{
    Error, Result,
    model::{Password, PasswordHash, Secret, TenantId, Verdict},
    ports::PasswordHasher,
};

/// "Hashes" that are the password behind a mark, and a record of the work.
#[derive(Default)]
pub struct PlainHasher {
    hashed: AtomicUsize,
    verified: AtomicUsize,
    lanes: Mutex<Vec<Option<TenantId>>>,
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

    /// In whose turn each password was hashed or compared, since it was asked last.
    pub fn take_lanes(&self) -> Vec<Option<TenantId>> {
        mem::take(&mut self.lanes.lock().unwrap())
    }

    /// How many passwords were compared, with a hash or with none.
    pub fn verified(&self) -> usize {
        self.verified.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, lane: Option<TenantId>, password: &Password) -> Result<PasswordHash> {
        self.lanes.lock().unwrap().push(lane);
        self.hashed.fetch_add(1, Ordering::SeqCst);
        let text = format!("{}{}", Self::SCHEME, password.expose());
        Ok(PasswordHash::new(text))
    }

    async fn verify(
        &self,
        lane: Option<TenantId>,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict> {
        self.lanes.lock().unwrap().push(lane);
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
