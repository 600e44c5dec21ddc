use async_trait::async_trait;
use domain::{
    Result,
    model::{OneTimeToken, OneTimeTokenId, Timestamp, TokenPurpose, User},
    ports::{Effects, OneTimeTokens},
};

use super::{MemoryStore, State, purge};

#[async_trait]
impl OneTimeTokens for MemoryStore {
    async fn one_time_token(&self, id: OneTimeTokenId) -> Result<Option<OneTimeToken>> {
        Ok(self.read(|state| state.tokens.get(&id).cloned()))
    }

    async fn prolong(&self, id: OneTimeTokenId, expires_at: Timestamp) -> Result<bool> {
        self.transaction(|state| {
            let token = state.tokens.get_mut(&id);
            let Some(unused) = token.filter(|it| it.used_at.is_none()) else {
                return Ok(false);
            };
            unused.expires_at = expires_at;
            Ok(true)
        })
    }

    async fn redeem(
        &self,
        token: &OneTimeToken,
        now: Timestamp,
        user: &User,
        voids: &[TokenPurpose],
        effects: &Effects,
    ) -> Result<bool> {
        let is_it = |it: &&mut OneTimeToken| {
            it.is_live(now)
                && [(token.tenant, token.user), (user.tenant, user.id)]
                    .iter()
                    .all(|whose| (it.tenant, it.user) == *whose)
        };
        self.transaction(|state| {
            let Some(stored) = state.tokens.get_mut(&token.id).filter(is_it) else {
                return Ok(false);
            };
            stored.used_at = Some(now);
            state.replace_user(user)?;
            state.void(user, voids, now);
            state.add_effects(effects)?;
            Ok(true)
        })
    }

    async fn purge_one_time_tokens(&self, before: Timestamp, limit: u32) -> Result<usize> {
        self.transaction(|state| Ok(purge(&mut state.tokens, limit, |it| it.expires_at < before)))
    }
}

impl State {
    /// Uses the user's live tokens of these purposes up.
    pub(super) fn void(&mut self, user: &User, purposes: &[TokenPurpose], now: Timestamp) {
        let voided = |it: &&mut OneTimeToken| {
            it.user == user.id && it.used_at.is_none() && purposes.contains(&it.purpose)
        };
        for token in self.tokens.values_mut().filter(voided) {
            token.used_at = Some(now);
        }
    }
}
