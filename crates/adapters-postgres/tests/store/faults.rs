use std::{process::Command, sync::Arc, time::Duration};

use adapters_postgres::{PostgresStore, Settings, migrate, pending};
use diesel::{connection::SimpleConnection as _, dsl::sql, prelude::*, sql_types::Integer};
use domain::{
    Error, Result,
    model::{AuditAction, MailKind, MailState},
    ports::{Outbox as _, Tenants as _},
};
use testkit::{
    at, audit, founding, mailing,
    postgres::{Server, database},
    tenant, user,
};

use crate::{crash, is_unavailable, migrated, psql, settings, wait_for};

const SHORT: Duration = Duration::from_millis(300);

async fn server() -> (Server, Settings) {
    let server = Server::start();
    let url = server.url("postgres");
    migrated(url.clone()).await;
    (server, settings(&url))
}

async fn write(store: &PostgresStore, short_name: &str) -> Result<()> {
    let tenant = tenant(short_name);
    let audit = audit(
        AuditAction::TenantCreated,
        &user(&tenant, "anna"),
        tenant.created_at,
    );
    store.add_tenant(&tenant, &audit).await
}

const WAITING: &str = "(SELECT count(*) FROM pg_locks WHERE NOT granted)";

#[tokio::test(flavor = "multi_thread")]
async fn rel_03_a_full_pool_refuses_in_time_and_heals() {
    let (server, settings) = server().await;
    let store = Arc::new(PostgresStore::connect(&Settings {
        pool_max: 1,
        acquire_timeout: SHORT,
        ..settings
    }));
    let mut other = psql(&server.url("postgres"));
    other.batch_execute("BEGIN; LOCK TABLE tenants").unwrap();
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.all_tenants().await }
    });
    wait_for(&mut psql(&server.url("postgres")), 1, WAITING);

    let refused = store.all_tenants().await;
    assert!(matches!(refused, Err(Error::Overloaded { .. })));

    other.batch_execute("COMMIT").unwrap();
    assert!(waiting.await.unwrap().is_ok());
    assert!(store.all_tenants().await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_02_a_frozen_server_is_given_up_by_our_own_deadline() {
    let (server, settings) = server().await;
    let store = PostgresStore::connect(&Settings {
        pool_max: 1,
        acquire_timeout: Duration::from_secs(5),
        statement_timeout: SHORT,
        ..settings
    });
    store.all_tenants().await.unwrap();
    let backends = "(SELECT max(pid) FROM pg_stat_activity WHERE query LIKE '%\"tenants\"%' AND pid <> pg_backend_pid())";
    let backend: i32 = diesel::select(sql::<Integer>(backends))
        .get_result(&mut psql(&server.url("postgres")))
        .unwrap();
    let signal = |name: &str| {
        let mut kill = Command::new("kill");
        assert!(
            kill.args([name, &backend.to_string()])
                .status()
                .unwrap()
                .success()
        );
    };

    signal("-STOP");
    let outcome = store.all_tenants().await;
    signal("-CONT");

    assert!(is_unavailable(&outcome));
    assert!(store.all_tenants().await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_04_a_store_of_an_absent_server_is_unavailable_until_it_comes() {
    let (server, settings) = server().await;
    crash(&server);
    let connect = |acquire_timeout| {
        PostgresStore::connect(&Settings {
            acquire_timeout,
            ..settings.clone()
        })
    };
    let (impatient, patient) = (connect(SHORT), connect(settings.acquire_timeout));

    assert!(is_unavailable(&impatient.all_tenants().await));
    assert!(is_unavailable(&write(&impatient, "acme").await));

    server.start_again();
    patient.all_tenants().await.unwrap();
    assert!(write(&patient, "acme").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_01_after_a_restart_no_dead_connection_is_handed_out() {
    let (server, settings) = server().await;
    let store = PostgresStore::connect(&Settings {
        pool_min: 4,
        ..settings
    });
    store.all_tenants().await.unwrap();
    let ours = "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())";
    wait_for(&mut psql(&server.url("postgres")), 4, ours);

    crash(&server);
    server.start_again();
    write(&store, "acme").await.unwrap();

    crash(&server);
    server.start_again();
    assert_eq!(store.all_tenants().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_21_a_connection_that_takes_no_writes_is_given_up() {
    let (server, settings) = server().await;
    let store = PostgresStore::connect(&settings);
    let mut operator = psql(&server.url("postgres"));
    let read_only = "ALTER DATABASE postgres SET default_transaction_read_only";

    operator
        .batch_execute(&format!("{read_only} = on"))
        .unwrap();
    assert!(is_unavailable(&write(&store, "acme").await));

    operator
        .batch_execute(&format!("{read_only} = off"))
        .unwrap();
    write(&store, "acme").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_statement_cache_nothing_is_left_on_the_connection() {
    let database = database(migrated).await;
    let store = PostgresStore::connect(&Settings {
        pool_max: 1,
        lock_timeout: SHORT,
        statement_cache: false,
        ..settings(database.url())
    });
    write(&store, "acme").await.unwrap();
    store.all_tenants().await.unwrap();

    let mut other = psql(database.url());
    other.batch_execute("BEGIN; LOCK TABLE tenants").unwrap();
    assert!(is_unavailable(&write(&store, "corp").await));
    other.batch_execute("COMMIT").unwrap();
    assert!(write(&store, "corp").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_value_that_cannot_be_read_is_unavailable() {
    let database = database(migrated).await;
    let store = PostgresStore::connect(&settings(database.url()));
    write(&store, "acme").await.unwrap();

    psql(database.url())
        .batch_execute("UPDATE tenants SET short_name = ''")
        .unwrap();

    assert!(is_unavailable(&store.all_tenants().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_07_an_order_that_cannot_be_read_neither_holds_up_nor_hides_the_others() {
    let database = database(migrated).await;
    let store = PostgresStore::connect(&settings(database.url()));
    let mut founding = founding();
    let [broken, whole] = [MailKind::Invitation, MailKind::Confirmation]
        .map(|kind| mailing(&founding.administrator, kind, at(0)));
    founding.mail = vec![broken, whole.clone()];
    store.initialize(&founding).await.unwrap();

    psql(database.url())
        .batch_execute("UPDATE mail_orders SET recipient = '' WHERE kind = 'invitation'")
        .unwrap();
    let leased = store.lease(at(1), SHORT, 10).await.unwrap();

    let ids: Vec<_> = leased.iter().map(|it| it.id).collect();
    assert_eq!(ids, [whole.order.id]);
    let waiting = store.mail_in_state(MailState::Waiting, 10).await.unwrap();
    assert_eq!(waiting, leased);
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_43_a_connection_error_quotes_nothing_of_the_url() {
    for (url, complaint) in [
        (
            "postgres://anna:s3cr%zzet@localhost/db",
            "invalid percent-encoded token",
        ),
        (
            "postgres://anna:pa55/s3cret@localhost/db",
            "invalid integer value",
        ),
    ] {
        let settings = Settings {
            acquire_timeout: SHORT,
            ..settings(url)
        };

        for refused in [
            PostgresStore::connect(&settings).all_tenants().await.err(),
            migrate(&settings, SHORT).await.err(),
            pending(&settings).await.err(),
        ] {
            let refused = format!("{:?}", refused.unwrap());
            assert!(refused.contains(complaint), "{refused}");
            for secret in ["s3cr", "et", "pa55"] {
                assert!(!refused.contains(secret), "{refused}");
            }
        }
    }
}
