use async_trait::async_trait;
use diesel::{dsl::exists, prelude::*};
use domain::{
    Error, Result,
    model::{AuditEvent, Session, SessionId, Standing, TenantId, Timestamp, UserId},
    ports::Sessions,
};

use crate::{
    SqliteStore, audit,
    rows::{Id, counted, moment, parsed},
    schema::{sessions, tenants, users},
    users::StandingRow,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, check_for_backend(diesel::sqlite::Sqlite))]
struct SessionRow {
    id: Id,
    tenant_id: Id,
    user_id: Id,
    client_id: String,
    epoch: i64,
    generation: i64,
    created_at: i64,
    last_used_at: i64,
    idle_expires_at: i64,
    expires_at: i64,
}

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            id: Id(session.id.uuid()),
            tenant_id: Id(session.tenant.uuid()),
            user_id: Id(session.user.uuid()),
            client_id: session.client.to_string(),
            epoch: session.epoch,
            generation: i64::from(session.generation),
            created_at: session.created_at.unix_micros(),
            last_used_at: session.last_used_at.unix_micros(),
            idle_expires_at: session.idle_expires_at.unix_micros(),
            expires_at: session.expires_at.unix_micros(),
        }
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = Error;

    fn try_from(row: SessionRow) -> Result<Self> {
        Ok(Self {
            id: SessionId::from_uuid(row.id.0),
            tenant: TenantId::from_uuid(row.tenant_id.0),
            user: UserId::from_uuid(row.user_id.0),
            client: parsed(&row.client_id, "sessions.client_id")?,
            epoch: row.epoch,
            generation: counted(row.generation, "sessions.generation")?,
            created_at: moment(row.created_at, "sessions.created_at")?,
            last_used_at: moment(row.last_used_at, "sessions.last_used_at")?,
            idle_expires_at: moment(row.idle_expires_at, "sessions.idle_expires_at")?,
            expires_at: moment(row.expires_at, "sessions.expires_at")?,
        })
    }
}

#[async_trait]
impl Sessions for SqliteStore {
    async fn open(&self, session: &Session, audit: &AuditEvent) -> Result<bool> {
        let row = SessionRow::from(session);
        let audit = audit.clone();
        self.pool
            .transaction(move |sqlite| {
                let epoch = users::table
                    .filter(users::tenant_id.eq(row.tenant_id))
                    .filter(users::id.eq(row.user_id))
                    .select(users::epoch)
                    .first::<i64>(sqlite)
                    .optional()?;
                if epoch != Some(row.epoch) {
                    return Ok(false);
                }
                diesel::insert_into(sessions::table)
                    .values(row)
                    .execute(sqlite)?;
                audit::record(sqlite, &audit)?;
                Ok(true)
            })
            .await
    }

    async fn session(&self, id: SessionId) -> Result<Option<(Session, Standing)>> {
        let found: Option<(SessionRow, StandingRow)> = self
            .pool
            .query(move |sqlite| {
                sessions::table
                    .inner_join(users::table.inner_join(tenants::table))
                    .filter(sessions::id.eq(Id(id.uuid())))
                    .select((SessionRow::as_select(), StandingRow::as_select()))
                    .first(sqlite)
                    .optional()
            })
            .await?;
        found
            .map(|(session, standing)| Ok((session.try_into()?, standing.try_into()?)))
            .transpose()
    }

    async fn touch(&self, session: &Session) -> Result<bool> {
        let row = SessionRow::from(session);
        self.pool
            .transaction(move |sqlite| {
                let of_its_epoch = users::table
                    .filter(users::id.eq(sessions::user_id))
                    .filter(users::epoch.eq(sessions::epoch));
                let touched = diesel::update(
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
                .execute(sqlite)?;
                Ok(touched == 1)
            })
            .await
    }

    async fn end_all(&self, tenant: TenantId, user: UserId, audit: &AuditEvent) -> Result<bool> {
        let audit = audit.clone();
        self.pool
            .transaction(move |sqlite| {
                let ended = diesel::update(
                    users::table
                        .filter(users::tenant_id.eq(Id(tenant.uuid())))
                        .filter(users::id.eq(Id(user.uuid()))),
                )
                .set((
                    users::epoch.eq(users::epoch + 1),
                    users::version.eq(users::version + 1),
                ))
                .execute(sqlite)?;
                if ended == 1 {
                    audit::record(sqlite, &audit)?;
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
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions WHERE min(idle_expires_at, expires_at) <= ?1
        UNION ALL
        SELECT sessions.id FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.epoch <> users.epoch AND min(idle_expires_at, expires_at) > ?1
        LIMIT ?2
    )";
