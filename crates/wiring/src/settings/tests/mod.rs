mod broken;
mod files;
mod layers;
mod production;
mod rates;
mod secrets;
mod texts;

use std::{fs, path::Path};

use tempfile::TempDir;

use super::{Loaded, Problem, Settings, Sources};

/// Loads from an empty directory and these environment variables.
fn load(environment: &[(&str, &str)]) -> Result<Loaded, Vec<Problem>> {
    load_in(&TempDir::new().unwrap(), environment)
}

fn load_in(directory: &TempDir, environment: &[(&str, &str)]) -> Result<Loaded, Vec<Problem>> {
    Settings::load(&Sources::new(directory.path(), environment.iter().copied()))
}

fn loaded(result: Result<Loaded, Vec<Problem>>) -> Loaded {
    result.unwrap_or_else(|problems| panic!("{}", lines(&problems)))
}

fn problems(result: Result<Loaded, Vec<Problem>>) -> Vec<Problem> {
    result.err().expect("there are problems")
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n") + "\n"
}

/// Writes a file with its folders, readable by its owner alone.
fn write(directory: &TempDir, name: &str, text: &str) -> String {
    let path = directory.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    restrict(&path, 0o600);
    path.to_str().unwrap().to_owned()
}

fn restrict(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// What is in force, one `key = value` each.
fn in_force(loaded: &Loaded) -> Vec<String> {
    loaded.describe().iter().map(ToString::to_string).collect()
}

/// The `key = value  # source` of one key.
fn with_source(loaded: &Loaded, key: &str) -> String {
    let line = loaded.describe().into_iter().find(|line| line.key == key);
    format!("{:#}", line.unwrap())
}

/// A minimal set of settings that are not the embedded default.
const POSTGRES: [(&str, &str); 3] = [
    (
        "MEMBERSHIP__DATABASE__URL",
        "postgres://app:pw@db.example.com/m?sslmode=verify-full",
    ),
    (
        "MEMBERSHIP__SERVER__PUBLIC_URL",
        "https://membership.example.com",
    ),
    ("MEMBERSHIP__KEYS__MASTER_FILE", "/run/secrets/master"),
];
