use async_trait::async_trait;
use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use domain::{
    Error, Result,
    model::{
        AddressFamily, AuditEvent, Session, SessionId, Standing, Success, TenantId, Timestamp,
        UserId,
    },
    ports::{Effects, Sessions},
};

use crate::{
    SqliteStore, audit, outbox,
    rows::{Id, counted, entities, joined, known, moment, parsed, split},
    schema::{clients, sessions, tenants, users},
    throttle,
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
    rotations: String,
    address_family: Option<String>,
    agent: Option<String>,
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
            rotations: joined(session.rotations.iter().map(|it| it.unix_micros())),
            address_family: session.address_family.map(|it| it.name().to_owned()),
            agent: session.agent.as_ref().map(|it| it.as_str().to_owned()),
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
        let rotation = |it: &str| it.parse().ok().and_then(Timestamp::from_unix_micros);
        let family = |it: &str| known(AddressFamily::named(it), "sessions.address_family");
        let agent = |it: &str| parsed(it, "sessions.agent");
        Ok(Self {
            id: SessionId::from_uuid(row.id.0),
            tenant: TenantId::from_uuid(row.tenant_id.0),
            user: UserId::from_uuid(row.user_id.0),
            client: parsed(&row.client_id, "sessions.client_id")?,
            epoch: row.epoch,
            generation: counted(row.generation, "sessions.generation")?,
            rotations: split(&row.rotations, rotation, "sessions.rotations")?,
            address_family: row.address_family.as_deref().map(family).transpose()?,
            agent: row.agent.as_deref().map(agent).transpose()?,
            created_at: moment(row.created_at, "sessions.created_at")?,
            last_used_at: moment(row.last_used_at, "sessions.last_used_at")?,
            idle_expires_at: moment(row.idle_expires_at, "sessions.idle_expires_at")?,
            expires_at: moment(row.expires_at, "sessions.expires_at")?,
        })
    }
}

#[async_trait]
impl Sessions for SqliteStore {
    async fn open(&self, session: &Session, audit: &AuditEvent, success: &Success) -> Result<bool> {
        let row = SessionRow::from(session);
        let (now, success) = (session.created_at, success.clone());
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
                throttle::succeed(sqlite, now, &success)?;
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
                    .inner_join(clients::table)
                    .filter(sessions::id.eq(Id(id.uuid())))
                    .filter(not(clients::deleted))
                    .select((SessionRow::as_select(), StandingRow::as_select()))
                    .first(sqlite)
                    .optional()
            })
            .await?;
        found
            .map(|(session, standing)| Ok((session.try_into()?, standing.try_into()?)))
            .transpose()
    }

    async fn refresh(&self, session: &Session, from: u32) -> Result<bool> {
        let row = SessionRow::from(session);
        self.pool
            .transaction(move |sqlite| {
                let of_its_epoch = users::table
                    .filter(users::id.eq(sessions::user_id))
                    .filter(users::epoch.eq(sessions::epoch));
                let of_its_client = clients::table
                    .filter(clients::id.eq(sessions::client_id))
                    .filter(not(clients::deleted));
                let refreshed = diesel::update(
                    sessions::table
                        .filter(sessions::id.eq(row.id))
                        .filter(sessions::tenant_id.eq(row.tenant_id))
                        .filter(sessions::user_id.eq(row.user_id))
                        .filter(sessions::generation.eq(i64::from(from)))
                        .filter(exists(of_its_epoch))
                        .filter(exists(of_its_client)),
                )
                .set((
                    sessions::generation.eq(row.generation),
                    sessions::rotations.eq(row.rotations),
                    sessions::last_used_at.eq(row.last_used_at),
                    sessions::idle_expires_at.eq(row.idle_expires_at),
                ))
                .execute(sqlite)?;
                Ok(refreshed == 1)
            })
            .await
    }

    async fn sessions_of(
        &self,
        tenant: TenantId,
        user: UserId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Session>> {
        let now = now.unix_micros();
        let rows = self
            .pool
            .query(move |sqlite| {
                sessions::table
                    .inner_join(users::table)
                    .inner_join(clients::table)
                    .filter(sessions::tenant_id.eq(Id(tenant.uuid())))
                    .filter(sessions::user_id.eq(Id(user.uuid())))
                    .filter(sessions::epoch.eq(users::epoch))
                    .filter(not(clients::deleted))
                    .filter(sessions::idle_expires_at.gt(now))
                    .filter(sessions::expires_at.gt(now))
                    .order((sessions::last_used_at.desc(), sessions::id.desc()))
                    .limit(i64::from(limit))
                    .select(SessionRow::as_select())
                    .load(sqlite)
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
            .transaction(move |sqlite| {
                let ended = diesel::delete(
                    sessions::table
                        .filter(sessions::id.eq(Id(id.uuid())))
                        .filter(sessions::tenant_id.eq(Id(tenant.uuid())))
                        .filter(sessions::user_id.eq(Id(user.uuid()))),
                )
                .execute(sqlite)?;
                if ended == 1 {
                    audit::record(sqlite, &audit)?;
                }
                Ok(ended == 1)
            })
            .await
    }

    async fn end_all(&self, tenant: TenantId, user: UserId, effects: &Effects) -> Result<bool> {
        let effects = effects.clone();
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
                    outbox::store(sqlite, &effects)?;
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
