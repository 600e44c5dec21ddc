use std::time::Duration;

use adapters_sqlite::{Settings, SqliteStore};
use diesel::{connection::SimpleConnection as _, prelude::*};
use domain::{
    Error,
    model::{AuditAction, Session, Success},
    ports::{Sessions as _, Tenants as _},
};
use testkit::{at, audit, founding, session};

use crate::{conformance, settings};

/// `RAISE(FAIL)` leaves the row changed: it is our transaction that takes the change back.
const AFTER_THE_WRITE: [&str; 2] = [
    "CREATE TRIGGER fault AFTER UPDATE ON sessions BEGIN SELECT RAISE(FAIL, 'as a bad disk'); END",
    "DROP TRIGGER fault",
];

const INSTEAD_OF_THE_WRITE: [&str; 2] = ["BEGIN IMMEDIATE", "COMMIT"];

#[tokio::test(flavor = "multi_thread")]
async fn sec_25_a_refresh_that_fails_in_the_database_does_not_use_the_token_up() {
    for [fault, mended] in [AFTER_THE_WRITE, INSTEAD_OF_THE_WRITE] {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            busy_timeout: Duration::from_millis(300),
            ..settings(folder.path())
        };
        let (store, session, refreshed) = signed_in(&settings).await;
        let mut other = SqliteConnection::establish(settings.path.to_str().unwrap()).unwrap();

        other.batch_execute(fault).unwrap();
        let failed = store.refresh(&refreshed, session.generation).await;
        assert!(matches!(failed, Err(Error::Unavailable { .. })), "{fault}");
        assert_eq!(stored(&store, &session).await, session, "{fault}");

        other.batch_execute(mended).unwrap();
        let again = store.refresh(&refreshed, session.generation).await;
        assert!(again.unwrap(), "{fault}");
        assert_eq!(stored(&store, &session).await, refreshed, "{fault}");
    }
}

#[test]
fn sec_24_random_walks_find_no_difference_from_the_model() {
    testkit::refresh_protocol::walk(48, 40, conformance::fresh);
}

/// A store with one session, as it is and as a refresh makes it.
async fn signed_in(settings: &Settings) -> (SqliteStore, Session, Session) {
    let store = SqliteStore::open(settings).await.unwrap();
    let founding = founding();
    store.initialize(&founding).await.unwrap();
    let session = session(&founding.administrator, at(1));
    let event = audit(AuditAction::SignedIn, &founding.administrator, at(1));
    assert!(
        store
            .open(&session, &event, &Success::default())
            .await
            .unwrap()
    );
    let used = session.clone().used(at(2), &founding.client.lifetimes);
    (store, session, used.rotated(at(2)))
}

async fn stored(store: &SqliteStore, session: &Session) -> Session {
    store.session(session.id).await.unwrap().unwrap().0
}
