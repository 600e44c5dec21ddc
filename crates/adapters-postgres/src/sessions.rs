use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::{dsl::exists, prelude::*};
use domain::{
    Error, Result,
    model::{AuditEvent, Session, SessionId, Standing, TenantId, Timestamp, UserId},
    ports::Sessions,
};
use uuid::Uuid;

use crate::{
    PostgresStore, audit,
    rows::{counted, parsed},
    schema::{sessions, tenants, users},
    users::StandingRow,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
struct SessionRow {
    id: Uuid,
    tenant_id: Uuid,
    user_id: Uuid,
    client_id: String,
    epoch: i64,
    generation: i64,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    idle_expires_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            id: session.id.uuid(),
            tenant_id: session.tenant.uuid(),
            user_id: session.user.uuid(),
            client_id: session.client.to_string(),
            epoch: session.epoch,
            generation: i64::from(session.generation),
            created_at: session.created_at.utc(),
            last_used_at: session.last_used_at.utc(),
            idle_expires_at: session.idle_expires_at.utc(),
            expires_at: session.expires_at.utc(),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = Error;

    fn try_from(row: SessionRow) -> Result<Self> {
        Ok(Self {
            id: SessionId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            user: UserId::from_uuid(row.user_id),
            client: parsed(&row.client_id, "sessions.client_id")?,
            epoch: row.epoch,
            generation: counted(row.generation, "sessions.generation")?,
            created_at: Timestamp::new(row.created_at),
            last_used_at: Timestamp::new(row.last_used_at),
            idle_expires_at: Timestamp::new(row.idle_expires_at),
            expires_at: Timestamp::new(row.expires_at),
        })
    }
}

#[async_trait]
impl Sessions for PostgresStore {
    async fn open(&self, session: &Session, audit: &AuditEvent) -> Result<bool> {
        let row = SessionRow::from(session);
        let audit = audit.clone();
        self.pool
            .transaction(move |pg| {
                // Waits for a change of the epoch that is under way, and holds up those that come.
                let epoch = users::table
                    .filter(users::tenant_id.eq(row.tenant_id))
                    .filter(users::id.eq(row.user_id))
                    .select(users::epoch)
                    .for_share()
                    .first::<i64>(pg)
                    .optional()?;
                if epoch != Some(row.epoch) {
                    return Ok(false);
                }
                diesel::insert_into(sessions::table)
                    .values(row)
                    .execute(pg)?;
                audit::record(pg, &audit)?;
                Ok(true)
            })
            .await
    }

    async fn session(&self, id: SessionId) -> Result<Option<(Session, Standing)>> {
        let found: Option<(SessionRow, StandingRow)> = self
            .pool
            .query(move |pg| {
                sessions::table
                    .inner_join(users::table.inner_join(tenants::table))
                    .filter(sessions::id.eq(id.uuid()))
                    .select((SessionRow::as_select(), StandingRow::as_select()))
                    .first(pg)
                    .optional()
            })
            .await?;
        found
            .map(|(session, standing)| Ok((session.try_into()?, standing.try_into()?)))
            .transpose()
    }

    async fn touch(&self, session: &Session) -> Result<bool> {
        let row = SessionRow::from(session);
        let touched = self
            .pool
            .query(move |pg| {
                let of_its_epoch = users::table
                    .filter(users::id.eq(sessions::user_id))
                    .filter(users::epoch.eq(sessions::epoch));
                diesel::update(
                    sessions::table
                        .filter(sessions::id.eq(row.id))
                        .filter(sessions::tenant_id.eq(row.tenant_id))
                        .filter(sessions::user_id.eq(row.user_id))
                        .filter(sessions::generation.eq(row.generation))
                        .filter(exists(of_its_epoch)),
                )
                .set((
                    sessions::last_used_at.eq(row.last_used_at),
                    sessions::idle_expires_at.eq(row.idle_expires_at),
                ))
                .execute(pg)
            })
            .await?;
        Ok(touched == 1)
    }

    async fn end_all(&self, tenant: TenantId, user: UserId, audit: &AuditEvent) -> Result<bool> {
        let audit = audit.clone();
        self.pool
            .transaction(move |pg| {
                let ended = diesel::update(
                    users::table
                        .filter(users::tenant_id.eq(tenant.uuid()))
                        .filter(users::id.eq(user.uuid())),
                )
                .set((
                    users::epoch.eq(users::epoch + 1),
                    users::version.eq(users::version + 1),
                ))
                .execute(pg)?;
                if ended == 1 {
                    audit::record(pg, &audit)?;
                }
                Ok(ended == 1)
            })
            .await
    }

    async fn purge_sessions(&self, before: Timestamp, limit: u32) -> Result<usize> {
        self.pool.purge(PURGE, before, limit).await
    }
}

/// By time from the index first; only if that is not enough, by epoch.
const PURGE: &str = "
    DELETE FROM sessions WHERE id = ANY (ARRAY(
        SELECT id FROM sessions WHERE least(idle_expires_at, expires_at) <= $1
        UNION ALL
        SELECT sessions.id FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.epoch <> users.epoch AND least(idle_expires_at, expires_at) > $1
        LIMIT $2
    ))";
