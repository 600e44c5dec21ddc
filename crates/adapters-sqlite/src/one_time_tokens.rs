use async_trait::async_trait;
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{OneTimeToken, OneTimeTokenId, TenantId, Timestamp, TokenPurpose, User, UserId},
    ports::{Effects, OneTimeTokens},
};

use crate::{
    SqliteStore, outbox,
    rows::{Id, entity, known, moment, parsed},
    schema::one_time_tokens,
    users,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = one_time_tokens, check_for_backend(diesel::sqlite::Sqlite))]
struct OneTimeTokenRow {
    id: Id,
    purpose: String,
    tenant_id: Id,
    user_id: Id,
    email: String,
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
}

impl From<&OneTimeToken> for OneTimeTokenRow {
    fn from(token: &OneTimeToken) -> Self {
        Self {
            id: Id(token.id.uuid()),
            purpose: token.purpose.name().to_owned(),
            tenant_id: Id(token.tenant.uuid()),
            user_id: Id(token.user.uuid()),
            email: token.email.to_string(),
            created_at: token.created_at.unix_micros(),
            expires_at: token.expires_at.unix_micros(),
            used_at: token.used_at.map(Timestamp::unix_micros),
        }
    }
}

impl TryFrom<OneTimeTokenRow> for OneTimeToken {
    type Error = Error;

    fn try_from(row: OneTimeTokenRow) -> Result<Self> {
        let purpose = TokenPurpose::named(&row.purpose);
        Ok(Self {
            id: OneTimeTokenId::from_uuid(row.id.0),
            purpose: known(purpose, "one_time_tokens.purpose")?,
            tenant: TenantId::from_uuid(row.tenant_id.0),
            user: UserId::from_uuid(row.user_id.0),
            email: parsed(&row.email, "one_time_tokens.email")?,
            created_at: moment(row.created_at, "one_time_tokens.created_at")?,
            expires_at: moment(row.expires_at, "one_time_tokens.expires_at")?,
            used_at: row
                .used_at
                .map(|it| moment(it, "one_time_tokens.used_at"))
                .transpose()?,
        })
    }
}

/// Stores a new token.
pub(crate) fn add(sqlite: &mut SqliteConnection, token: &OneTimeToken) -> QueryResult<usize> {
    diesel::insert_into(one_time_tokens::table)
        .values(OneTimeTokenRow::from(token))
        .execute(sqlite)
}

/// Uses the user's unused tokens of these purposes up, the expired ones too: their mail may still wait.
pub(crate) fn void(
    sqlite: &mut SqliteConnection,
    user: &User,
    purposes: &[TokenPurpose],
    now: Timestamp,
) -> QueryResult<usize> {
    let purposes = purposes.iter().map(|it| it.name());
    let unused = one_time_tokens::table
        .filter(one_time_tokens::tenant_id.eq(Id(user.tenant.uuid())))
        .filter(one_time_tokens::user_id.eq(Id(user.id.uuid())))
        .filter(one_time_tokens::used_at.is_null());
    diesel::update(unused.filter(one_time_tokens::purpose.eq_any(purposes)))
        .set(one_time_tokens::used_at.eq(now.unix_micros()))
        .execute(sqlite)
}

#[async_trait]
impl OneTimeTokens for SqliteStore {
    async fn one_time_token(&self, id: OneTimeTokenId) -> Result<Option<OneTimeToken>> {
        let row = self
            .pool
            .query(move |sqlite| {
                one_time_tokens::table
                    .find(Id(id.uuid()))
                    .select(OneTimeTokenRow::as_select())
                    .first(sqlite)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn prolong(&self, id: OneTimeTokenId, expires_at: Timestamp) -> Result<bool> {
        self.pool
            .transaction(move |sqlite| {
                let unused = one_time_tokens::table
                    .filter(one_time_tokens::id.eq(Id(id.uuid())))
                    .filter(one_time_tokens::used_at.is_null());
                let prolonged = diesel::update(unused)
                    .set(one_time_tokens::expires_at.eq(expires_at.unix_micros()))
                    .execute(sqlite)?;
                Ok(prolonged == 1)
            })
            .await
    }

    async fn redeem(
        &self,
        token: &OneTimeToken,
        now: Timestamp,
        user: &User,
        voids: &[TokenPurpose],
        effects: &Effects,
    ) -> Result<bool> {
        if (token.tenant, token.user) != (user.tenant, user.id) {
            return Ok(false);
        }
        let token = OneTimeTokenRow::from(token);
        let (user, voids, effects) = (user.clone(), voids.to_vec(), effects.clone());
        self.pool
            .transaction(move |sqlite| {
                let redeemed = diesel::update(
                    one_time_tokens::table
                        .filter(one_time_tokens::id.eq(token.id))
                        .filter(one_time_tokens::tenant_id.eq(token.tenant_id))
                        .filter(one_time_tokens::user_id.eq(token.user_id))
                        .filter(one_time_tokens::used_at.is_null())
                        .filter(one_time_tokens::expires_at.gt(now.unix_micros())),
                )
                .set(one_time_tokens::used_at.eq(now.unix_micros()))
                .execute(sqlite)?;
                if redeemed == 0 {
                    return Ok(false);
                }
                users::replace(sqlite, &user)?;
                void(sqlite, &user, &voids, now)?;
                outbox::store(sqlite, &effects)?;
                Ok(true)
            })
            .await
    }

    async fn purge_one_time_tokens(&self, before: Timestamp, limit: u32) -> Result<usize> {
        self.pool.purge(PURGE, before, limit).await
    }
}

const PURGE: &str = "
    DELETE FROM one_time_tokens WHERE id IN (
        SELECT id FROM one_time_tokens WHERE expires_at < ?1 LIMIT ?2
    )";
