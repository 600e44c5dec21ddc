use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Bytea, Double, Nullable, Timestamptz},
};
use domain::{
    Error, Result,
    model::{Attempt, Bucket, Budget, Success, ThrottleKey, Timestamp},
    ports::Throttle,
};

use crate::PostgresStore;

/// [`Budget::spend`] for all buckets of an attempt, in one statement and so in one commit. `free_at` and `expires_at` of
/// what is asked are those after a first attempt.
///
/// Rows are locked in the order of their keys, here and in [`SUCCEED`], and who holds one waits for nothing else: there is
/// no deadlock. What others do at the same moment is not in `refused`, but in the row that `ON CONFLICT` finds.
const ATTEMPT: &str = "
    WITH asked AS MATERIALIZED (
        SELECT *
        FROM unnest($2, $3, $4, $5, $6, $7) AS it (key, familiar, allowed, rising, free_at, expires_at)
        WHERE familiar = EXISTS (SELECT FROM familiar_places AS place WHERE place.key = ANY ($8) AND place.expires_at > $1)
    ), refused AS (
        SELECT max(free_at) AS until FROM throttle WHERE key IN (SELECT key FROM asked) AND free_at > $1
    ), spent AS (
        INSERT INTO throttle AS it (key, count, free_at, expires_at)
        SELECT key, 1, free_at, expires_at FROM asked
        WHERE (SELECT until IS NULL FROM refused)
        ORDER BY key
        ON CONFLICT (key) DO UPDATE SET (count, free_at, expires_at) = (
            SELECT
                count,
                CASE
                    WHEN count < allowed THEN 'epoch'
                    WHEN rising THEN $1 + make_interval(secs => least($9 * (1 << least(count - allowed, 16)::int), $10))
                    ELSE expires_at
                END,
                expires_at
            FROM (
                SELECT
                    allowed,
                    rising,
                    CASE WHEN it.expires_at > $1 THEN it.count + 1 ELSE 1 END AS count,
                    CASE WHEN it.expires_at > $1 AND NOT rising THEN it.expires_at ELSE excluded.expires_at END AS expires_at
                FROM asked
                WHERE asked.key = excluded.key
            ) AS after
        )
        WHERE it.free_at <= $1
        RETURNING key
    )
    SELECT
        (SELECT until FROM refused) AS refused_until,
        count(*) = (SELECT count(*) FROM spent) AS is_let_through,
        coalesce(bool_or(familiar), false) AS is_familiar
    FROM asked";

const SUCCEED: &str = "
    WITH held AS MATERIALIZED (
        SELECT key FROM throttle WHERE key = ANY ($1) OR key = ANY ($2) ORDER BY key FOR UPDATE
    ), cleared AS (
        DELETE FROM throttle USING held WHERE throttle.key = held.key AND held.key = ANY ($1)
    ), returned AS (
        UPDATE throttle SET count = greatest(count - 1, 0), free_at = 'epoch'
        FROM held WHERE throttle.key = held.key AND held.key = ANY ($2)
    )
    INSERT INTO familiar_places AS place (key, expires_at) SELECT unnest($3), $4
    ON CONFLICT (key) DO UPDATE SET expires_at = greatest(place.expires_at, excluded.expires_at)";

// Skips what is in use: it waits for nobody.
const PURGE: &str = "
    DELETE FROM throttle WHERE key = ANY (ARRAY(
        SELECT key FROM throttle WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED
    ))";
const PURGE_PLACES: &str = "
    DELETE FROM familiar_places WHERE key = ANY (ARRAY(
        SELECT key FROM familiar_places WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED
    ))";

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    refused_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    is_let_through: bool,
    #[diesel(sql_type = Bool)]
    is_familiar: bool,
}

/// The columns of what is asked.
#[derive(Default)]
struct Asked {
    keys: Vec<Vec<u8>>,
    familiar: Vec<bool>,
    allowed: Vec<i64>,
    rising: Vec<bool>,
    free_at: Vec<DateTime<Utc>>,
    expires_at: Vec<DateTime<Utc>>,
    marks: Vec<Vec<u8>>,
}

impl Asked {
    fn of(attempt: &Attempt) -> Result<Self> {
        let mut asked = Self::default();
        if let Some(familiar) = &attempt.familiar {
            asked.marks = bytes(&familiar.marks);
            asked.add(&familiar.bucket, true, attempt.at)?;
        }
        for bucket in &attempt.buckets {
            asked.add(bucket, false, attempt.at)?;
        }
        Ok(asked)
    }

    fn add(&mut self, bucket: &Bucket, familiar: bool, at: Timestamp) -> Result<()> {
        let first = bucket.budget.spend(None, at)?;
        self.keys.push(bucket.key.0.to_vec());
        self.familiar.push(familiar);
        self.allowed.push(i64::from(bucket.budget.rate().count));
        self.rising.push(matches!(bucket.budget, Budget::Rising(_)));
        self.free_at.push(first.free_at.utc());
        self.expires_at.push(first.expires_at.utc());
        Ok(())
    }
}

/// Stores the success of an attempt. In a transaction it must come last.
pub(crate) fn succeed(
    pg: &mut PgConnection,
    now: Timestamp,
    success: &Success,
) -> QueryResult<usize> {
    sql_query(SUCCEED)
        .bind::<Array<Bytea>, _>(bytes(&success.cleared))
        .bind::<Array<Bytea>, _>(bytes(&success.returned))
        .bind::<Array<Bytea>, _>(bytes(success.familiar.as_slice()))
        .bind::<Timestamptz, _>(now.plus(Success::FAMILIAR).utc())
        .execute(pg)
}

#[async_trait]
impl Throttle for PostgresStore {
    async fn attempt(&self, attempt: &Attempt) -> Result<bool> {
        let (at, asked) = (attempt.at.utc(), Asked::of(attempt)?);
        let counted: Counted = self
            .pool
            .query(move |pg| {
                sql_query(ATTEMPT)
                    .bind::<Timestamptz, _>(at)
                    .bind::<Array<Bytea>, _>(&asked.keys)
                    .bind::<Array<Bool>, _>(&asked.familiar)
                    .bind::<Array<BigInt>, _>(&asked.allowed)
                    .bind::<Array<Bool>, _>(&asked.rising)
                    .bind::<Array<Timestamptz>, _>(&asked.free_at)
                    .bind::<Array<Timestamptz>, _>(&asked.expires_at)
                    .bind::<Array<Bytea>, _>(&asked.marks)
                    .bind::<Double, _>(Budget::FIRST_WAIT.as_secs_f64())
                    .bind::<Double, _>(Budget::LONGEST_WAIT.as_secs_f64())
                    .get_result(pg)
            })
            .await?;
        match counted.refused_until {
            Some(until) => Err(Error::Throttled {
                retry_after: Timestamp::new(until).since(attempt.at),
            }),
            // Others came first while the statement ran.
            None if !counted.is_let_through => Err(Error::Throttled {
                retry_after: Budget::FIRST_WAIT,
            }),
            None => Ok(counted.is_familiar),
        }
    }

    async fn succeed(&self, now: Timestamp, success: &Success) -> Result<()> {
        let success = success.clone();
        self.pool
            .query(move |pg| succeed(pg, now, &success))
            .await?;
        Ok(())
    }

    async fn purge_throttle(&self, now: Timestamp, limit: u32) -> Result<usize> {
        let attempts = self.pool.purge(PURGE, now, limit).await?;
        Ok(attempts + self.pool.purge(PURGE_PLACES, now, limit).await?)
    }
}

fn bytes(keys: &[ThrottleKey]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.0.to_vec()).collect()
}
