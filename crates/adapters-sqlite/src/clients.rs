use async_trait::async_trait;
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{Client, ClientId, ClientKind, Lifetimes},
    ports::Clients,
};

use crate::{
    SqliteStore,
    rows::{entity, known, millis, moment, parsed, span},
    schema::clients,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = clients, check_for_backend(diesel::sqlite::Sqlite))]
struct ClientRow {
    id: String,
    kind: String,
    secret_hash: Option<Vec<u8>>,
    access_lifetime_ms: i64,
    idle_lifetime_ms: i64,
    absolute_lifetime_ms: i64,
    enabled: bool,
    created_at: i64,
}

impl From<&Client> for ClientRow {
    fn from(client: &Client) -> Self {
        let kind = match client.kind {
            ClientKind::Confidential => CONFIDENTIAL,
            ClientKind::Public => PUBLIC,
        };
        Self {
            id: client.id.to_string(),
            kind: kind.to_owned(),
            secret_hash: client.secret_hash.map(Vec::from),
            access_lifetime_ms: millis(client.lifetimes.access),
            idle_lifetime_ms: millis(client.lifetimes.idle),
            absolute_lifetime_ms: millis(client.lifetimes.absolute),
            enabled: client.enabled,
            created_at: client.created_at.unix_micros(),
        }
    }
}

impl TryFrom<ClientRow> for Client {
    type Error = Error;

    fn try_from(row: ClientRow) -> Result<Self> {
        let kind = match row.kind.as_str() {
            CONFIDENTIAL => Some(ClientKind::Confidential),
            PUBLIC => Some(ClientKind::Public),
            _ => None,
        };
        let secret_hash = row
            .secret_hash
            .map(|it| known(it.try_into().ok(), "clients.secret_hash"));
        Ok(Self {
            id: parsed(&row.id, "clients.id")?,
            kind: known(kind, "clients.kind")?,
            secret_hash: secret_hash.transpose()?,
            lifetimes: Lifetimes {
                access: span(row.access_lifetime_ms, "clients.access_lifetime_ms")?,
                idle: span(row.idle_lifetime_ms, "clients.idle_lifetime_ms")?,
                absolute: span(row.absolute_lifetime_ms, "clients.absolute_lifetime_ms")?,
            },
            enabled: row.enabled,
            created_at: moment(row.created_at, "clients.created_at")?,
        })
    }
}

const CONFIDENTIAL: &str = "confidential";
const PUBLIC: &str = "public";

/// Stores a new client.
pub(crate) fn add(sqlite: &mut SqliteConnection, client: &Client) -> QueryResult<usize> {
    diesel::insert_into(clients::table)
        .values(ClientRow::from(client))
        .execute(sqlite)
}

#[async_trait]
impl Clients for SqliteStore {
    async fn client(&self, id: &ClientId) -> Result<Option<Client>> {
        let id = id.to_string();
        let row = self
            .pool
            .query(move |sqlite| {
                clients::table
                    .find(&id)
                    .select(ClientRow::as_select())
                    .first(sqlite)
                    .optional()
            })
            .await?;
        entity(row)
    }
}
