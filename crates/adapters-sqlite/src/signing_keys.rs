use async_trait::async_trait;
use diesel::{dsl::exists, prelude::*};
use domain::{
    Error, Result,
    model::{AuditEvent, KeyState, SigningKey, Timestamp},
    ports::SigningKeys,
};

use crate::{
    SqliteStore, audit,
    rows::{entities, known, moment},
    schema::signing_keys,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, check_for_backend(diesel::sqlite::Sqlite))]
struct SigningKeyRow {
    id: String,
    algorithm: String,
    state: String,
    sealed_private: Vec<u8>,
    created_at: i64,
    since: i64,
}

impl From<&SigningKey> for SigningKeyRow {
    fn from(key: &SigningKey) -> Self {
        Self {
            id: key.id.clone(),
            algorithm: key.algorithm.clone(),
            state: key.state.name().to_owned(),
            sealed_private: key.sealed_private.clone(),
            created_at: key.created_at.unix_micros(),
            since: key.since.unix_micros(),
        }
    }
}

impl TryFrom<SigningKeyRow> for SigningKey {
    type Error = Error;

    fn try_from(row: SigningKeyRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            algorithm: row.algorithm,
            state: known(KeyState::named(&row.state), "signing_keys.state")?,
            sealed_private: row.sealed_private,
            created_at: moment(row.created_at, "signing_keys.created_at")?,
            since: moment(row.since, "signing_keys.since")?,
        })
    }
}

#[async_trait]
impl SigningKeys for SqliteStore {
    async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        let rows = self
            .pool
            .query(|sqlite| {
                signing_keys::table
                    .order((signing_keys::created_at, signing_keys::id))
                    .select(SigningKeyRow::as_select())
                    .load(sqlite)
            })
            .await?;
        entities(rows)
    }

    async fn add_signing_key(&self, key: &SigningKey) -> Result<bool> {
        let row = SigningKeyRow::from(key);
        self.pool
            .transaction(move |sqlite| {
                let added = diesel::insert_into(signing_keys::table)
                    .values(row)
                    .on_conflict_do_nothing()
                    .execute(sqlite)?;
                Ok(added == 1)
            })
            .await
    }

    async fn rotate_signing_keys(
        &self,
        retired: &SigningKey,
        current: &SigningKey,
        next: &SigningKey,
        audit: &AuditEvent,
    ) -> Result<bool> {
        let [retired, current, next] = [retired, current, next].map(SigningKeyRow::from);
        let audit = audit.clone();
        self.pool
            .transaction(move |sqlite| {
                let as_read = is_in_state(sqlite, &retired.id, KeyState::Current)?
                    && is_in_state(sqlite, &current.id, KeyState::Next)?;
                if !as_read {
                    return Ok(false);
                }
                // In this order: there is never a second current key, nor a second next one.
                for key in [retired, current] {
                    diesel::update(signing_keys::table.find(key.id))
                        .set((
                            signing_keys::state.eq(key.state),
                            signing_keys::since.eq(key.since),
                        ))
                        .execute(sqlite)?;
                }
                diesel::insert_into(signing_keys::table)
                    .values(next)
                    .execute(sqlite)?;
                audit::record(sqlite, &audit)?;
                Ok(true)
            })
            .await
    }

    async fn reseal_signing_key(&self, id: &str, from: &[u8], to: &[u8]) -> Result<()> {
        let (id, from, to) = (id.to_owned(), from.to_vec(), to.to_vec());
        self.pool
            .transaction(move |sqlite| {
                let as_read = signing_keys::table
                    .find(id)
                    .filter(signing_keys::sealed_private.eq(from));
                diesel::update(as_read)
                    .set(signing_keys::sealed_private.eq(to))
                    .execute(sqlite)?;
                Ok(())
            })
            .await
    }

    async fn drop_signing_key(&self, id: &str, audit: &AuditEvent) -> Result<bool> {
        let id = id.to_owned();
        let audit = audit.clone();
        self.pool
            .transaction(move |sqlite| {
                let retired = signing_keys::table
                    .find(id)
                    .filter(signing_keys::state.eq(KeyState::Retired.name()));
                let dropped = diesel::delete(retired).execute(sqlite)?;
                if dropped == 1 {
                    audit::record(sqlite, &audit)?;
                }
                Ok(dropped == 1)
            })
            .await
    }

    async fn purge_signing_keys(&self, before: Timestamp) -> Result<usize> {
        self.pool
            .transaction(move |sqlite| {
                let over = signing_keys::table
                    .filter(signing_keys::state.eq(KeyState::Retired.name()))
                    .filter(signing_keys::since.le(before.unix_micros()));
                Ok(diesel::delete(over).execute(sqlite)?)
            })
            .await
    }
}

fn is_in_state(sqlite: &mut SqliteConnection, id: &str, state: KeyState) -> QueryResult<bool> {
    let found = signing_keys::table
        .find(id)
        .filter(signing_keys::state.eq(state.name()));
    diesel::select(exists(found)).get_result(sqlite)
}
