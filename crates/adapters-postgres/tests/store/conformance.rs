use adapters_postgres::PostgresStore;
use testkit::{TestStore, postgres::database};

use crate::{migrated, settings};

pub(crate) async fn fresh() -> TestStore {
    let database = database(migrated).await;
    let store = PostgresStore::connect(&settings(database.url()));
    TestStore::new(store, database)
}

testkit::conformance!(fresh);
