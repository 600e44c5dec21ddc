use std::cmp::Reverse;

use async_trait::async_trait;
use domain::{
    Result,
    model::{AuditEvent, Session, SessionId, Standing, Success, TenantId, Timestamp, UserId},
    ports::{Effects, Sessions},
};

use super::{MemoryStore, State, insert, purge};

#[async_trait]
impl Sessions for MemoryStore {
    async fn open(&self, session: &Session, audit: &AuditEvent, success: &Success) -> Result<bool> {
        self.transaction(|state| {
            if !is_of_epoch(state, session) {
                return Ok(false);
            }
            insert(&mut state.sessions, session.id, session)?;
            state.record(audit)?;
            state.succeed(session.created_at, success);
            Ok(true)
        })
    }

    async fn session(&self, id: SessionId) -> Result<Option<(Session, Standing)>> {
        Ok(self.read(|state| {
            let session = state.sessions.get(&id)?;
            Some((session.clone(), state.standing(session)?))
        }))
    }

    async fn refresh(&self, session: &Session, from: u32) -> Result<bool> {
        self.transaction(|state| {
            let same = |it: &&Session| {
                (it.tenant, it.user, it.generation) == (session.tenant, session.user, from)
            };
            let Some(stored) = state.sessions.get(&session.id).filter(same) else {
                return Ok(false);
            };
            if !holds(state, stored) {
                return Ok(false);
            }
            let used = Session {
                generation: session.generation,
                rotations: session.rotations.clone(),
                last_used_at: session.last_used_at,
                idle_expires_at: session.idle_expires_at,
                ..stored.clone()
            };
            state.sessions.insert(used.id, used);
            Ok(true)
        })
    }

    async fn sessions_of(
        &self,
        tenant: TenantId,
        user: UserId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Session>> {
        Ok(self.read(|state| {
            let shown = |it: &&Session| {
                (it.tenant, it.user) == (tenant, user) && it.is_live(now) && holds(state, it)
            };
            let mut found: Vec<_> = state.sessions.values().filter(shown).cloned().collect();
            found.sort_by_key(|it| Reverse((it.last_used_at, it.id)));
            found.truncate(limit.try_into().unwrap());
            found
        }))
    }

    async fn end_session(
        &self,
        tenant: TenantId,
        user: UserId,
        id: SessionId,
        audit: &AuditEvent,
    ) -> Result<bool> {
        self.transaction(|state| {
            let same = |it: &Session| (it.tenant, it.user) == (tenant, user);
            if !state.sessions.get(&id).is_some_and(same) {
                return Ok(false);
            }
            state.sessions.remove(&id);
            state.record(audit)?;
            Ok(true)
        })
    }

    async fn end_all(&self, tenant: TenantId, user: UserId, effects: &Effects) -> Result<bool> {
        self.transaction(|state| {
            let Some(user) = state.user_mut(tenant, user) else {
                return Ok(false);
            };
            user.epoch += 1;
            user.version += 1;
            state.add_effects(effects)?;
            Ok(true)
        })
    }

    async fn purge_sessions(&self, before: Timestamp, limit: u32) -> Result<usize> {
        self.transaction(|state| {
            let mut sessions = std::mem::take(&mut state.sessions);
            let purged = purge(&mut sessions, limit, |it| {
                !it.is_live(before) || !is_of_epoch(state, it)
            });
            state.sessions = sessions;
            Ok(purged)
        })
    }
}

/// Apart from the time.
fn holds(state: &State, session: &Session) -> bool {
    is_of_epoch(state, session) && state.clients.contains_key(&session.client)
}

fn is_of_epoch(state: &State, session: &Session) -> bool {
    state
        .user(session.tenant, session.user)
        .is_some_and(|user| user.epoch == session.epoch)
}
