use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use domain::{
    Error, Result,
    model::{
        AddressFamily, Agent, AuditEvent, Session, SessionId, Standing, Success, TenantId,
        Timestamp, UserId,
    },
    ports::{Effects, Sessions},
};
use uuid::Uuid;

use crate::{
    PostgresStore, audit, outbox,
    rows::{counted, entities, known, parsed},
    schema::{clients, sessions, tenants, users},
    throttle,
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
    rotations: Vec<DateTime<Utc>>,
    address_family: Option<String>,
    agent: Option<String>,
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
            rotations: session.rotations.iter().map(|it| it.utc()).collect(),
            address_family: session.address_family.map(|it| it.name().to_owned()),
            agent: session.agent.as_ref().map(Agent::to_string),
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
        let family = row
            .address_family
            .map(|it| known(AddressFamily::named(&it), "sessions.address_family"));
        let agent = row.agent.map(|it| parsed(&it, "sessions.agent"));
        Ok(Self {
            id: SessionId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            user: UserId::from_uuid(row.user_id),
            client: parsed(&row.client_id, "sessions.client_id")?,
            epoch: row.epoch,
            generation: counted(row.generation, "sessions.generation")?,
            rotations: row.rotations.into_iter().map(Timestamp::new).collect(),
            address_family: family.transpose()?,
            agent: agent.transpose()?,
            created_at: Timestamp::new(row.created_at),
            last_used_at: Timestamp::new(row.last_used_at),
            idle_expires_at: Timestamp::new(row.idle_expires_at),
            expires_at: Timestamp::new(row.expires_at),
        })
    }
}

#[async_trait]
impl Sessions for PostgresStore {
    async fn open(&self, session: &Session, audit: &AuditEvent, success: &Success) -> Result<bool> {
        let row = SessionRow::from(session);
        let (now, success) = (session.created_at, success.clone());
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
                throttle::succeed(pg, now, &success)?;
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
                    .inner_join(clients::table)
                    .filter(sessions::id.eq(id.uuid()))
                    .filter(not(clients::deleted))
                    .select((SessionRow::as_select(), StandingRow::as_select()))
                    .first(pg)
                    .optional()
            })
            .await?;
        found
            .map(|(session, standing)| Ok((session.try_into()?, standing.try_into()?)))
            .transpose()
    }

    async fn refresh(&self, session: &Session, from: u32) -> Result<bool> {
        let row = SessionRow::from(session);
        let refreshed = self
            .pool
            .query(move |pg| {
                // Waits as in `open`. Who waits for another refresh of the session, or for its end, compares again.
                let epoch = users::table
                    .filter(users::tenant_id.eq(row.tenant_id))
                    .filter(users::id.eq(row.user_id))
                    .select(users::epoch)
                    .for_share();
                let of_its_client = clients::table
                    .filter(clients::id.eq(sessions::client_id))
                    .filter(not(clients::deleted));
                diesel::update(
                    sessions::table
                        .filter(sessions::id.eq(row.id))
                        .filter(sessions::tenant_id.eq(row.tenant_id))
                        .filter(sessions::user_id.eq(row.user_id))
                        .filter(sessions::generation.eq(i64::from(from)))
                        .filter(sessions::epoch.eq_any(epoch))
                        .filter(exists(of_its_client)),
                )
                .set((
                    sessions::generation.eq(row.generation),
                    sessions::rotations.eq(&row.rotations),
                    sessions::last_used_at.eq(row.last_used_at),
                    sessions::idle_expires_at.eq(row.idle_expires_at),
                ))
                .execute(pg)
            })
            .await?;
        Ok(refreshed == 1)
    }

    async fn sessions_of(
        &self,
        tenant: TenantId,
        user: UserId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Session>> {
        let rows = self
            .pool
            .query(move |pg| {
                sessions::table
                    .inner_join(users::table)
                    .inner_join(clients::table)
                    .filter(sessions::tenant_id.eq(tenant.uuid()))
                    .filter(sessions::user_id.eq(user.uuid()))
                    .filter(sessions::epoch.eq(users::epoch))
                    .filter(not(clients::deleted))
                    .filter(sessions::idle_expires_at.gt(now.utc()))
                    .filter(sessions::expires_at.gt(now.utc()))
                    .order((sessions::last_used_at.desc(), sessions::id.desc()))
                    .limit(i64::from(limit))
                    .select(SessionRow::as_select())
                    .load(pg)
            })
            .await?;
        entities(rows)
    }

    async fn end_session(
        &self,
        tenant: TenantId,
        user: UserId,
        id: SessionId,
        audit: &AuditEvent,
    ) -> Result<bool> {
        let audit = audit.clone();
        self.pool
            .transaction(move |pg| {
                let ended = diesel::delete(
                    sessions::table
                        .filter(sessions::id.eq(id.uuid()))
                        .filter(sessions::tenant_id.eq(tenant.uuid()))
                        .filter(sessions::user_id.eq(user.uuid())),
                )
                .execute(pg)?;
                if ended == 1 {
                    audit::record(pg, &audit)?;
                }
                Ok(ended == 1)
            })
            .await
    }

    async fn end_all(&self, tenant: TenantId, user: UserId, effects: &Effects) -> Result<bool> {
        let effects = effects.clone();
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
                    outbox::store(pg, &effects)?;
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
