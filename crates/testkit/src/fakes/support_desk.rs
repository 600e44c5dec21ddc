use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use domain::{
    Result,
    model::Secret,
    ports::{SupportDesk, SupportIdentity},
};

/// Keeps whom it made tokens for. A token is `support-{token_id}`.
#[derive(Default)]
pub struct FakeSupportDesk {
    confirmed_only: AtomicBool,
    identities: Mutex<Vec<SupportIdentity>>,
}

impl FakeSupportDesk {
    /// Whether only people with a confirmed address may have a token; at first everybody may.
    pub fn require_confirmed_email(&self, required: bool) {
        self.confirmed_only.store(required, Ordering::SeqCst);
    }

    /// What it was told, oldest first.
    pub fn identities(&self) -> Vec<SupportIdentity> {
        self.identities.lock().unwrap().clone()
    }
}

impl SupportDesk for FakeSupportDesk {
    fn token(&self, identity: &SupportIdentity) -> Result<Secret<String>> {
        self.identities.lock().unwrap().push(identity.clone());
        Ok(Secret::new(format!("support-{}", identity.token_id)))
    }

    fn requires_confirmed_email(&self) -> bool {
        self.confirmed_only.load(Ordering::SeqCst)
    }
}
