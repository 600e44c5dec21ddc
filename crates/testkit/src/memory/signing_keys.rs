use async_trait::async_trait;
use domain::{
    Result,
    model::{KeyState, SigningKey},
    ports::SigningKeys,
};

use super::{MemoryStore, insert};

#[async_trait]
impl SigningKeys for MemoryStore {
    async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        let mut keys: Vec<_> = self.read(|state| state.signing_keys.values().cloned().collect());
        keys.sort_by_key(|it| it.created_at);
        Ok(keys)
    }

    async fn add_signing_key(&self, key: &SigningKey) -> Result<bool> {
        self.transaction(|state| {
            let is_current = |it: &SigningKey| it.state == KeyState::Current;
            if is_current(key) && state.signing_keys.values().any(is_current) {
                return Ok(false);
            }
            insert(&mut state.signing_keys, key.id.clone(), key)?;
            Ok(true)
        })
    }
}
