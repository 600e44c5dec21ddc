//! Typed settings, checked as a whole before anything starts.
//!
//! Compiled defaults, then `config/default.toml`, `config/$MEMBERSHIP_ENV.toml`, the file or folder in
//! `$MEMBERSHIP_CONFIG`, and the environment (`MEMBERSHIP__SECTION__KEY`); later sources win.

mod derived;
mod keys;
mod kinds;
mod parse;
mod print;
mod problem;
mod rules;
mod sources;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod url;
mod values;

pub use kinds::{Backend, Generation, LogFormat, MigrationMode, WorkerMode};
pub use print::{Line, default_toml};
pub use problem::Problem;
pub use sources::Sources;
pub use table::{
    Access, AccessToken, Bootstrap, Database, Keys, Log, Mail, Management, Migrations, Password,
    RateLimit, Retention, Roles, Server, Session, Settings, Shutdown, Texts, Worker, Zendesk,
};

use std::path::PathBuf;

use keys::Reader;
use problem::Problems;
use values::Values;

/// Settings that are in order, and how they came about.
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// What is allowed and probably not meant; to be logged.
    pub warnings: Vec<String>,
    values: Values,
}

impl Loaded {
    /// Every setting in force, secrets hidden.
    pub fn describe(&self) -> Vec<Line> {
        print::lines(&self.values)
    }
}

impl Settings {
    /// Reads and checks the settings. On failure every problem there is, by setting.
    pub fn load(sources: &Sources) -> Result<Loaded, Vec<Problem>> {
        let mut problems = Problems::default();
        let mut warnings = Vec::new();
        let mut values = sources.read(&mut problems);
        sources.read_secret_files(&mut values, &mut problems, &mut warnings);

        let production = sources.production();
        let database_named =
            values.get("database.url").is_some() || values.is_unreadable("database.url");
        let embedded = !database_named && !production;
        derived::fill_defaults(&mut values, embedded);

        let stand_ins = derived::stand_ins();
        let mut reader = Reader {
            values: &values,
            stand_ins: &stand_ins,
            problems: &mut problems,
        };
        let letters =
            Texts::read(&mut reader).and_then(|texts| texts::letters(&texts, reader.problems));
        let settings =
            letters.and_then(|letters| Self::read(&mut reader, letters, embedded, production));
        if let Some(settings) = &settings {
            rules::check(settings, &values, &mut problems);
            warnings.extend(rules::warnings(settings));
        }
        match settings {
            Some(settings) if problems.0.is_empty() => Ok(Loaded {
                settings,
                warnings,
                values,
            }),
            _ => Err(problems.sorted()),
        }
    }
}

impl Server {
    /// [`Server::public_url`] without a slash at its end.
    pub fn public_base(&self) -> String {
        self.public_url.as_str().trim_end_matches('/').to_owned()
    }
}

impl Database {
    /// The kind of database.
    pub fn backend(&self) -> Backend {
        url::backend(self.url.expose()).unwrap_or(Backend::Sqlite)
    }

    /// The file that a `sqlite://` URL names.
    pub fn sqlite_path(&self) -> PathBuf {
        let url = self.url.expose();
        PathBuf::from(url.strip_prefix("sqlite://").unwrap_or(url))
    }
}
