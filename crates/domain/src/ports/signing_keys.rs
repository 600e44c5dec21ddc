use async_trait::async_trait;

use crate::{Result, model::SigningKey};

/// The keys that sign access tokens, shared by all replicas.
#[async_trait]
pub trait SigningKeys: Send + Sync {
    /// All keys, oldest first.
    async fn signing_keys(&self) -> Result<Vec<SigningKey>>;

    /// Stores a key. `false`, with nothing stored, if it is a current one and there is one already: of replicas that
    /// start together one wins.
    async fn add_signing_key(&self, key: &SigningKey) -> Result<bool>;
}
