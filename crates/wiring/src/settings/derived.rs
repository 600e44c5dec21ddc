//! Defaults that depend on other settings or on the machine. The table tells them in words.

use std::thread;

use super::{
    keys::{Default, keys},
    kinds::Backend,
    parse::socket,
    url::backend,
    values::Values,
};

const DEFAULT: &str = "default";
const EMBEDDED: &str = "embedded default";

/// Fills in what the operator did not set.
pub(super) fn fill_defaults(values: &mut Values, embedded: bool) {
    for key in keys() {
        if let Default::Value(value) = &key.default {
            values.fill(key.path, value(), DEFAULT);
        }
    }
    if embedded {
        values.fill("database.url", "sqlite://data/membership.db", EMBEDDED);
        values.fill("keys.master_file", "data/keys/master", EMBEDDED);
        values.fill("shutdown.drain_delay", "0s", EMBEDDED);
        values.fill("log.format", "text", EMBEDDED);
        if let Some(port) = port(values) {
            values.fill(
                "server.public_url",
                format!("http://localhost:{port}"),
                EMBEDDED,
            );
        }
    } else {
        values.fill("password.bcrypt_cost", 12, DEFAULT);
        values.fill("shutdown.drain_delay", "5s", DEFAULT);
        values.fill("log.format", "json", DEFAULT);
    }
    values.fill(
        "bootstrap.on_start",
        embedded,
        if embedded { EMBEDDED } else { DEFAULT },
    );

    if let Some(url) = values.get("database.url").cloned() {
        values.fill("database.migration_url", url.value, "database.url");
    } else if values.is_unreadable("database.url") {
        values.set_unreadable("database.migration_url");
    }
    let mode = match values.text("database.url").and_then(backend) {
        Some(Backend::Sqlite) => "startup",
        Some(Backend::Postgres) | None => "none",
    };
    values.fill("migrations.mode", mode, DEFAULT);
    if values
        .text("mail.url")
        .is_some_and(|url| url.starts_with("mailbox:"))
    {
        values.fill("mail.from", "membership@localhost", DEFAULT);
    }

    let processors = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(1024);
    values.fill("server.workers", processors.min(4).to_string(), DEFAULT);
    values.fill("password.hash_threads", processors.to_string(), DEFAULT);
}

/// Values that are usable for every setting, to go on with after a problem.
pub(super) fn stand_ins() -> Values {
    let mut values = Values::default();
    fill_defaults(&mut values, true);
    values
}

fn port(values: &Values) -> Option<u16> {
    let bind = &values.get("server.bind")?.value;
    socket(bind).ok().map(|bind| bind.port())
}
