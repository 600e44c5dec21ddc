use async_trait::async_trait;
use domain::{
    Result,
    model::{AuditEvent, Session, SessionId, Standing, TenantId, Timestamp, UserId},
    ports::Sessions,
};

use super::{MemoryStore, State, insert, purge};

#[async_trait]
impl Sessions for MemoryStore {
    async fn open(&self, session: &Session, audit: &AuditEvent) -> Result<bool> {
        self.transaction(|state| {
            if !is_of_epoch(state, session) {
                return Ok(false);
            }
            insert(&mut state.sessions, session.id, session)?;
            state.record(audit)?;
            Ok(true)
        })
    }

    async fn session(&self, id: SessionId) -> Result<Option<(Session, Standing)>> {
        Ok(self.read(|state| {
            let session = state.sessions.get(&id)?;
            let user = state.user(session.tenant, session.user)?;
            Some((session.clone(), state.standing(user)))
        }))
    }

    async fn touch(&self, session: &Session) -> Result<bool> {
        self.transaction(|state| {
            let same = |it: &&Session| {
                (it.tenant, it.user, it.generation)
                    == (session.tenant, session.user, session.generation)
            };
            let Some(stored) = state.sessions.get(&session.id).filter(same) else {
                return Ok(false);
            };
            if !is_of_epoch(state, stored) {
                return Ok(false);
            }
            let touched = Session {
                last_used_at: session.last_used_at,
                idle_expires_at: session.idle_expires_at,
                ..stored.clone()
            };
            state.sessions.insert(touched.id, touched);
            Ok(true)
        })
    }

    async fn end_all(&self, tenant: TenantId, user: UserId, audit: &AuditEvent) -> Result<bool> {
        self.transaction(|state| {
            let Some(user) = state.user_mut(tenant, user) else {
                return Ok(false);
            };
            user.epoch += 1;
            user.version += 1;
            state.record(audit)?;
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

fn is_of_epoch(state: &State, session: &Session) -> bool {
    state
        .user(session.tenant, session.user)
        .is_some_and(|user| user.epoch == session.epoch)
}
