use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{KeyState, SigningKey, Timestamp},
    ports::SigningKeys,
};

use crate::{
    PostgresStore,
    rows::{entities, known},
    schema::signing_keys,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, check_for_backend(diesel::pg::Pg))]
struct SigningKeyRow {
    id: String,
    algorithm: String,
    state: String,
    public_jwk: String,
    sealed_private: Vec<u8>,
    created_at: DateTime<Utc>,
}

impl From<&SigningKey> for SigningKeyRow {
    fn from(key: &SigningKey) -> Self {
        Self {
            id: key.id.clone(),
            algorithm: key.algorithm.clone(),
            state: key.state.name().to_owned(),
            public_jwk: key.public_jwk.clone(),
            sealed_private: key.sealed_private.clone(),
            created_at: key.created_at.utc(),
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
            public_jwk: row.public_jwk,
            sealed_private: row.sealed_private,
            created_at: Timestamp::new(row.created_at),
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
}
