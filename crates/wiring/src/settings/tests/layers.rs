use std::{path::Path, time::Duration};

use tempfile::TempDir;

use super::{POSTGRES, in_force, load, load_in, loaded, problems, restrict, with_source, write};
use crate::settings::{Backend, MigrationMode};

#[test]
fn without_any_setting_everything_is_embedded() {
    let loaded = loaded(load(&[("MEMBERSHIP__SERVER__BIND", "127.0.0.1:1234")]));

    let settings = &loaded.settings;
    assert!(settings.embedded && !settings.production);
    assert_eq!(settings.database.backend(), Backend::Sqlite);
    assert_eq!(
        settings.database.sqlite_path(),
        Path::new("data/membership.db")
    );
    assert_eq!(settings.keys.master_file, Path::new("data/keys/master"));
    assert_eq!(settings.server.public_base(), "http://localhost:1234");
    assert_eq!(settings.migrations.mode, MigrationMode::Startup);
    assert_eq!(settings.password.bcrypt_cost, None);
    assert_eq!(settings.mail.from, "membership@localhost");
    assert!(settings.bootstrap.on_start && settings.bootstrap.password.is_none());
    assert_eq!(settings.server.body_limit, 256 * 1024);
    assert_eq!(settings.session.absolute, Duration::from_hours(365 * 24));
    // REL-08: the mail of a killed worker is taken over within 60 s.
    assert_eq!(settings.mail.lease, Duration::from_mins(1));
    assert!(!settings.zendesk.organization);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}

#[test]
fn with_a_database_named_nothing_is_made_up() {
    let settings = loaded(load(&POSTGRES)).settings;

    assert!(!settings.embedded);
    assert_eq!(settings.database.backend(), Backend::Postgres);
    assert_eq!(
        settings.database.migration_url.expose(),
        settings.database.url.expose()
    );
    assert_eq!(settings.migrations.mode, MigrationMode::None);
    assert_eq!(settings.password.bcrypt_cost, Some(12));
    assert!(!settings.bootstrap.on_start);
}

#[test]
fn later_sources_win_and_are_named() {
    let directory = TempDir::new().unwrap();
    let log = |level: &str| format!("[log]\nlevel = \"{level}\"\n");
    let level = |environment: &[(&str, &str)]| {
        with_source(&loaded(load_in(&directory, environment)), "log.level")
    };
    assert_eq!(level(&[]), "log.level = \"info\"  # default");

    let default = write(&directory, "config/default.toml", &log("error"));
    assert_eq!(level(&[]), format!("log.level = \"error\"  # {default}"));

    let test = write(&directory, "config/test.toml", &log("warn"));
    let named = ("MEMBERSHIP_ENV", "test");
    assert_eq!(level(&[named]), format!("log.level = \"warn\"  # {test}"));

    let first = write(&directory, "extra/a.toml", &log("debug"));
    let file = ("MEMBERSHIP_CONFIG", "extra/a.toml");
    assert_eq!(
        level(&[named, file]),
        format!("log.level = \"debug\"  # {first}")
    );

    let second = write(&directory, "extra/b.toml", &log("trace"));
    write(&directory, "extra/c.toml.bak", &log("warn"));
    let folder = ("MEMBERSHIP_CONFIG", "extra");
    assert_eq!(
        level(&[named, folder]),
        format!("log.level = \"trace\"  # {second}")
    );

    let variable = ("MEMBERSHIP__LOG__LEVEL", "info");
    assert_eq!(
        level(&[named, folder, variable]),
        "log.level = \"info\"  # environment MEMBERSHIP__LOG__LEVEL"
    );
}

#[test]
fn an_empty_text_takes_an_earlier_value_back() {
    let directory = TempDir::new().unwrap();
    write(
        &directory,
        "config/default.toml",
        "[server]\nworkers = 7\nbind = \"[::]:80\"\n",
    );

    let loaded = loaded(load_in(&directory, &[("MEMBERSHIP__SERVER__BIND", "")]));

    assert_eq!(loaded.settings.server.bind.to_string(), "0.0.0.0:8080");
    assert_eq!(loaded.settings.server.workers, 7);
}

#[test]
fn every_kind_of_value_is_the_same_in_a_file_and_in_the_environment() {
    let directory = TempDir::new().unwrap();
    write(
        &directory,
        "config/default.toml",
        "[server]\nworkers = 2\nbody_limit = \"1MiB\"\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n[access]\nanonymous_sign_out = false\n[shutdown]\ntimeout = \"1m 30s\"",
    );
    let from_file = loaded(load_in(&directory, &[]));
    let from_environment = loaded(load(&[
        ("MEMBERSHIP__SERVER__WORKERS", "2"),
        ("MEMBERSHIP__SERVER__BODY_LIMIT", "1MiB"),
        ("MEMBERSHIP__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("MEMBERSHIP__ACCESS__ANONYMOUS_SIGN_OUT", "false"),
        ("MEMBERSHIP__SHUTDOWN__TIMEOUT", "1m 30s"),
    ]));

    for settings in [from_file.settings, from_environment.settings] {
        assert_eq!(settings.server.workers, 2);
        assert_eq!(settings.server.body_limit, 1 << 20);
        let proxies: Vec<_> = settings
            .server
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(proxies, ["10.0.0.0/8", "::1/128"]);
        assert!(!settings.access.anonymous_sign_out);
        assert_eq!(settings.shutdown.timeout, Duration::from_secs(90));
    }
}

#[test]
fn variables_that_an_orchestrator_sets_for_a_service_of_our_name_are_not_ours() {
    let with = loaded(load(&[
        ("MEMBERSHIP_PORT", "tcp://10.0.0.1:80"),
        ("MEMBERSHIP_SERVICE_HOST", "10.0.0.1"),
    ]));

    assert_eq!(in_force(&with), in_force(&loaded(load(&[]))));
}

#[test]
fn a_secret_can_be_kept_in_a_file() {
    let directory = TempDir::new().unwrap();
    for (text, secret) in [
        ("s3cret-of-24-characters-\n", "s3cret-of-24-characters-"),
        ("s3cret-of-24-characters-\r\n", "s3cret-of-24-characters-"),
        ("s3cret-of-24-characters-", "s3cret-of-24-characters-"),
        (" 3cret-of-24-characters\n\n", " 3cret-of-24-characters\n"),
    ] {
        let path = write(&directory, "password", text);
        let loaded = loaded(load_in(
            &directory,
            &[("MEMBERSHIP__BOOTSTRAP__CLIENT_SECRET_FILE", "password")],
        ));

        assert_eq!(
            loaded
                .settings
                .bootstrap
                .client_secret
                .as_ref()
                .unwrap()
                .expose(),
            secret
        );
        let line = with_source(&loaded, "bootstrap.client_secret");
        assert_eq!(line, format!("bootstrap.client_secret = \"***\"  # {path}"));
        assert!(loaded.warnings.is_empty());
    }
}

#[test]
fn a_secret_file_that_others_can_read_is_warned_of() {
    let directory = TempDir::new().unwrap();
    let path = write(&directory, "secret", "s3cret-of-24-characters-");
    restrict(Path::new(&path), 0o640);

    let loaded = loaded(load_in(
        &directory,
        &[("MEMBERSHIP__BOOTSTRAP__CLIENT_SECRET_FILE", &path)],
    ));

    assert_eq!(
        loaded.warnings,
        [format!(
            "{path} can be read by others than its owner (bootstrap.client_secret_file)"
        )]
    );
}

#[test]
fn a_short_client_secret_is_warned_of() {
    let name = "MEMBERSHIP__BOOTSTRAP__CLIENT_SECRET";

    assert_eq!(
        loaded(load(&[(name, "s3cret-of-23-characters")])).warnings,
        ["bootstrap.client_secret is short: client secrets are kept as fast keyed hashes"]
    );
}

#[test]
fn sec_43_no_secret_is_shown() {
    let directory = TempDir::new().unwrap();
    let secrets = [
        ("MEMBERSHIP__DATABASE__URL", "sqlite://SEEDED.db"),
        ("MEMBERSHIP__DATABASE__MIGRATION_URL", "sqlite://SEEDED.db"),
        ("MEMBERSHIP__MAIL__URL", "smtps://u:SEEDED@mail.example"),
        (
            "MEMBERSHIP__ZENDESK__SECRET",
            "SEEDED-SEEDED-SEEDED-SEEDED-SEEDED",
        ),
        (
            "MEMBERSHIP__BOOTSTRAP__PASSWORD",
            "a SEEDED password of many words",
        ),
        ("MEMBERSHIP__BOOTSTRAP__CLIENT_SECRET", "SEEDED"),
    ];
    let others = [("MEMBERSHIP__MAIL__FROM", "a@b"), POSTGRES[1], POSTGRES[2]];
    let loaded = loaded(load(&[secrets.as_slice(), others.as_slice()].concat()));
    let hidden = in_force(&loaded)
        .iter()
        .filter(|line| line.ends_with("= \"***\""))
        .count();
    assert_eq!(hidden, secrets.len());
    assert!(!in_force(&loaded).concat().contains("SEEDED"));

    let wrong = secrets.map(|(name, _)| (name, "mysql://SEEDED"));
    write(
        &directory,
        "config/default.toml",
        "[bootstrap]\npassword = \"SEEDED\n",
    );
    let text = super::lines(&problems(load_in(&directory, &wrong)));
    assert!(
        text.contains("database.url") && text.contains("mail.url") && text.contains("line 2"),
        "{text}"
    );
    assert!(!text.contains("SEEDED"), "{text}");
}
