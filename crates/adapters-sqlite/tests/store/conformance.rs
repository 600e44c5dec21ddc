use adapters_sqlite::SqliteStore;
use testkit::TestStore;

use crate::settings;

pub(crate) async fn fresh() -> TestStore {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&settings(folder.path())).await.unwrap();
    TestStore::new(store, folder)
}

testkit::conformance!(fresh);
