use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{OneTimeToken, OneTimeTokenId, TenantId, Timestamp, TokenPurpose, User, UserId},
    ports::{Effects, OneTimeTokens},
};
use uuid::Uuid;

use crate::{
    PostgresStore, outbox,
    rows::{entity, known, parsed},
    schema::one_time_tokens,
    users,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = one_time_tokens, check_for_backend(diesel::pg::Pg))]
struct OneTimeTokenRow {
    id: Uuid,
    purpose: String,
    tenant_id: Uuid,
    user_id: Uuid,
    email: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

impl From<&OneTimeToken> for OneTimeTokenRow {
    fn from(token: &OneTimeToken) -> Self {
        Self {
            id: token.id.uuid(),
            purpose: token.purpose.name().to_owned(),
            tenant_id: token.tenant.uuid(),
            user_id: token.user.uuid(),
            email: token.email.to_string(),
            created_at: token.created_at.utc(),
            expires_at: token.expires_at.utc(),
            used_at: token.used_at.map(Timestamp::utc),
        }
    }
}

impl TryFrom<OneTimeTokenRow> for OneTimeToken {
    type Error = Error;

    fn try_from(row: OneTimeTokenRow) -> Result<Self> {
        let purpose = TokenPurpose::named(&row.purpose);
        Ok(Self {
            id: OneTimeTokenId::from_uuid(row.id),
            purpose: known(purpose, "one_time_tokens.purpose")?,
            tenant: TenantId::from_uuid(row.tenant_id),
            user: UserId::from_uuid(row.user_id),
            email: parsed(&row.email, "one_time_tokens.email")?,
            created_at: Timestamp::new(row.created_at),
            expires_at: Timestamp::new(row.expires_at),
            used_at: row.used_at.map(Timestamp::new),
        })
    }
}

/// Stores new tokens.
pub(crate) fn add<'a>(
    pg: &mut PgConnection,
    tokens: impl Iterator<Item = &'a OneTimeToken>,
) -> QueryResult<usize> {
    let rows: Vec<_> = tokens.map(OneTimeTokenRow::from).collect();
    diesel::insert_into(one_time_tokens::table)
        .values(rows)
        .execute(pg)
}

/// Uses the user's unused tokens of these purposes up, the expired ones too: their mail may still wait.
pub(crate) fn void(
    pg: &mut PgConnection,
    user: &User,
    purposes: &[TokenPurpose],
    now: Timestamp,
) -> QueryResult<usize> {
    let purposes = purposes.iter().map(|it| it.name());
    let unused = one_time_tokens::table
        .filter(one_time_tokens::tenant_id.eq(user.tenant.uuid()))
        .filter(one_time_tokens::user_id.eq(user.id.uuid()))
        .filter(one_time_tokens::used_at.is_null());
    diesel::update(unused.filter(one_time_tokens::purpose.eq_any(purposes)))
        .set(one_time_tokens::used_at.eq(now.utc()))
        .execute(pg)
}

#[async_trait]
impl OneTimeTokens for PostgresStore {
    async fn one_time_token(&self, id: OneTimeTokenId) -> Result<Option<OneTimeToken>> {
        let row = self
            .pool
            .query(move |pg| {
                one_time_tokens::table
                    .find(id.uuid())
                    .select(OneTimeTokenRow::as_select())
                    .first(pg)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn prolong(&self, id: OneTimeTokenId, expires_at: Timestamp) -> Result<bool> {
        self.pool
            .transaction(move |pg| {
                let unused = one_time_tokens::table
                    .filter(one_time_tokens::id.eq(id.uuid()))
                    .filter(one_time_tokens::used_at.is_null());
                let prolonged = diesel::update(unused)
                    .set(one_time_tokens::expires_at.eq(expires_at.utc()))
                    .execute(pg)?;
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
            .transaction(move |pg| {
                // Before the tokens: each of two that are redeemed at once voids the other.
                users::lock(pg, user.tenant, user.id)?;
                let redeemed = diesel::update(
                    one_time_tokens::table
                        .filter(one_time_tokens::id.eq(token.id))
                        .filter(one_time_tokens::tenant_id.eq(token.tenant_id))
                        .filter(one_time_tokens::user_id.eq(token.user_id))
                        .filter(one_time_tokens::used_at.is_null())
                        .filter(one_time_tokens::expires_at.gt(now.utc())),
                )
                .set(one_time_tokens::used_at.eq(now.utc()))
                .execute(pg)?;
                if redeemed == 0 {
                    return Ok(false);
                }
                users::replace(pg, &user)?;
                void(pg, &user, &voids, now)?;
                outbox::store(pg, &effects)?;
                Ok(true)
            })
            .await
    }

    async fn purge_one_time_tokens(&self, before: Timestamp, limit: u32) -> Result<usize> {
        self.pool.purge(PURGE, before, limit).await
    }
}

const PURGE: &str = "
    DELETE FROM one_time_tokens WHERE id = ANY (ARRAY(
        SELECT id FROM one_time_tokens WHERE expires_at < $1 LIMIT $2
    ))";
