use async_trait::async_trait;
use diesel::{
    dsl::{exists, insert_into},
    prelude::*,
};
use domain::{
    Error, Result,
    model::{Attempt, Bucket, Spent, Success, ThrottleKey, Timestamp},
    ports::Throttle,
};

use crate::{
    SqliteStore,
    error::Failure,
    rows::{counted, entity, moment},
    schema::{familiar_places, throttle},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = throttle, check_for_backend(diesel::sqlite::Sqlite))]
struct SpentRow {
    count: i64,
    free_at: i64,
    expires_at: i64,
}

impl From<Spent> for SpentRow {
    fn from(spent: Spent) -> Self {
        Self {
            count: i64::from(spent.count),
            free_at: spent.free_at.unix_micros(),
            expires_at: spent.expires_at.unix_micros(),
        }
    }
}

impl TryFrom<SpentRow> for Spent {
    type Error = Error;

    fn try_from(row: SpentRow) -> Result<Self> {
        Ok(Self {
            count: counted(row.count, "throttle.count")?,
            free_at: moment(row.free_at, "throttle.free_at")?,
            expires_at: moment(row.expires_at, "throttle.expires_at")?,
        })
    }
}

/// Stores the success of an attempt.
pub(crate) fn succeed(
    sqlite: &mut SqliteConnection,
    now: Timestamp,
    success: &Success,
) -> Result<(), Failure> {
    for key in &success.cleared {
        diesel::delete(throttle::table.find(key.0.as_slice())).execute(sqlite)?;
    }
    for key in &success.returned {
        if let Some(spent) = read(sqlite, key)? {
            write(sqlite, key, spent.returned())?;
        }
    }
    if let Some(key) = &success.familiar {
        let expires_at = now.plus(Success::FAMILIAR).unix_micros();
        insert_into(familiar_places::table)
            .values((
                familiar_places::key.eq(key.0.as_slice()),
                familiar_places::expires_at.eq(expires_at),
            ))
            .on_conflict(familiar_places::key)
            .do_update()
            .set(familiar_places::expires_at.eq(expires_at))
            .execute(sqlite)?;
    }
    Ok(())
}

#[async_trait]
impl Throttle for SqliteStore {
    async fn attempt(&self, attempt: &Attempt) -> Result<bool> {
        let attempt = attempt.clone();
        self.pool
            .transaction(move |sqlite| {
                let marks = attempt.familiar.iter().flat_map(|it| &it.marks);
                let familiar = familiar_places::table
                    .filter(familiar_places::key.eq_any(marks.map(|it| it.0.as_slice())))
                    .filter(familiar_places::expires_at.gt(attempt.at.unix_micros()));
                let is_familiar: bool = diesel::select(exists(familiar)).get_result(sqlite)?;
                let own = attempt.familiar.map(|it| it.bucket).filter(|_| is_familiar);
                let own = own.map(|it| vec![it]);
                for Bucket { key, budget } in own.unwrap_or(attempt.buckets) {
                    let spent = budget.spend(read(sqlite, &key)?, attempt.at)?;
                    write(sqlite, &key, spent)?;
                }
                Ok(is_familiar)
            })
            .await
    }

    async fn succeed(&self, now: Timestamp, success: &Success) -> Result<()> {
        let success = success.clone();
        self.pool
            .transaction(move |sqlite| succeed(sqlite, now, &success))
            .await
    }

    async fn purge_throttle(&self, now: Timestamp, limit: u32) -> Result<usize> {
        let attempts = self.pool.purge(PURGE, now, limit).await?;
        Ok(attempts + self.pool.purge(PURGE_PLACES, now, limit).await?)
    }
}

fn read(sqlite: &mut SqliteConnection, key: &ThrottleKey) -> Result<Option<Spent>, Failure> {
    let row = throttle::table
        .find(key.0.as_slice())
        .select(SpentRow::as_select())
        .first(sqlite)
        .optional()?;
    Ok(entity(row)?)
}

fn write(sqlite: &mut SqliteConnection, key: &ThrottleKey, spent: Spent) -> Result<(), Failure> {
    let row = SpentRow::from(spent);
    insert_into(throttle::table)
        .values((throttle::key.eq(key.0.as_slice()), &row))
        .on_conflict(throttle::key)
        .do_update()
        .set(&row)
        .execute(sqlite)?;
    Ok(())
}

const PURGE: &str = "
    DELETE FROM throttle WHERE key IN (SELECT key FROM throttle WHERE expires_at <= ?1 LIMIT ?2)";
const PURGE_PLACES: &str = "
    DELETE FROM familiar_places
    WHERE key IN (SELECT key FROM familiar_places WHERE expires_at <= ?1 LIMIT ?2)";
