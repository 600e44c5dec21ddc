use async_trait::async_trait;

use crate::{
    Result,
    model::{AuditEvent, SigningKey, Timestamp},
};

/// The keys that sign access tokens, shared by all replicas. At most one is current and at most one is next.
#[async_trait]
pub trait SigningKeys: Send + Sync {
    /// All keys, oldest first.
    async fn signing_keys(&self) -> Result<Vec<SigningKey>>;

    /// Stores a key. `false`, with nothing stored, if it is to be the current or the next one and there is one already:
    /// of replicas that start together one wins.
    async fn add_signing_key(&self, key: &SigningKey) -> Result<bool>;

    /// Puts the next key in the current one's place: stores state and time of `retired` and `current`, and adds `next`.
    /// `false`, with nothing stored, unless `retired` is stored as the current key and `current` as the next one.
    async fn rotate_signing_keys(
        &self,
        retired: &SigningKey,
        current: &SigningKey,
        next: &SigningKey,
        audit: &AuditEvent,
    ) -> Result<bool>;

    /// Replaces the sealed private part. Does nothing if the stored one is no longer `from`.
    async fn reseal_signing_key(&self, id: &str, from: &[u8], to: &[u8]) -> Result<()>;

    /// Deletes a retired key. `false`, with nothing stored, if there is no such key or it is not retired.
    async fn drop_signing_key(&self, id: &str, audit: &AuditEvent) -> Result<bool>;

    /// Deletes the keys that are retired since `before` or longer; says how many.
    async fn purge_signing_keys(&self, before: Timestamp) -> Result<usize>;
}
