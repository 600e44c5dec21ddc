use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::{
    dsl::{auto_type, not},
    prelude::*,
    sql_types::{Bytea, Text},
};
use domain::{
    Error, Result,
    model::{AuditEvent, Client, ClientId, ClientKind, Grant, Lifetimes, RefreshPolicy, Timestamp},
    ports::Clients,
};

use crate::{
    PostgresStore, audit,
    rows::{entities, entity, joined, known, millis, parsed, span, split},
    schema::clients,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = clients, check_for_backend(diesel::pg::Pg))]
struct ClientRow {
    id: String,
    kind: String,
    secret_hashes: Vec<u8>,
    grants: String,
    refresh_policy: String,
    access_lifetime_ms: i64,
    idle_lifetime_ms: i64,
    absolute_lifetime_ms: i64,
    tenants: String,
    origins: String,
    enabled: bool,
    version: i64,
    created_at: DateTime<Utc>,
}

impl From<&Client> for ClientRow {
    fn from(client: &Client) -> Self {
        Self {
            id: client.id.to_string(),
            kind: client.kind.name().to_owned(),
            secret_hashes: client.secret_hashes.concat(),
            grants: joined(client.grants.iter().map(|it| it.name())),
            refresh_policy: client.refresh.name().to_owned(),
            access_lifetime_ms: millis(client.lifetimes.access),
            idle_lifetime_ms: millis(client.lifetimes.idle),
            absolute_lifetime_ms: millis(client.lifetimes.absolute),
            tenants: joined(&client.tenants),
            origins: joined(&client.origins),
            enabled: client.enabled,
            version: client.version,
            created_at: client.created_at.utc(),
        }
    }
}

impl TryFrom<ClientRow> for Client {
    type Error = Error;

    fn try_from(row: ClientRow) -> Result<Self> {
        let (secret_hashes, rest) = row.secret_hashes.as_chunks();
        let secret_hashes = rest.is_empty().then(|| secret_hashes.to_vec());
        let refresh = RefreshPolicy::named(&row.refresh_policy);
        Ok(Self {
            id: parsed(&row.id, "clients.id")?,
            kind: known(ClientKind::named(&row.kind), "clients.kind")?,
            secret_hashes: known(secret_hashes, "clients.secret_hashes")?,
            grants: split(&row.grants, Grant::named, "clients.grants")?,
            refresh: known(refresh, "clients.refresh_policy")?,
            lifetimes: Lifetimes {
                access: span(row.access_lifetime_ms, "clients.access_lifetime_ms")?,
                idle: span(row.idle_lifetime_ms, "clients.idle_lifetime_ms")?,
                absolute: span(row.absolute_lifetime_ms, "clients.absolute_lifetime_ms")?,
            },
            tenants: split(&row.tenants, |it| it.parse().ok(), "clients.tenants")?,
            origins: split(&row.origins, |it| it.parse().ok(), "clients.origins")?,
            enabled: row.enabled,
            version: row.version,
            created_at: Timestamp::new(row.created_at),
        })
    }
}

/// Stores a new client.
pub(crate) fn add(pg: &mut PgConnection, client: &Client) -> QueryResult<usize> {
    diesel::insert_into(clients::table)
        .values((ClientRow::from(client), clients::deleted.eq(false)))
        .execute(pg)
}

#[auto_type]
fn present() -> _ {
    clients::table.filter(not(clients::deleted))
}

#[async_trait]
impl Clients for PostgresStore {
    async fn client(&self, id: &ClientId) -> Result<Option<Client>> {
        let id = id.to_string();
        let row = self
            .pool
            .query(move |pg| {
                present()
                    .filter(clients::id.eq(&id))
                    .select(ClientRow::as_select())
                    .first(pg)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn all_clients(&self) -> Result<Vec<Client>> {
        let rows = self
            .pool
            .query(|pg| {
                present()
                    .order(clients::id)
                    .select(ClientRow::as_select())
                    .load(pg)
            })
            .await?;
        entities(rows)
    }

    async fn add_client(&self, client: &Client, audit: &AuditEvent) -> Result<()> {
        let (client, audit) = (client.clone(), audit.clone());
        self.pool
            .transaction(move |pg| {
                add(pg, &client)?;
                audit::record(pg, &audit)?;
                Ok(())
            })
            .await
    }

    async fn update_client(&self, client: &Client, audit: &AuditEvent) -> Result<()> {
        let as_read = client.version;
        let row = ClientRow {
            version: as_read + 1,
            ..ClientRow::from(client)
        };
        let audit = audit.clone();
        self.pool
            .transaction(move |pg| {
                let same = clients::id.eq(&row.id).and(clients::version.eq(as_read));
                let updated = diesel::update(present().filter(same))
                    .set(&row)
                    .execute(pg)?;
                if updated == 0 {
                    return Err(Error::Stale.into());
                }
                audit::record(pg, &audit)?;
                Ok(())
            })
            .await
    }

    async fn delete_client(&self, id: &ClientId, audit: &AuditEvent) -> Result<bool> {
        let (id, audit) = (id.to_string(), audit.clone());
        self.pool
            .transaction(move |pg| {
                let deleted = diesel::update(present().filter(clients::id.eq(id)))
                    .set(clients::deleted.eq(true))
                    .execute(pg)?;
                if deleted == 1 {
                    audit::record(pg, &audit)?;
                }
                Ok(deleted == 1)
            })
            .await
    }

    async fn replace_secret_hash(
        &self,
        id: &ClientId,
        from: &[u8; 32],
        to: &[u8; 32],
    ) -> Result<()> {
        let (id, from, to) = (id.to_string(), *from, *to);
        self.pool
            .query(move |pg| {
                diesel::sql_query(REPLACE_SECRET_HASH)
                    .bind::<Text, _>(&id)
                    .bind::<Bytea, _>(from)
                    .bind::<Bytea, _>(to)
                    .execute(pg)
            })
            .await?;
        Ok(())
    }
}

const REPLACE_SECRET_HASH: &str = "
    UPDATE clients SET
        secret_hashes = overlay(secret_hashes PLACING $3 FROM position($2 IN secret_hashes)),
        version = version + 1
    WHERE id = $1 AND NOT deleted AND position($2 IN secret_hashes) IN (1, 33)";
