//! `membership-jobs` as an operator runs it: a process, its output and its exit code.

#![expect(clippy::unwrap_used, reason = "a broken fixture must stop the test")]

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

const MASTER_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n";

fn jobs(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_membership-jobs"))
        .args(arguments)
        .env_clear()
        .envs(settings.iter().copied())
        .current_dir(folder)
        .output()
        .unwrap()
}

fn printed(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// An installation whose administrator is invited by mail.
fn installation() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("master.keys"), MASTER_KEY).unwrap();
    let initialized = jobs(folder.path(), &["initialize"], &INSTALLED);
    assert!(printed(&initialized).contains("CLIENT_ID='canopy'"));
    folder
}

const INSTALLED: [(&str, &str); 4] = [
    ("MEMBERSHIP__DATABASE__URL", "sqlite://membership.db"),
    ("MEMBERSHIP__SERVER__PUBLIC_URL", "http://localhost:8080"),
    ("MEMBERSHIP__KEYS__MASTER_FILE", "master.keys"),
    (
        "MEMBERSHIP__BOOTSTRAP__CLIENT_SECRET",
        "a secret of thirty-two characters",
    ),
];

#[test]
fn a_new_instance_is_initialised_once_and_its_secrets_are_told_once() {
    let folder = tempfile::tempdir().unwrap();

    let first = printed(&jobs(folder.path(), &["initialize"], &[]));
    let second = printed(&jobs(folder.path(), &["initialize"], &[]));

    for name in [
        "TENANT='platform'",
        "ADMINISTRATOR='admin'",
        "PASSWORD='",
        "CLIENT_SECRET='",
    ] {
        assert!(first.contains(name), "{name}");
    }
    assert_eq!(second, "nothing to do: initialised before\n");
}

#[test]
fn the_schema_is_brought_up_to_date_once() {
    let folder = tempfile::tempdir().unwrap();

    assert!(printed(&jobs(folder.path(), &["migrate"], &[])).starts_with("applied "));
    assert_eq!(printed(&jobs(folder.path(), &["migrate"], &[])), "");
}

#[test]
fn queued_mail_is_listed_retried_and_dropped_without_showing_an_address() {
    let folder = installation();

    let list = printed(&jobs(folder.path(), &["mail", "list"], &INSTALLED));
    let fields: Vec<_> = list.trim().split('\t').collect();
    assert_eq!(fields[1..4], ["invitation", "waiting", "0"]);
    assert!(!list.contains('@'));

    printed(&jobs(
        folder.path(),
        &["mail", "retry", fields[0]],
        &INSTALLED,
    ));
    printed(&jobs(
        folder.path(),
        &["mail", "drop", fields[0]],
        &INSTALLED,
    ));
    assert_eq!(
        printed(&jobs(folder.path(), &["mail", "list"], &INSTALLED)),
        ""
    );
    let gone = jobs(folder.path(), &["mail", "retry", fields[0]], &INSTALLED);
    assert_eq!(gone.status.code(), Some(1));
    let told = String::from_utf8(gone.stderr).unwrap();
    assert!(
        told.ends_with(
            "membership-jobs: mail not found
"
        ),
        "{told}"
    );
}

#[test]
fn a_purge_says_what_it_deleted() {
    let folder = installation();

    let purged = printed(&jobs(folder.path(), &["purge"], &INSTALLED));

    assert_eq!(purged, "deleted 0 sessions, 0 links, 0 mail orders\n");
}

#[test]
fn rel_15_wrong_settings_are_told_line_by_line_and_nothing_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = [
        ("MEMBERSHIP__SERVER__BIDN", "x"),
        ("MEMBERSHIP__DATABASE__POOL_MAX", "many"),
    ];

    let refused = jobs(folder.path(), &["initialize"], &wrong);

    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(
        told.contains("server.bidn") && told.contains("database.pool_max"),
        "{told}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
