use async_trait::async_trait;

use super::Effects;
use crate::{
    Result,
    model::{AuditEvent, Session, SessionId, Standing, Success, TenantId, Timestamp, UserId},
};

/// Sign-ins. A session is over when it expires, when its row is gone, or when the user's security epoch moved on.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Stores a sign-in, with what its success changes, as [`Throttle::succeed`](super::Throttle::succeed) does. `false`,
    /// with nothing stored, if the user's security epoch is no longer the session's: a password change or sign-out
    /// overtook the sign-in.
    async fn open(&self, session: &Session, audit: &AuditEvent, success: &Success) -> Result<bool>;

    /// The session of that id, over or not, with the standing of its sign-in; absent if the client was deleted. The proof
    /// of a token takes the place of a tenant.
    async fn session(&self, id: SessionId) -> Result<Option<(Session, Standing)>>;

    /// Stores the use of a session: its `generation`, `rotations`, `last_used_at` and `idle_expires_at`. `false`, with
    /// nothing changed, if it ended meanwhile or the stored generation is not `from`. Of refreshes and ends of one
    /// session at the same time each sees what the one before it did.
    async fn refresh(&self, session: &Session, from: u32) -> Result<bool>;

    /// The user's sessions that are not over at `now`, last used first, `limit` at most.
    async fn sessions_of(
        &self,
        tenant: TenantId,
        user: UserId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Session>>;

    /// Ends one session. `false`, with nothing stored, if the user has no such session.
    async fn end_session(
        &self,
        tenant: TenantId,
        user: UserId,
        id: SessionId,
        audit: &AuditEvent,
    ) -> Result<bool>;

    /// Moves the user's security epoch on, which ends all sessions and voids all access tokens. `false`, with nothing
    /// stored, if the tenant has no such user.
    async fn end_all(&self, tenant: TenantId, user: UserId, effects: &Effects) -> Result<bool>;

    /// Deletes at most `limit` sessions that are over at `before`, by time or by epoch; says how many.
    async fn purge_sessions(&self, before: Timestamp, limit: u32) -> Result<usize>;
}
