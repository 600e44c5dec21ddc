//! What happens while a password is hashed: somebody ends the person's sessions, as anybody may by default.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Result,
    model::{Password, PasswordHash, Secret, TenantId, Verdict},
    ports::PasswordHasher,
    services::Account,
};
use testkit::{MemoryStore, PlainHasher};

use crate::lab::{Lab, PASSWORD, anonymous, password};

/// While it hashes, all sessions of everybody are ended.
struct SlowHasher {
    hasher: PlainHasher,
    store: Arc<MemoryStore>,
}

impl SlowHasher {
    fn meanwhile(&self) {
        self.store.edit(|state| {
            for user in state.users.values_mut() {
                user.epoch += 1;
                user.version += 1;
            }
        });
    }
}

#[async_trait]
impl PasswordHasher for SlowHasher {
    async fn hash(&self, lane: Option<TenantId>, password: &Password) -> Result<PasswordHash> {
        self.meanwhile();
        self.hasher.hash(lane, password).await
    }

    async fn verify(
        &self,
        lane: Option<TenantId>,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict> {
        self.meanwhile();
        self.hasher.verify(lane, password, stored).await
    }

    fn import(&self, foreign: &Secret<String>) -> Result<PasswordHash> {
        self.hasher.import(foreign)
    }
}

async fn lab() -> Lab {
    Lab::in_world(|ports, store| {
        ports.hasher = Arc::new(SlowHasher {
            hasher: PlainHasher::default(),
            store: store.clone(),
        });
    })
    .await
}

#[tokio::test]
async fn a_sign_in_overtaken_by_a_sign_out_succeeds_and_lives_on() {
    let lab = lab().await;

    let signed_in = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();

    assert!(lab.refresh(&signed_in.refresh_token).await.is_ok());
}

#[tokio::test]
async fn sec_08_a_reset_overtaken_by_a_sign_out_succeeds() {
    let lab = lab().await;
    let account = Account::Username("admin".parse().unwrap());
    let reset = &lab.membership.password_reset;
    reset
        .request(&anonymous(), "platform", account)
        .await
        .unwrap();
    let mail = lab.mail().await;
    let user = crate::lab::linked(&mail[0], "user").parse().unwrap();
    let token = crate::lab::linked(&mail[0], "token");
    let chosen = "a new password of mine";

    reset
        .reset(&anonymous(), user, &token, password(chosen))
        .await
        .unwrap();

    assert!(lab.sign_in(&lab.platform, "admin", chosen).await.is_ok());
    assert!(lab.sign_in(&lab.platform, "admin", PASSWORD).await.is_err());
}
