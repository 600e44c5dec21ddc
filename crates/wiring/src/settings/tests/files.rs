//! The files under `config/` of the repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{in_force, load, load_in, loaded, write};
use crate::settings::{LogFormat, default_toml};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../config")
        .join(name)
}

fn committed(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap()
}

#[test]
fn the_default_file_is_generated_from_the_table() {
    let generated = default_toml();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path("default.toml"), &generated).unwrap();
    }

    assert!(
        committed("default.toml") == generated,
        "config/default.toml is out of date: UPDATE_DOCS=1 cargo test -p wiring"
    );
}

#[test]
fn the_default_file_uncommented_says_nothing_new() {
    let uncommented: Vec<_> = committed("default.toml")
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|rest| !rest.starts_with(' '))
                .unwrap_or(line)
                .to_owned()
        })
        .collect();
    let directory = TempDir::new().unwrap();
    write(&directory, "config/default.toml", &uncommented.join("\n"));

    let uncommented = loaded(load_in(&directory, &[]));

    assert_eq!(in_force(&uncommented), in_force(&loaded(load(&[]))));
    assert!(uncommented.settings.embedded);
}

#[test]
fn the_default_file_changes_nothing_as_it_is() {
    let directory = TempDir::new().unwrap();
    write(
        &directory,
        "config/default.toml",
        &committed("default.toml"),
    );

    assert_eq!(
        in_force(&loaded(load_in(&directory, &[]))),
        in_force(&loaded(load(&[])))
    );
}

#[test]
fn the_development_file_loads() {
    let directory = TempDir::new().unwrap();
    write(
        &directory,
        "config/development.toml",
        &committed("development.toml"),
    );

    let loaded = loaded(load_in(&directory, &[("MEMBERSHIP_ENV", "development")]));

    assert!(loaded.settings.embedded && loaded.settings.log.format == LogFormat::Text);
}

#[test]
fn the_production_file_loads_with_its_secrets_in_place() {
    let directory = TempDir::new().unwrap();
    for (name, text) in [
        (
            "database-url",
            "postgres://app:pw@db.example.com/membership?sslmode=verify-full",
        ),
        (
            "migration-url",
            "postgres://owner:pw@db.example.com/membership?sslmode=verify-full",
        ),
        ("mail-url", "smtps://user:pw@smtp.example.com"),
        ("client-secret", "a secret of the first client"),
        ("zendesk-secret", "the shared secret of the support desk"),
        ("master-keys", "read when the keys are"),
    ] {
        write(&directory, &format!("secrets/{name}"), text);
    }
    let text = committed("production.toml").replace("/run/secrets/membership", "secrets");
    write(&directory, "config/production.toml", &text);

    let loaded = loaded(load_in(&directory, &[("MEMBERSHIP_ENV", "production")]));

    assert!(loaded.settings.production && !loaded.settings.embedded);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}
