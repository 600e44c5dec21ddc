use async_trait::async_trait;

use crate::{
    Result,
    model::{AuditEvent, Session, SessionId, Standing, TenantId, Timestamp, UserId},
};

/// Sign-ins. A session is over when it expires, when its row is gone, or when the user's security epoch moved on.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Stores a sign-in. `false`, with nothing stored, if the user's security epoch is no longer the session's: a
    /// password change or sign-out overtook the sign-in.
    async fn open(&self, session: &Session, audit: &AuditEvent) -> Result<bool>;

    /// The session that a proved refresh token selects, over or not, with its user's standing. The proof takes the place
    /// of a tenant.
    async fn session(&self, id: SessionId) -> Result<Option<(Session, Standing)>>;

    /// Records that `session` was used: stores its `last_used_at` and `idle_expires_at`. `false`, with nothing changed,
    /// if it ended meanwhile or its generation is no longer the stored one.
    async fn touch(&self, session: &Session) -> Result<bool>;

    /// Moves the user's security epoch on, which ends all sessions and voids all access tokens. `false`, with nothing
    /// stored, if the tenant has no such user.
    async fn end_all(&self, tenant: TenantId, user: UserId, audit: &AuditEvent) -> Result<bool>;

    /// Deletes at most `limit` sessions that are over at `before`, by time or by epoch; says how many.
    async fn purge_sessions(&self, before: Timestamp, limit: u32) -> Result<usize>;
}
