use std::sync::Arc;

use adapters_postgres::PostgresStore;
use diesel::connection::SimpleConnection as _;
use domain::{
    model::{AuditAction, Session, Success},
    ports::{Sessions as _, Tenants as _},
};
use testkit::{
    at, audit, founding,
    postgres::{Server, database},
    session,
};

use crate::{conformance, crash, is_unavailable, migrated, psql, settings, wait_for};

/// A sign-in of a person, stored.
async fn signed_in(store: &PostgresStore) -> Session {
    let founding = founding();
    assert!(store.initialize(&founding).await.unwrap());
    let session = session(&founding.administrator, at(1));
    let event = audit(AuditAction::SignedIn, &founding.administrator, at(1));
    assert!(
        store
            .open(&session, &event, &Success::default())
            .await
            .unwrap()
    );
    session
}

async fn stored(store: &PostgresStore, session: &Session) -> Session {
    store.session(session.id).await.unwrap().unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_25_a_refresh_that_fails_before_its_commit_uses_nothing_up() {
    for fault in [
        "RAISE EXCEPTION 'the commit fails'",
        "PERFORM pg_terminate_backend(pg_backend_pid())",
    ] {
        let database = database(migrated).await;
        let store = PostgresStore::connect(&settings(database.url()));
        let opened = signed_in(&store).await;
        let refreshed = opened.clone().rotated(at(60));
        let mut operator = psql(database.url());
        let at_commit = format!(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN {fault}; RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER fail AFTER UPDATE ON sessions DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION fail()"
        );

        operator.batch_execute(&at_commit).unwrap();
        let refused = store.refresh(&refreshed, opened.generation).await;

        assert!(is_unavailable(&refused), "{fault}");
        assert_eq!(stored(&store, &opened).await, opened, "{fault}");

        operator
            .batch_execute("DROP TRIGGER fail ON sessions")
            .unwrap();
        assert!(store.refresh(&refreshed, opened.generation).await.unwrap());
        assert_eq!(stored(&store, &opened).await, refreshed, "{fault}");
    }
}

/// The server waits, after it has committed, for a standby that never comes; the connection is cut then.
#[tokio::test(flavor = "multi_thread")]
async fn sec_25_a_refresh_whose_answer_is_lost_counts_once() {
    let server = Server::start();
    let url = server.url("postgres");
    migrated(url.clone()).await;
    let opened = signed_in(&PostgresStore::connect(&settings(&url))).await;
    let refreshed = opened.clone().rotated(at(60));
    for setting in [
        "wal_level = replica",
        "max_wal_senders = 1",
        "synchronous_standby_names = 'nobody'",
        "synchronous_commit = on",
    ] {
        let sql = format!("ALTER SYSTEM SET {setting}");
        psql(&url).batch_execute(&sql).unwrap();
    }
    crash(&server);
    server.start_again();
    let store = Arc::new(PostgresStore::connect(&settings(&url)));

    let refreshing = tokio::spawn({
        let (store, refreshed) = (Arc::clone(&store), refreshed.clone());
        async move { store.refresh(&refreshed, 0).await }
    });
    let mut operator = psql(&url);
    let waiting = "(SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep')";
    wait_for(&mut operator, 1, waiting);
    operator
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
        )
        .unwrap();

    // The store asks again on another connection, and finds it done.
    assert!(!refreshing.await.unwrap().unwrap());
    assert_eq!(stored(&store, &opened).await, refreshed);
}

#[test]
fn sec_24_random_walks_find_no_difference_from_the_model() {
    testkit::refresh_protocol::walk(48, 40, conformance::fresh);
}
