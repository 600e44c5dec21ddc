//! Where the jobs of a test run.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use domain::Membership;
use tempfile::TempDir;
use testkit::postgres::TestDatabase;
use wiring::settings::{Settings, Sources};

pub(crate) const CLIENT_SECRET: &str = "a secret of thirty-two characters";

/// Master keys, as lines of their file.
pub(crate) const FIRST_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n";
pub(crate) const SECOND_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

/// An initialised instance whose administrator is invited by mail.
pub(crate) struct Installation {
    folder: TempDir,
    _database: Option<TestDatabase>,
    settings: Vec<(&'static str, String)>,
}

impl Installation {
    pub(crate) fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/membership.db", folder.path().display());
        Self::initialized(folder, None, &url)
    }

    pub(crate) async fn on_postgres() -> Self {
        let database = testkit::postgres::database(migrate).await;
        let url = database.url().to_owned();
        Self::initialized(tempfile::tempdir().unwrap(), Some(database), &url)
    }

    fn initialized(folder: TempDir, database: Option<TestDatabase>, url: &str) -> Self {
        let installation = Self {
            settings: settings(folder.path(), url),
            folder,
            _database: database,
        };
        installation.write_master_keys(FIRST_KEY);
        let initialized = installation.printed(&["initialize"]);
        assert!(initialized.contains("CLIENT_ID='canopy'"), "{initialized}");
        installation
    }

    pub(crate) fn write_master_keys(&self, lines: &str) {
        let file = self.folder.path().join("master.keys");
        fs::write(&file, lines).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// What a job that succeeds prints.
    pub(crate) fn printed(&self, arguments: &[&str]) -> String {
        printed(&self.run(arguments))
    }

    /// Why a job fails, in the one line it says so.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(output.stdout, b"", "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told.lines().count(), 1, "{told}");
        let reason = told.trim_end().strip_prefix("membership-jobs: ");
        reason.unwrap_or_else(|| panic!("{told}")).to_owned()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let settings = self
            .settings
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        jobs(self.folder.path(), arguments, settings)
    }

    /// The services over the same database, as a server in this process has them. On SQLite no job runs beside them.
    pub(crate) async fn membership(&self) -> Membership {
        let loaded = Settings::load(&Sources::new(
            self.folder.path(),
            self.settings.iter().cloned(),
        ));
        let settings = loaded
            .unwrap_or_else(|problems| panic!("{problems:?}"))
            .settings;
        wiring::assemble(&settings).await.unwrap()
    }
}

/// Runs `membership-jobs` in that folder, with nothing in its environment but the settings.
pub(crate) fn jobs<'a>(
    folder: &Path,
    arguments: &[&str],
    settings: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Output {
    Command::new(env!("CARGO_BIN_EXE_membership-jobs"))
        .args(arguments)
        .env_clear()
        .envs(settings)
        .current_dir(folder)
        .output()
        .unwrap()
}

pub(crate) fn printed(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn settings(folder: &Path, database: &str) -> Vec<(&'static str, String)> {
    let master_keys = folder.join("master.keys").display().to_string();
    [
        ("MEMBERSHIP__DATABASE__URL", database),
        // Patient, so that a busy machine fails no test.
        ("MEMBERSHIP__DATABASE__ACQUIRE_TIMEOUT", "30s"),
        ("MEMBERSHIP__DATABASE__STATEMENT_TIMEOUT", "30s"),
        ("MEMBERSHIP__DATABASE__LOCK_TIMEOUT", "30s"),
        ("MEMBERSHIP__DATABASE__POOL_MAX", "2"),
        ("MEMBERSHIP__SERVER__PUBLIC_URL", "http://localhost:8080"),
        ("MEMBERSHIP__KEYS__MASTER_FILE", &master_keys),
        ("MEMBERSHIP__BOOTSTRAP__CLIENT_SECRET", CLIENT_SECRET),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

async fn migrate(url: String) {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path(), &url);
    let settings = settings.iter().map(|(name, value)| (*name, value.as_str()));
    assert!(printed(&jobs(folder.path(), &["migrate"], settings)).starts_with("applied "));
}
