//! A start that cannot be.

use std::{process::Output, time::Duration};

use tempfile::TempDir;
use tokio::{process::Command, time::timeout};

use crate::{answer::CANARY, process::BINARY};

#[tokio::test]
async fn rel_15_wrong_settings_end_the_start_and_are_told_line_by_line() {
    for arguments in [&["serve"][..], &[], &["migrate"], &["config", "check"]] {
        let outcome = run(
            arguments,
            &[
                ("SERVER__WORKERS", "many"),
                ("SERVER__COLOUR", "red"),
                ("SERVER__HEAD_TIMEOUT", "0s"),
                ("DATABASE__URL", &format!("mysql://u:{CANARY}@h/m")),
                ("BOOTSTRAP__PASSWORD", "canary7c2f"),
            ],
        )
        .await;

        let told = String::from_utf8(outcome.stderr).unwrap();
        assert_eq!(outcome.status.code(), Some(2), "{told}");
        assert_eq!(outcome.stdout, b"", "{arguments:?}");
        assert!(!told.contains(CANARY), "{told}");
        let lines: Vec<_> = told.lines().collect();
        for key in [
            "server.workers ",
            "server.colour ",
            "server.head_timeout ",
            "database.url ",
            "bootstrap.password ",
        ] {
            let named = lines.iter().filter(|line| line.starts_with(key));
            assert_eq!(named.count(), 1, "{key} in {told}");
        }
    }
}

#[tokio::test]
async fn rel_15_what_cannot_be_used_ends_the_start_with_a_reason() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();

    for (name, value, reason) in [
        ("SERVER__BIND", taken.as_str(), "listening failed"),
        ("MANAGEMENT__BIND", &taken, "listening failed"),
        ("KEYS__MASTER_FILE", "/dev/null/x", "master key"),
    ] {
        let outcome = run(&["serve"], &[(name, value)]).await;

        let told = String::from_utf8(outcome.stderr).unwrap();
        assert!(
            matches!(outcome.status.code(), Some(1 | 2)),
            "{name}: {told}"
        );
        assert!(told.contains(reason), "{name}: {told}");
    }
}

#[tokio::test]
async fn settings_that_are_in_order_are_said_to_be() {
    let outcome = run(&["config", "check"], &[]).await;

    assert!(outcome.status.success());
    assert_eq!(outcome.stdout, b"the configuration is in order\n");
}

/// Runs the binary in an empty folder, until it ends.
async fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(BINARY);
    command
        .args(arguments)
        .env_clear()
        .env("MEMBERSHIP__SERVER__BIND", "127.0.0.1:0")
        .env("MEMBERSHIP__MANAGEMENT__BIND", "127.0.0.1:0")
        .current_dir(folder.path())
        .kill_on_drop(true);
    for (name, value) in settings {
        command.env(format!("MEMBERSHIP__{name}"), value);
    }
    let ended = timeout(Duration::from_secs(30), command.output()).await;
    ended.expect("an end in time").unwrap()
}
