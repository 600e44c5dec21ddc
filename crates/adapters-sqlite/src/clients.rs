use async_trait::async_trait;
use diesel::{
    dsl::{auto_type, not},
    prelude::*,
};
use domain::{
    Error, Result,
    model::{AuditEvent, Client, ClientId, ClientKind, Grant, Lifetimes, RefreshPolicy},
    ports::Clients,
};

use crate::{
    SqliteStore, audit,
    rows::{entities, entity, joined, known, millis, moment, parsed, span, split},
    schema::clients,
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = clients, check_for_backend(diesel::sqlite::Sqlite))]
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
    created_at: i64,
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
            created_at: client.created_at.unix_micros(),
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
            created_at: moment(row.created_at, "clients.created_at")?,
        })
    }
}

/// Stores a new client.
pub(crate) fn add(sqlite: &mut SqliteConnection, client: &Client) -> QueryResult<usize> {
    diesel::insert_into(clients::table)
        .values((ClientRow::from(client), clients::deleted.eq(false)))
        .execute(sqlite)
}

/// The clients that are not deleted.
#[auto_type]
fn present() -> _ {
    clients::table.filter(not(clients::deleted))
}

#[async_trait]
impl Clients for SqliteStore {
    async fn client(&self, id: &ClientId) -> Result<Option<Client>> {
        let id = id.to_string();
        let row = self
            .pool
            .query(move |sqlite| {
                present()
                    .filter(clients::id.eq(&id))
                    .select(ClientRow::as_select())
                    .first(sqlite)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn all_clients(&self) -> Result<Vec<Client>> {
        let rows = self
            .pool
            .query(|sqlite| {
                present()
                    .order(clients::id)
                    .select(ClientRow::as_select())
                    .load(sqlite)
            })
            .await?;
        entities(rows)
    }

    async fn add_client(&self, client: &Client, audit: &AuditEvent) -> Result<()> {
        let (client, audit) = (client.clone(), audit.clone());
        self.pool
            .transaction(move |sqlite| {
                add(sqlite, &client)?;
                audit::record(sqlite, &audit)?;
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
            .transaction(move |sqlite| {
                let same = clients::id.eq(&row.id).and(clients::version.eq(as_read));
                let updated = diesel::update(present().filter(same))
                    .set(&row)
                    .execute(sqlite)?;
                if updated == 0 {
                    return Err(Error::Stale.into());
                }
                audit::record(sqlite, &audit)?;
                Ok(())
            })
            .await
    }

    async fn delete_client(&self, id: &ClientId, audit: &AuditEvent) -> Result<bool> {
        let (id, audit) = (id.to_string(), audit.clone());
        self.pool
            .transaction(move |sqlite| {
                let deleted = diesel::update(present().filter(clients::id.eq(id)))
                    .set(clients::deleted.eq(true))
                    .execute(sqlite)?;
                if deleted == 1 {
                    audit::record(sqlite, &audit)?;
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
            .transaction(move |sqlite| {
                let client = present().filter(clients::id.eq(&id));
                let stored: Option<Vec<u8>> = client
                    .select(clients::secret_hashes)
                    .first(sqlite)
                    .optional()?;
                let mut hashes = stored.unwrap_or_default();
                let (each, _) = hashes.as_chunks_mut();
                if let Some(hash) = each.iter_mut().find(|hash| **hash == from) {
                    *hash = to;
                    diesel::update(client)
                        .set((
                            clients::secret_hashes.eq(hashes),
                            clients::version.eq(clients::version + 1),
                        ))
                        .execute(sqlite)?;
                }
                Ok(())
            })
            .await
    }
}
