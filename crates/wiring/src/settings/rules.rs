//! Rules of the settings as a whole.

use std::time::Duration;

use adapters_crypto::CommonPasswordFilter;
use domain::model::{Lifetimes, Password, PasswordOwner, PasswordPolicy, Secret};

use super::{
    Backend, Settings, WorkerMode,
    problem::Problems,
    url::{backend, is_loopback, may_be_in_the_clear},
    values::Values,
};

/// Checks the settings against each other, leaving out those that already have a problem.
pub(super) fn check(settings: &Settings, values: &Values, problems: &mut Problems) {
    for (keys, broken, reason) in contradictions(settings)
        .into_iter()
        .chain(in_production(settings))
    {
        if broken
            && !keys
                .iter()
                .any(|key| problems.concern(key) || values.is_unreadable(key))
        {
            problems.about(keys[0], values, reason);
        }
    }
    bootstrap_password(settings, values, problems);
}

/// The first administrator's password is chosen like any other.
fn bootstrap_password(settings: &Settings, values: &Values, problems: &mut Problems) {
    const KEYS: [&str; 6] = [
        "bootstrap.password",
        "bootstrap.tenant_name",
        "bootstrap.tenant",
        "bootstrap.username",
        "bootstrap.email",
        "password.min_length",
    ];
    let first = &settings.bootstrap;
    let Some(password) = &first.password else {
        return;
    };
    if KEYS
        .iter()
        .any(|key| problems.concern(key) || values.is_unreadable(key))
    {
        return;
    }
    let owner = PasswordOwner {
        tenant_name: &first.tenant_name,
        tenant: &first.tenant,
        min_length: None,
        username: &first.username,
        email: &first.email,
    };
    let policy = PasswordPolicy {
        min_length: settings.password.min_length,
    };
    let fault = Password::parse(KEYS[0], password.expose().clone())
        .map(|password| policy.judge(&password, &owner, &CommonPasswordFilter::embedded()));
    if let Ok(Err(fault)) = fault {
        problems.about(KEYS[0], values, fault.to_string());
    }
}

/// The settings it is about, the one to be named first; whether it is broken; and what is wrong then.
type Rule = (&'static [&'static str], bool, &'static str);

fn contradictions(settings: &Settings) -> Vec<Rule> {
    let Settings {
        server,
        management,
        database,
        mail,
        session,
        access_token,
        ..
    } = settings;
    vec![
        (
            &["management.bind", "server.bind"],
            management.bind == server.bind && server.bind.port() != 0,
            "is the same as server.bind",
        ),
        (
            &["database.pool_min", "database.pool_max"],
            database.pool_min > database.pool_max,
            "is more than database.pool_max",
        ),
        (
            &["database.migration_url", "database.url"],
            backend(database.migration_url.expose()) != backend(database.url.expose()),
            "is another kind of database than database.url",
        ),
        (
            &["mail.lease", "mail.timeout"],
            mail.lease <= mail.timeout,
            "is not longer than mail.timeout",
        ),
        (
            &["session.idle", "session.absolute"],
            session.idle > session.absolute,
            "is longer than session.absolute",
        ),
        (
            &["access_token.lifetime"],
            !(Lifetimes::SHORTEST_ACCESS..=Lifetimes::LONGEST_ACCESS)
                .contains(&access_token.lifetime),
            "is not within a minute and a day",
        ),
        (
            &["access_token.key_rotation"],
            access_token.key_rotation < Duration::from_hours(1),
            "is shorter than an hour",
        ),
        (
            &["access_token.lifetime", "session.idle"],
            access_token.lifetime > session.idle,
            "is longer than session.idle",
        ),
    ]
}

fn in_production(settings: &Settings) -> Vec<Rule> {
    let Settings {
        server, database, ..
    } = settings;
    if !settings.production {
        return Vec::new();
    }
    let in_the_clear =
        |url: &str| backend(url) == Some(Backend::Postgres) && may_be_in_the_clear(url);
    vec![
        (
            &["server.public_url"],
            server.public_url.scheme() != "https"
                && !server.public_url.host_str().is_some_and(is_loopback),
            "is not https, which production requires",
        ),
        (
            &["database.url"],
            in_the_clear(database.url.expose()),
            "does not require encryption: production needs sslmode=verify-full, verify-ca or require",
        ),
        (
            &["database.migration_url", "database.url"],
            in_the_clear(database.migration_url.expose()),
            "does not require encryption: production needs sslmode=verify-full, verify-ca or require",
        ),
    ]
}

/// What is allowed and probably not meant.
pub(super) fn warnings(settings: &Settings) -> Vec<String> {
    let to_mailbox = settings.mail.url.expose().starts_with("mailbox:");
    let guessable = |secret: &Secret<String>| secret.expose().chars().count() < 24;
    [
        (settings.production && to_mailbox, "mail.url is a mailbox: no mail leaves this machine"),
        (
            to_mailbox && settings.worker.mode == WorkerMode::Off,
            "worker.mode is off and mail.url is a mailbox on this machine: mail may never be written",
        ),
        (
            settings.bootstrap.client_secret.as_ref().is_some_and(guessable),
            "bootstrap.client_secret is short: client secrets are kept as fast keyed hashes",
        ),
    ]
    .into_iter()
    .filter(|(holds, _)| *holds)
    .map(|(_, text)| text.to_owned())
    .collect()
}
