//! A PostgreSQL for tests: one private server a process, started by the first test that asks, and a database for each
//! test, copied from a template that is migrated once.
//!
//! The server ends with the process, however that ends, and takes the databases along. It needs the server programs of
//! PostgreSQL 13 or later (`apt-get install postgresql`). `TEST_DATABASE_URL` names a server to use instead; its role
//! must be allowed to create databases, which are dropped at the end.

mod programs;
mod server;
mod watchdog;

use std::{
    hash::{BuildHasher as _, RandomState},
    path::PathBuf,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use tokio::sync::OnceCell;

pub use server::Server;
use watchdog::Watchdog;

/// A database of a test's own.
pub struct TestDatabase {
    url: String,
}

impl TestDatabase {
    /// For libpq.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// A new database as `migrate` leaves it, which is given the URL of an empty one. `migrate` runs once a process, so all
/// tests of one binary must pass the same.
pub async fn database(migrate: impl AsyncFnOnce(String)) -> TestDatabase {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let cluster = Cluster::of_this_process();
    let template = TEMPLATE
        .get_or_init(async || {
            let name = cluster.new_name();
            cluster.sql(&format!("CREATE DATABASE {name} TEMPLATE template0"));
            migrate(cluster.url(&name)).await;
            cluster.close(&name);
            name
        })
        .await;
    let name = cluster.new_name();
    let strategy = cluster.copy_strategy;
    cluster.sql(&format!(
        "CREATE DATABASE {name} TEMPLATE {template} {strategy}"
    ));
    TestDatabase {
        url: cluster.url(&name),
    }
}

/// Where the databases of this process are made.
struct Cluster {
    psql: PathBuf,
    place: Place,
    /// What the names of this process's databases begin with.
    prefix: String,
    copy_strategy: &'static str,
}

enum Place {
    Private(Server),
    /// By the URL of a server that was there before.
    Existing(
        String,
        #[expect(dead_code, reason = "held while the process runs")] Watchdog,
    ),
}

impl Cluster {
    fn of_this_process() -> &'static Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        CLUSTER.get_or_init(|| {
            let chance = RandomState::new().hash_one(std::process::id());
            let prefix = format!("membership_test_{chance:016x}_");
            let (psql, place) = if let Some(url) = existing_server() {
                let psql = programs::psql(None);
                let watchdog = Watchdog::dropping_databases(&psql, &url, &prefix);
                (psql, Place::Existing(url, watchdog))
            } else {
                let server = Server::start();
                (server.psql(), Place::Private(server))
            };
            let mut cluster = Self {
                psql,
                place,
                prefix,
                copy_strategy: "",
            };
            let version: u32 = cluster.sql("SHOW server_version_num").parse().unwrap();
            if version >= 15_00_00 {
                cluster.copy_strategy = "STRATEGY file_copy";
            }
            cluster
        })
    }

    fn new_name(&self) -> String {
        static DATABASES: AtomicU32 = AtomicU32::new(0);
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        format!("{}{number}", self.prefix)
    }

    fn url(&self, database: &str) -> String {
        match &self.place {
            Place::Private(server) => server.url(database),
            Place::Existing(url, _) => with_database(url, database),
        }
    }

    fn sql(&self, sql: &str) -> String {
        let url = match &self.place {
            Place::Private(server) => server.url("postgres"),
            Place::Existing(url, _) => url.clone(),
        };
        programs::run_sql(&self.psql, &url, sql)
    }

    /// Nobody may be connected to a template while it is copied.
    fn close(&self, database: &str) {
        self.sql(&format!(
            "ALTER DATABASE {database} ALLOW_CONNECTIONS false"
        ));
        self.sql(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
        ));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the place of the tests is no setting of the service"
)]
fn existing_server() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok()
}

/// The URL with another database in its path.
fn with_database(url: &str, database: &str) -> String {
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (url, String::new()),
    };
    let (scheme, rest) = address
        .split_once("://")
        .expect("TEST_DATABASE_URL is a postgresql:// URL");
    let authority = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{authority}/{database}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fresh() -> TestDatabase {
        database(async |url| {
            run_sql(&url, "CREATE TABLE things (id int)");
        })
        .await
    }

    fn run_sql(url: &str, sql: &str) -> String {
        programs::run_sql(&Cluster::of_this_process().psql, url, sql)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_database_has_the_template_and_nothing_of_the_others() {
        let [one, other] = [fresh().await, fresh().await];

        run_sql(one.url(), "INSERT INTO things VALUES (1)");

        assert_eq!(run_sql(one.url(), "SELECT count(*) FROM things"), "1");
        assert_eq!(run_sql(other.url(), "SELECT count(*) FROM things"), "0");
    }

    #[test]
    fn a_url_keeps_all_but_its_database() {
        for (url, expected) in [
            (
                "postgresql://u:p@h:5432/postgres?sslmode=require",
                "postgresql://u:p@h:5432/new?sslmode=require",
            ),
            ("postgres://h", "postgres://h/new"),
            (
                "postgresql:///a?host=/run/x",
                "postgresql:///new?host=/run/x",
            ),
        ] {
            assert_eq!(with_database(url, "new"), expected);
        }
    }
}
