//! The time at the database.

use diesel::{dsl::sql, prelude::*, sql_types::BigInt};
use domain::ports::DatabaseClock as _;

use crate::{migrated, psql, settings};

#[tokio::test(flavor = "multi_thread")]
async fn rel_19_the_database_tells_its_own_time() {
    let database = testkit::postgres::database(migrated).await;
    let store = adapters_postgres::PostgresStore::connect(&settings(database.url()));
    let mut pg = psql(database.url());
    let mut by_hand = || {
        let micros = sql::<BigInt>("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
        diesel::select(micros).get_result::<i64>(&mut pg).unwrap()
    };

    let before = by_hand();
    let told = store.database_time().await.unwrap().unwrap();
    let after = by_hand();

    assert!((before..=after).contains(&told.unix_micros()));
}
