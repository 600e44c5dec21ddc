use std::path::Path;

use tempfile::TempDir;

use super::{lines, load, load_in, problems, write};

/// One wrong setting in the environment, and what is said of it.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "SERVER__BIND",
        "8080",
        "server.bind is not an IP address and port, like 0.0.0.0:8080",
    ),
    (
        "SERVER__PUBLIC_URL",
        "membership.example.com",
        "server.public_url is not a URL",
    ),
    (
        "SERVER__PUBLIC_URL",
        "ftp://m",
        "server.public_url is not an http or https URL without user, query and fragment",
    ),
    (
        "SERVER__PUBLIC_URL",
        "https://m/?q",
        "server.public_url is not an http or https URL without user, query and fragment",
    ),
    (
        "SERVER__PUBLIC_URL",
        "https://u:p@m/",
        "server.public_url is not an http or https URL without user, query and fragment",
    ),
    (
        "SERVER__WORKERS",
        "0",
        "server.workers is not a whole number from 1 to 512",
    ),
    (
        "SERVER__WORKERS",
        "two",
        "server.workers is not a whole number from 1 to 512",
    ),
    (
        "SERVER__REQUEST_TIMEOUT",
        "15",
        "server.request_timeout is not a duration of at most ten years, like 30s or 5m",
    ),
    (
        "SERVER__REQUEST_TIMEOUT",
        "0s",
        "server.request_timeout is zero",
    ),
    (
        "SERVER__REQUEST_TIMEOUT",
        "99999y",
        "server.request_timeout is not a duration of at most ten years, like 30s or 5m",
    ),
    ("SERVER__HEAD_TIMEOUT", "0s", "server.head_timeout is zero"),
    (
        "SERVER__WRITE_TIMEOUT",
        "soon",
        "server.write_timeout is not a duration of at most ten years, like 30s or 5m",
    ),
    (
        "SERVER__MAX_CONNECTIONS_PER_PEER",
        "0",
        "server.max_connections_per_peer is not a whole number from 1 to 1000000",
    ),
    (
        "SERVER__BODY_LIMIT",
        "1KB",
        "server.body_limit is not a size from 1B to 1GiB, like 256KiB",
    ),
    (
        "SERVER__BODY_LIMIT",
        "18446744073709551615GiB",
        "server.body_limit is not a size from 1B to 1GiB, like 256KiB",
    ),
    (
        "SERVER__TRUSTED_PROXIES",
        "10.0.0.0/8,proxy",
        "server.trusted_proxies has an entry that is not a network, like 10.0.0.0/8",
    ),
    (
        "SERVER__GENERATION",
        "old",
        "server.generation is not one of auto, newer, older",
    ),
    (
        "DATABASE__URL",
        "mysql://h/d",
        "database.url is neither a postgres:// nor a sqlite:// URL with something behind it",
    ),
    (
        "DATABASE__URL",
        "sqlite://",
        "database.url is neither a postgres:// nor a sqlite:// URL with something behind it",
    ),
    (
        "DATABASE__URL",
        "sqlite://:memory:",
        "database.url is in memory, where each connection has a database of its own",
    ),
    (
        "LOG__FILTER",
        "domain=loud",
        "log.filter is not a list of levels by target, like domain=debug,actix_web=warn",
    ),
    (
        "DATABASE__STATEMENT_CACHE",
        "yes",
        "database.statement_cache is neither true nor false",
    ),
    (
        "DATABASE__POOL_MIN",
        "11",
        "database.pool_min is more than database.pool_max",
    ),
    (
        "DATABASE__MIGRATION_URL",
        "postgres://h/d",
        "database.migration_url is another kind of database than database.url",
    ),
    (
        "MANAGEMENT__BIND",
        "0.0.0.0:8080",
        "management.bind is the same as server.bind",
    ),
    (
        "MIGRATIONS__MODE",
        "always",
        "migrations.mode is not one of startup, none",
    ),
    (
        "MAIL__URL",
        "smtp://mail.example?tls=none",
        "mail.url has tls=none, which is for loopback hosts only",
    ),
    ("MAIL__URL", "smtp://mail.example", "mail.from is required"),
    (
        "MAIL__FROM",
        "nobody",
        "mail.from is neither an e-mail address nor of the form Name <address>",
    ),
    (
        "MAIL__LEASE",
        "10s",
        "mail.lease is not longer than mail.timeout",
    ),
    (
        "ZENDESK__SECRET",
        "short",
        "zendesk.secret is shorter than 32 bytes",
    ),
    (
        "ACCESS_TOKEN__ALGORITHM",
        "none",
        "access_token.algorithm is none of ES256, EdDSA and RS256",
    ),
    (
        "ACCESS_TOKEN__LIFETIME",
        "59s",
        "access_token.lifetime is not within a minute and a day",
    ),
    (
        "ACCESS_TOKEN__LIFETIME",
        "25h",
        "access_token.lifetime is not within a minute and a day",
    ),
    (
        "ACCESS_TOKEN__KEY_ROTATION",
        "59m",
        "access_token.key_rotation is shorter than an hour",
    ),
    (
        "SESSION__IDLE",
        "9m",
        "access_token.lifetime is longer than session.idle (default)",
    ),
    (
        "SESSION__IDLE",
        "366d",
        "session.idle is longer than session.absolute",
    ),
    (
        "BOOTSTRAP__TENANT",
        "Our tenant",
        "bootstrap.tenant is not 1 to 63 letters, digits, dots, dashes or underscores",
    ),
    (
        "BOOTSTRAP__EMAIL",
        "admin",
        "bootstrap.email is not an e-mail address",
    ),
    (
        "BOOTSTRAP__PASSWORD",
        "fourteen chars",
        "bootstrap.password is shorter than 15 characters",
    ),
    (
        "BOOTSTRAP__PASSWORD",
        "Password12345678",
        "bootstrap.password is on the list of common and breached passwords",
    ),
    (
        "BOOTSTRAP__PASSWORD",
        "admin-2026-12-31",
        "bootstrap.password is little more than the user name or address",
    ),
    (
        "PASSWORD__BCRYPT_COST",
        "9",
        "password.bcrypt_cost is not a whole number from 10 to 16",
    ),
    (
        "PASSWORD__BCRYPT_COST",
        "17",
        "password.bcrypt_cost is not a whole number from 10 to 16",
    ),
    (
        "PASSWORD__MIN_LENGTH",
        "7",
        "password.min_length is not a whole number from 8 to 64",
    ),
    (
        "ROLES__CATALOGUE",
        "Support,a b",
        "roles.catalogue has an entry that is not a known role",
    ),
    ("SERVER__BNID", "x", "server.bnid is not a known setting"),
    (
        "SERVER__BIND__PORT",
        "1",
        "server.bind.port is not a known setting",
    ),
    (
        "SERVER__BIND_FILE",
        "x",
        "server.bind_file is not a known setting",
    ),
];

#[test]
fn rel_15_each_wrong_value_is_named_with_its_source() {
    for (name, value, expected) in WRONG {
        let name = format!("MEMBERSHIP__{name}");
        let found = lines(&problems(load(&[(&name, value)])));
        let with_source = format!("{expected} (environment {name})\n");
        let required = format!("{expected}\n");
        assert!(
            found.contains(&with_source) || found.contains(&required),
            "{name}={value}: {found}"
        );
    }
}

#[test]
fn rel_15_every_problem_is_found_at_once() {
    let directory = TempDir::new().unwrap();
    let file = write(
        &directory,
        "config/default.toml",
        "colour = 1\n[server]\nworkers = \"many\"\nbind = 8080\n[mail]\nurl = 5\n[database]\npool_min = 20\n",
    );
    let found = problems(load_in(
        &directory,
        &[
            ("MEMBERSHIP__DATABASE__URL_FILE", "gone"),
            ("MEMBERSHIP__LOG__FORMAT", "xml"),
            ("MEMBERSHIP__ZENDESK__SECRET_FILE", "gone"),
            ("MEMBERSHIP_CONFIG", "nowhere.toml"),
        ],
    ));

    let mut found: Vec<_> = found.iter().map(ToString::to_string).collect();
    found.sort();
    let nowhere = directory.path().join("nowhere.toml");
    let mut expected = vec![
        format!("colour is not a known setting ({file})"),
        "database.url_file names a file that does not exist (environment MEMBERSHIP__DATABASE__URL_FILE)".to_owned(),
        format!("database.pool_min is more than database.pool_max ({file})"),
        "keys.master_file is required".to_owned(),
        "log.format is not one of json, text (environment MEMBERSHIP__LOG__FORMAT)".to_owned(),
        format!("mail.url is not text (in TOML: between quotes) ({file})"),
        "mail.from is required".to_owned(),
        format!("server.bind is not text (in TOML: between quotes) ({file})"),
        "server.public_url is required".to_owned(),
        format!("server.workers is not a whole number from 1 to 512 ({file})"),
        "zendesk.secret_file names a file that does not exist (environment MEMBERSHIP__ZENDESK__SECRET_FILE)".to_owned(),
        format!("{} does not exist", nowhere.display()),
    ];
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_secret_given_twice_is_refused() {
    let directory = TempDir::new().unwrap();
    let file = write(
        &directory,
        "config/default.toml",
        "[bootstrap]\nclient_secret = \"one\"\n",
    );
    write(&directory, "secret", "two");

    let found = lines(&problems(load_in(
        &directory,
        &[("MEMBERSHIP__BOOTSTRAP__CLIENT_SECRET_FILE", "secret")],
    )));

    assert_eq!(
        found,
        format!(
            "bootstrap.client_secret is set twice: in {file}, and as bootstrap.client_secret_file \
             (environment MEMBERSHIP__BOOTSTRAP__CLIENT_SECRET_FILE)\n"
        )
    );
}

#[test]
fn files_that_are_named_must_be_usable() {
    let directory = TempDir::new().unwrap();
    let reason = |environment: &[(&str, &str)]| lines(&problems(load_in(&directory, environment)));
    let at = |name: &str| directory.path().join(name).display().to_string();

    assert_eq!(
        reason(&[("MEMBERSHIP_ENV", "staging")]),
        format!("{} does not exist\n", at("config/staging.toml"))
    );
    assert!(reason(&[("MEMBERSHIP_ENV", "../x")]).starts_with("MEMBERSHIP_ENV is not a name"));
    std::fs::create_dir(Path::new(&at("empty"))).unwrap();
    assert!(reason(&[("MEMBERSHIP_CONFIG", "empty")]).contains("holds no .toml file"));
    write(&directory, "empty-secret", "\n");
    let empty = reason(&[("MEMBERSHIP__BOOTSTRAP__PASSWORD_FILE", "empty-secret")]);
    assert!(
        empty.starts_with("bootstrap.password_file names an empty file"),
        "{empty}"
    );
    let file = write(
        &directory,
        "config/default.toml",
        "[log]\nlevel = \"info\"\nlevel = \"warn\"\n",
    );
    assert!(
        reason(&[]).starts_with(&format!("{file} is not valid TOML: line 3: duplicate key")),
        "{}",
        reason(&[])
    );
}
