use std::{sync::Arc, time::Duration};

use super::core::Core;
use crate::{
    Error, Result,
    error::chain,
    model::{Action, Actor, AuditAction, KeyState, SigningKey, Timestamp},
};

/// Keeps the keys that sign access tokens: each is published, then signs, then verifies, then goes.
pub struct SigningKeyService(Arc<Core>);

/// The keys between which a rotation happens.
struct Pair {
    current: SigningKey,
    next: SigningKey,
}

impl SigningKeyService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Takes up the master keys and the signing keys, after doing what is due: the first keys, the next key, the scheduled
    /// rotation, the end of retired keys. Of replicas that do so at the same time one has the effect and all use it.
    pub async fn tend(&self) -> Result<()> {
        let core = &self.0;
        match core.ports.master_keys.reload().await {
            Ok(true) => tracing::info!("the master keys changed"),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(
                    cause = chain(&error),
                    "the master keys could not be read again"
                );
            }
        }
        let keys = core.ports.store.signing_keys().await?;
        core.ports.access_tokens.install_keys(&keys)?;
        if self.make_due(&keys).await? {
            let keys = core.ports.store.signing_keys().await?;
            core.ports.access_tokens.install_keys(&keys)?;
        }
        Ok(())
    }

    /// The public part of all keys as a JWK set, in JSON.
    pub fn key_set(&self) -> Result<Arc<str>> {
        self.0.ports.access_tokens.key_set()
    }

    /// All keys, oldest first.
    pub async fn all(&self, actor: &Actor) -> Result<Vec<SigningKey>> {
        actor.may(Action::ManageKeys, None, None)?;
        self.0.ports.store.signing_keys().await
    }

    /// Lets the next key sign, in each process once it has tended its keys, and publishes another next one. Says which
    /// signs then.
    ///
    /// [`Error::Conflict`] while the next key was published less than [`SigningKey::PUBLISHED_AHEAD`] ago, unless
    /// `at_once`: then whoever keeps a copy of the key set may refuse new tokens until he reads it again.
    /// [`Error::Stale`] if somebody else rotated meanwhile.
    pub async fn rotate(&self, actor: &Actor, at_once: bool) -> Result<SigningKey> {
        let (core, now) = (&self.0, self.0.now());
        actor.may(Action::ManageKeys, None, None)?;
        let keys = core.ports.store.signing_keys().await?;
        let pair = Pair::of(&keys).ok_or(Error::Conflict("there is no next key yet"))?;
        if !at_once && !pair.is_published(now) {
            return Err(Error::Conflict(
                "the next key was published less than 10 minutes ago",
            ));
        }
        if !self.put_in_place(actor, &pair, now).await? {
            return Err(Error::Stale);
        }
        Ok(pair.next.into_state(KeyState::Current, now))
    }

    /// Deletes a retired key before its time: the tokens that it signed are void once each process has tended its keys.
    /// [`Error::Conflict`] unless there is such a key and it is retired.
    pub async fn drop(&self, actor: &Actor, id: &str) -> Result<()> {
        let core = &self.0;
        actor.may(Action::ManageKeys, None, None)?;
        let audit = core
            .audit(actor, AuditAction::SigningKeyDropped)
            .with_detail(id);
        if !core.ports.store.drop_signing_key(id, &audit).await? {
            return Err(Error::Conflict("there is no retired key of that id"));
        }
        Ok(())
    }

    /// Seals every key with the first master key, so that the others can go. Says how many were sealed with another.
    /// [`Error::Unavailable`] for the first that cannot be opened, after the others were done.
    pub async fn reseal(&self, actor: &Actor) -> Result<usize> {
        let (store, tokens) = (&self.0.ports.store, &self.0.ports.access_tokens);
        actor.may(Action::ManageKeys, None, None)?;
        let (mut resealed, mut unopened) = (0, None);
        for key in store.signing_keys().await? {
            match tokens.reseal_key(&key) {
                Ok(Some(new)) => {
                    store
                        .reseal_signing_key(&key.id, &key.sealed_private, &new.sealed_private)
                        .await?;
                    resealed += 1;
                }
                Ok(None) => {}
                Err(error) => unopened = unopened.or(Some(error)),
            }
        }
        unopened.map_or(Ok(resealed), Err)
    }

    /// Says whether anything was due, whoever did it.
    async fn make_due(&self, keys: &[SigningKey]) -> Result<bool> {
        let (core, now) = (&self.0, self.0.now());
        let mut was_due = false;
        for state in [KeyState::Current, KeyState::Next] {
            if !keys.iter().any(|key| key.state == state) {
                let key = core.ports.access_tokens.generate_key(state, now)?;
                core.ports.store.add_signing_key(&key).await?;
                was_due = true;
            }
        }
        if let Some(pair) = Pair::of(keys)
            && pair.is_due(now, core.policy.key_rotation)
        {
            let schedule = Actor::operator("key rotation");
            self.put_in_place(&schedule, &pair, now).await?;
            was_due = true;
        }
        let over = now.minus(SigningKey::KEPT);
        let is_over = |key: &SigningKey| key.state == KeyState::Retired && key.since <= over;
        if keys.iter().any(is_over) {
            core.ports.store.purge_signing_keys(over).await?;
            was_due = true;
        }
        Ok(was_due)
    }

    async fn put_in_place(&self, actor: &Actor, pair: &Pair, now: Timestamp) -> Result<bool> {
        let ports = &self.0.ports;
        let retired = pair.current.clone().into_state(KeyState::Retired, now);
        let current = pair.next.clone().into_state(KeyState::Current, now);
        let next = ports.access_tokens.generate_key(KeyState::Next, now)?;
        let audit = self
            .0
            .audit(actor, AuditAction::SigningKeyRotated)
            .with_detail(current.id.as_str());
        ports
            .store
            .rotate_signing_keys(&retired, &current, &next, &audit)
            .await
    }
}

impl Pair {
    fn of(keys: &[SigningKey]) -> Option<Self> {
        let in_state = |state| keys.iter().find(|key| key.state == state).cloned();
        Some(Self {
            current: in_state(KeyState::Current)?,
            next: in_state(KeyState::Next)?,
        })
    }

    fn is_published(&self, now: Timestamp) -> bool {
        self.next.since.plus(SigningKey::PUBLISHED_AHEAD) <= now
    }

    fn is_due(&self, now: Timestamp, rotation: Duration) -> bool {
        self.is_published(now) && self.current.since.plus(rotation) <= now
    }
}
