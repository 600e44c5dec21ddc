use async_trait::async_trait;
use domain::{
    Error, Result,
    model::{OneTimeToken, OneTimeTokenId, Timestamp, TokenPurpose, User},
    ports::{Effects, OneTimeTokens},
};

use super::{MemoryStore, purge};

#[async_trait]
impl OneTimeTokens for MemoryStore {
    async fn order(&self, effects: &Effects) -> Result<()> {
        self.transaction(|state| state.add_effects(effects))
    }

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

            let stored = state
                .user(user.tenant, user.id)
                .filter(|it| it.version == user.version)
                .ok_or(Error::Stale)?;
            let replaced = User {
                password: user.password.clone(),
                email: user.email.clone(),
                email_confirmed: user.email_confirmed,
                enabled: user.enabled,
                epoch: user.epoch,
                version: user.version + 1,
                ..stored.clone()
            };
            state.check_user(&replaced)?;
            state.users.insert(replaced.id, replaced);

            let voided = |it: &&mut OneTimeToken| {
                it.user == user.id && it.used_at.is_none() && voids.contains(&it.purpose)
            };
            for other in state.tokens.values_mut().filter(voided) {
                other.used_at = Some(now);
            }
            state.add_effects(effects)?;
            Ok(true)
        })
    }

    async fn purge_one_time_tokens(&self, before: Timestamp, limit: u32) -> Result<usize> {
        self.transaction(|state| Ok(purge(&mut state.tokens, limit, |it| it.expires_at < before)))
    }
}
