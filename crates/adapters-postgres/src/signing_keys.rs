use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{AuditEvent, KeyState, SigningKey, Timestamp},
    ports::SigningKeys,
};

use crate::{
    PostgresStore, audit,
    rows::{entities, known},
    schema::signing_keys,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, check_for_backend(diesel::pg::Pg))]
struct SigningKeyRow {
    id: String,
    algorithm: String,
    state: String,
    sealed_private: Vec<u8>,
    created_at: DateTime<Utc>,
    since: DateTime<Utc>,
}

impl From<&SigningKey> for SigningKeyRow {
    fn from(key: &SigningKey) -> Self {
        Self {
            id: key.id.clone(),
            algorithm: key.algorithm.clone(),
            state: key.state.name().to_owned(),
            sealed_private: key.sealed_private.clone(),
            created_at: key.created_at.utc(),
            since: key.since.utc(),
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
            created_at: Timestamp::new(row.created_at),
            since: Timestamp::new(row.since),
        })
    }
}

#[async_trait]
impl SigningKeys for PostgresStore {
    async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        let rows = self
            .pool
            .query(|pg| {
                signing_keys::table
                    .order((signing_keys::created_at, signing_keys::id))
                    .select(SigningKeyRow::as_select())
                    .load(pg)
            })
            .await?;
        entities(rows)
    }

    async fn add_signing_key(&self, key: &SigningKey) -> Result<bool> {
        let row = SigningKeyRow::from(key);
        self.pool
            .transaction(move |pg| {
                let added = diesel::insert_into(signing_keys::table)
                    .values(row)
                    .on_conflict_do_nothing()
                    .execute(pg)?;
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
            .transaction(move |pg| {
                let found: Vec<(String, String)> = signing_keys::table
                    .filter(signing_keys::state.ne(KeyState::Retired.name()))
                    .order(signing_keys::state)
                    .select((signing_keys::state, signing_keys::id))
                    .for_update()
                    .load(pg)?;
                let expected = [(KeyState::Current, &retired), (KeyState::Next, &current)]
                    .map(|(state, row)| (state.name().to_owned(), row.id.clone()));
                if found != expected {
                    return Ok(false);
                }
                // The one that retires first: there is one current key at any moment.
                for row in [retired, current] {
                    diesel::update(signing_keys::table.find(row.id))
                        .set((
                            signing_keys::state.eq(row.state),
                            signing_keys::since.eq(row.since),
                        ))
                        .execute(pg)?;
                }
                diesel::insert_into(signing_keys::table)
                    .values(next)
                    .execute(pg)?;
                audit::record(pg, &audit)?;
                Ok(true)
            })
            .await
    }

    async fn reseal_signing_key(&self, id: &str, from: &[u8], to: &[u8]) -> Result<()> {
        let (id, from, to) = (id.to_owned(), from.to_vec(), to.to_vec());
        self.pool
            .query(move |pg| {
                let as_read = signing_keys::sealed_private.eq(&from);
                diesel::update(signing_keys::table.find(&id).filter(as_read))
                    .set(signing_keys::sealed_private.eq(&to))
                    .execute(pg)
            })
            .await?;
        Ok(())
    }

    async fn drop_signing_key(&self, id: &str, audit: &AuditEvent) -> Result<bool> {
        let (id, audit) = (id.to_owned(), audit.clone());
        self.pool
            .transaction(move |pg| {
                let retired = signing_keys::state.eq(KeyState::Retired.name());
                let dropped =
                    diesel::delete(signing_keys::table.find(id).filter(retired)).execute(pg)?;
                if dropped == 1 {
                    audit::record(pg, &audit)?;
                }
                Ok(dropped == 1)
            })
            .await
    }

    async fn purge_signing_keys(&self, before: Timestamp) -> Result<usize> {
        self.pool
            .query(move |pg| {
                let retired = signing_keys::state.eq(KeyState::Retired.name());
                let long_ago = signing_keys::since.le(before.utc());
                diesel::delete(signing_keys::table.filter(retired.and(long_ago))).execute(pg)
            })
            .await
    }
}
