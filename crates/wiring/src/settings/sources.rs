//! Where settings come from, and reading it.

use std::{
    collections::HashMap,
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use config::{Environment, File, FileFormat, Source as _, Value, ValueKind};

use super::{
    keys::{Key, keys},
    problem::Problems,
    values::Values,
};

const PREFIX: &str = "MEMBERSHIP__";

/// The places that settings are read from.
pub struct Sources {
    directory: PathBuf,
    environment: HashMap<String, OsString>,
}

impl Sources {
    /// The working directory and the environment of this process.
    pub fn from_process() -> Self {
        Self::new("", env::vars_os())
    }

    /// A directory with `config/` in it, against which relative paths of files are resolved, and an environment.
    pub fn new<N: Into<OsString>, V: Into<OsString>>(
        directory: impl Into<PathBuf>,
        environment: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let named = |(name, value): (N, V)| Some((name.into().into_string().ok()?, value.into()));
        let ours = |(name, _): &(String, OsString)| name.starts_with("MEMBERSHIP_");
        Self {
            directory: directory.into(),
            environment: environment
                .into_iter()
                .filter_map(named)
                .filter(ours)
                .collect(),
        }
    }

    /// Whether `MEMBERSHIP_ENV` is `production`.
    pub(super) fn production(&self) -> bool {
        self.environment
            .get("MEMBERSHIP_ENV")
            .is_some_and(|name| name == "production")
    }

    /// What the operator set: files, then the environment, later ones first.
    pub(super) fn read(&self, problems: &mut Problems) -> Values {
        let mut values = Values::default();
        for file in self.files(problems) {
            read_file(&file, &mut values, problems);
        }
        self.read_environment(&mut values, problems);
        values
    }

    fn files(&self, problems: &mut Problems) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let default = self.directory.join("config/default.toml");
        if default.exists() {
            files.push(default);
        }
        if let Some(name) = self.switch("MEMBERSHIP_ENV") {
            match name.to_str() {
                Some(name)
                    if name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) =>
                {
                    files.push(self.directory.join(format!("config/{name}.toml")));
                }
                _ => problems.add(
                    "MEMBERSHIP_ENV",
                    "",
                    "is not a name of letters, digits, dashes and underscores",
                ),
            }
        }
        if let Some(path) = self.switch("MEMBERSHIP_CONFIG") {
            let path = self.directory.join(path);
            match toml_files(&path) {
                Ok(found) => files.extend(found),
                Err(reason) => problems.add(shown(&path), "MEMBERSHIP_CONFIG", reason),
            }
        }
        files
    }

    fn switch(&self, name: &str) -> Option<&OsString> {
        self.environment.get(name).filter(|value| !value.is_empty())
    }

    fn read_environment(&self, values: &mut Values, problems: &mut Problems) {
        let mut ours = HashMap::new();
        for (name, value) in &self.environment {
            match value.to_str() {
                _ if !name.starts_with(PREFIX) => {}
                Some(value) => _ = ours.insert(name.clone(), value.to_owned()),
                None => problems.add(name, "environment", "is not Unicode text"),
            }
        }
        let source = Environment::with_prefix("MEMBERSHIP")
            .prefix_separator("__")
            .separator("__");
        match source.source(Some(ours)).collect() {
            Ok(table) => {
                for (key, value) in table {
                    let source = format!(
                        "environment {PREFIX}{}",
                        key.replace('.', "__").to_uppercase()
                    );
                    accept(&key, value, &source, values, problems);
                }
            }
            Err(_) => problems.add("MEMBERSHIP__*", "environment", "cannot be read"),
        }
    }

    /// Replaces the name of each secret's file by the secret.
    pub(super) fn read_secret_files(
        &self,
        values: &mut Values,
        problems: &mut Problems,
        warnings: &mut Vec<String>,
    ) {
        for key in keys().filter(|key| key.secret) {
            let Some(file) = values.take(&file_key(key)) else {
                continue;
            };
            if let Some(found) = values.get(key.path) {
                let reason = format!(
                    "is set twice: in {}, and as {}",
                    found.source,
                    file_key(key)
                );
                problems.add(key.path, file.source, reason);
                continue;
            }
            let ValueKind::String(name) = &file.value.kind else {
                problems.add(
                    file_key(key),
                    file.source,
                    "is not text (in TOML: between quotes)",
                );
                values.set_unreadable(key.path);
                continue;
            };
            let path = self.directory.join(name);
            match fs::read_to_string(&path) {
                Ok(text) => {
                    let text = text
                        .strip_suffix('\n')
                        .map_or(&*text, |line| line.strip_suffix('\r').unwrap_or(line));
                    if text.is_empty() {
                        problems.add(file_key(key), &file.source, "names an empty file");
                        values.set_unreadable(key.path);
                    } else {
                        values.set(key.path, Value::from(text), &shown(&path));
                    }
                    if open_to_others(&path) {
                        warnings.push(format!(
                            "{} can be read by others than its owner ({})",
                            shown(&path),
                            file_key(key)
                        ));
                    }
                }
                Err(error) => {
                    let reason = format!("names a file that {}", cannot_be_read(&error));
                    problems.add(file_key(key), &file.source, reason);
                    values.set_unreadable(key.path);
                }
            }
        }
    }
}

fn read_file(path: &Path, values: &mut Values, problems: &mut Problems) {
    let source = shown(path);
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return problems.add(source, "", cannot_be_read(&error)),
    };
    match File::from_str(&text, FileFormat::Toml).collect() {
        Ok(table) => {
            let mut leaves = Vec::new();
            flatten(String::new(), Value::from(table), &mut leaves);
            for (key, value) in leaves {
                accept(&key, value, &source, values, problems);
            }
        }
        Err(error) => problems.add(source, "", reason_of(&error, &text)),
    }
}

/// The key that names the file of a secret.
pub(super) fn file_key(key: &Key) -> String {
    format!("{}_file", key.path)
}

fn accept(key: &str, value: Value, source: &str, values: &mut Values, problems: &mut Problems) {
    if keys().any(|known| known.path == key || (known.secret && file_key(known) == key)) {
        values.set(key, value, source);
    } else {
        problems.add(key, source, "is not a known setting");
    }
}

fn flatten(path: String, value: Value, leaves: &mut Vec<(String, Value)>) {
    match value.kind {
        ValueKind::Table(table) => {
            for (name, value) in table {
                let path = if path.is_empty() {
                    name
                } else {
                    format!("{path}.{name}")
                };
                flatten(path, value, leaves);
            }
        }
        _ => leaves.push((path, value)),
    }
}

/// A file itself, or the files of a folder in the order of their names.
fn toml_files(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| cannot_be_read(&error))? {
        let path = entry.map_err(|error| cannot_be_read(&error))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err("holds no .toml file".to_owned());
    }
    files.sort();
    Ok(files)
}

/// The parser's message and line, without the line's text: it may hold a secret.
fn reason_of(error: &config::ConfigError, text: &str) -> String {
    let config::ConfigError::FileParse { cause, .. } = error else {
        return "is not valid TOML".to_owned();
    };
    let Some(cause) = cause.downcast_ref::<toml::de::Error>() else {
        return "is not valid TOML".to_owned();
    };
    let start = cause.span().map_or(0, |span| span.start.min(text.len()));
    let line = text
        .as_bytes()
        .iter()
        .take(start)
        .filter(|byte| **byte == b'\n')
        .count()
        + 1;
    format!("is not valid TOML: line {line}: {}", cause.message())
}

fn cannot_be_read(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_owned(),
        io::ErrorKind::InvalidData => "is not UTF-8 text".to_owned(),
        kind => format!("cannot be read: {kind}"),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> bool {
    false
}
