use async_trait::async_trait;
use domain::{
    Result,
    model::{AuditEvent, KeyState, SigningKey, Timestamp},
    ports::SigningKeys,
};

use super::{MemoryStore, State, insert};

#[async_trait]
impl SigningKeys for MemoryStore {
    async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        let mut keys: Vec<_> = self.read(|state| state.signing_keys.values().cloned().collect());
        keys.sort_by_key(|it| it.created_at);
        Ok(keys)
    }

    async fn add_signing_key(&self, key: &SigningKey) -> Result<bool> {
        self.transaction(|state| {
            if key.state != KeyState::Retired && in_state(state, key.state).is_some() {
                return Ok(false);
            }
            insert(&mut state.signing_keys, key.id.clone(), key)?;
            Ok(true)
        })
    }

    async fn rotate_signing_keys(
        &self,
        retired: &SigningKey,
        current: &SigningKey,
        next: &SigningKey,
        audit: &AuditEvent,
    ) -> Result<bool> {
        self.transaction(|state| {
            let found = [KeyState::Current, KeyState::Next].map(|it| in_state(state, it));
            if found != [Some(retired.id.clone()), Some(current.id.clone())] {
                return Ok(false);
            }
            for key in [retired, current] {
                if let Some(stored) = state.signing_keys.get_mut(&key.id) {
                    *stored = stored.clone().into_state(key.state, key.since);
                }
            }
            insert(&mut state.signing_keys, next.id.clone(), next)?;
            state.record(audit)?;
            Ok(true)
        })
    }

    async fn reseal_signing_key(&self, id: &str, from: &[u8], to: &[u8]) -> Result<()> {
        self.transaction(|state| {
            let key = state.signing_keys.get_mut(id);
            if let Some(key) = key.filter(|key| key.sealed_private == from) {
                key.sealed_private = to.to_vec();
            }
            Ok(())
        })
    }

    async fn drop_signing_key(&self, id: &str, audit: &AuditEvent) -> Result<bool> {
        self.transaction(|state| {
            let key = state.signing_keys.get(id);
            if key.is_none_or(|key| key.state != KeyState::Retired) {
                return Ok(false);
            }
            state.signing_keys.remove(id);
            state.record(audit)?;
            Ok(true)
        })
    }

    async fn purge_signing_keys(&self, before: Timestamp) -> Result<usize> {
        self.transaction(|state| {
            let all = state.signing_keys.len();
            let is_over = |key: &SigningKey| key.state == KeyState::Retired && key.since <= before;
            state.signing_keys.retain(|_, key| !is_over(key));
            Ok(all - state.signing_keys.len())
        })
    }
}

fn in_state(state: &State, wanted: KeyState) -> Option<String> {
    let mut keys = state.signing_keys.values();
    keys.find(|key| key.state == wanted)
        .map(|key| key.id.clone())
}
