//! Where a server lives.

use std::{
    fs,
    path::{Path, PathBuf},
};

use data_encoding::BASE64;
use tempfile::TempDir;
use testkit::postgres::TestDatabase;
use wiring::settings::{Settings, Sources};

use crate::people::{CLIENT_ID, CLIENT_SECRET, PASSWORD};

pub(crate) const PUBLIC_URL: &str = "https://members.example.com";
pub(crate) const ZENDESK_SECRET: &str = "the shared secret of the support desk";

/// The database that a test runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// What outlives a server: its files, its database, and the settings that name them.
pub(crate) struct Home {
    folder: TempDir,
    _database: Option<TestDatabase>,
    environment: Vec<(String, String)>,
}

impl Home {
    pub(crate) async fn new(on: Backend) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("master"), BASE64.encode(&[7; 32])).unwrap();
        let database = match on {
            Backend::Sqlite => None,
            Backend::Postgres => Some(testkit::postgres::database(migrate).await),
        };
        let environment = match &database {
            None => environment(
                folder.path(),
                &format!("sqlite://{}/membership.db", folder.path().display()),
            ),
            Some(database) => environment(folder.path(), database.url()),
        };
        Self {
            folder,
            _database: database,
            environment,
        }
    }

    /// The same with other settings, by the name of the environment without its prefix.
    pub(crate) async fn with(on: Backend, settings: &[(&str, &str)]) -> Self {
        let mut home = Self::new(on).await;
        for (name, value) in settings {
            let name = format!("MEMBERSHIP__{name}");
            home.environment.retain(|(other, _)| *other != name);
            home.environment.push((name, (*value).to_owned()));
        }
        home
    }

    /// The settings of a process that serves this home.
    pub(crate) fn settings(&self) -> Settings {
        load(self.folder(), &self.environment)
    }

    /// The same as the environment of a process.
    pub(crate) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn mailbox(&self) -> PathBuf {
        self.folder.path().join("mailbox")
    }
}

fn environment(folder: &Path, database: &str) -> Vec<(String, String)> {
    let path = |name: &str| folder.join(name).display().to_string();
    let settings = [
        ("SERVER__BIND", "127.0.0.1:0"),
        ("SERVER__PUBLIC_URL", PUBLIC_URL),
        ("SERVER__WORKERS", "2"),
        ("MANAGEMENT__BIND", "127.0.0.1:0"),
        ("SHUTDOWN__DRAIN_DELAY", "0s"),
        ("DATABASE__URL", database),
        ("DATABASE__POOL_MAX", "4"),
        ("LOG__LEVEL", "warn"),
        ("MAIL__URL", &format!("mailbox://{}", path("mailbox"))),
        ("ZENDESK__SECRET", ZENDESK_SECRET),
        ("KEYS__MASTER_FILE", &path("master")),
        ("BOOTSTRAP__TENANT_NAME", "Test Ltd"),
        ("BOOTSTRAP__TENANT", "test"),
        ("BOOTSTRAP__USERNAME", "master"),
        ("BOOTSTRAP__EMAIL", "master@testing.example.com"),
        ("BOOTSTRAP__PASSWORD", PASSWORD),
        ("BOOTSTRAP__CLIENT_ID", CLIENT_ID),
        ("BOOTSTRAP__CLIENT_SECRET", CLIENT_SECRET),
        ("PASSWORD__BCRYPT_COST", "10"),
        ("PASSWORD__QUEUE_TIMEOUT", "10s"),
        // The tests are one source, and not what limits are for; those of limits have the usual ones.
        ("RATELIMIT__PER_ACCOUNT", "100000/min"),
        ("RATELIMIT__LOGIN_PER_IP", "100000/min"),
        ("RATELIMIT__ANONYMOUS_PER_USER", "100000/min"),
        ("RATELIMIT__ANONYMOUS_PER_IP", "100000/min"),
    ];
    settings
        .map(|(name, value)| (format!("MEMBERSHIP__{name}"), value.to_owned()))
        .into()
}

fn load(folder: &Path, environment: &[(String, String)]) -> Settings {
    let loaded = Settings::load(&Sources::new(folder, environment.iter().cloned()));
    loaded
        .unwrap_or_else(|problems| panic!("{problems:?}"))
        .settings
}

async fn migrate(url: String) {
    let nowhere = Path::new("/nowhere");
    wiring::migrate(&load(nowhere, &environment(nowhere, &url)))
        .await
        .unwrap();
}
