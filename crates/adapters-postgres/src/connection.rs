//! How a connection is made, and when it is given up.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use diesel::{
    connection::{CacheSize, SimpleConnection as _},
    prelude::{Connection as _, *},
    r2d2::R2D2Connection as _,
};
use domain::{Result, model::Secret};
use r2d2::{HandleError, ManageConnection};

use crate::{Settings, error::Failure};

/// A connection of the pool, made in some generation of them.
pub(crate) struct Connection {
    pg: PgConnection,
    generation: u64,
    broken: bool,
}

impl Connection {
    /// Works on the connection, and takes note if that shows it to be broken.
    pub(crate) fn attempt<T>(
        &mut self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let outcome = work(&mut self.pg);
        if let Err(failure) = &outcome {
            // A connection that the server closed often ends in an error like any other.
            self.broken |=
                failure.is_broken_connection() || failure.says_nothing() && self.pg.ping().is_err();
        }
        outcome
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }
}

/// Makes connections. Where one breaks, those made before it are not handed out again: a restart or a failover of the
/// server breaks all of them, and finding that out one by one would fail a request each.
pub(crate) struct Manager {
    url: Secret<String>,
    /// What every new connection sets.
    session: Option<String>,
    cache: CacheSize,
    generation: AtomicU64,
}

impl Manager {
    pub(crate) fn new(settings: &Settings) -> Self {
        let (session, cache) = if settings.statement_cache {
            (Some(set("SET", settings)), CacheSize::Unbounded)
        } else {
            (None, CacheSize::Disabled)
        };
        Self {
            url: bounded(&settings.url),
            session,
            cache,
            generation: AtomicU64::new(0),
        }
    }
}

impl ManageConnection for Manager {
    type Connection = Connection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Connection, Self::Error> {
        let generation = self.generation.load(Ordering::Acquire);
        let mut pg = establish(&self.url)?;
        pg.set_prepared_statement_cache_size(self.cache);
        if let Some(session) = &self.session {
            pg.batch_execute(session)?;
        }
        Ok(Connection {
            pg,
            generation,
            broken: false,
        })
    }

    /// Compares generations. It costs no round trip, which a question to the server at each check-out would.
    fn is_valid(&self, connection: &mut Connection) -> Result<(), Self::Error> {
        if connection.generation < self.generation.load(Ordering::Acquire) {
            return Err(diesel::result::Error::BrokenTransactionManager.into());
        }
        Ok(())
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        if connection.broken {
            self.generation
                .fetch_max(connection.generation + 1, Ordering::AcqRel);
        }
        connection.broken || std::thread::panicking() || connection.pg.is_broken()
    }
}

/// Why there is no connection; who waits for one is told as well.
#[derive(Debug)]
pub(crate) struct Trace;

impl HandleError<diesel::r2d2::Error> for Trace {
    fn handle_error(&self, error: diesel::r2d2::Error) {
        tracing::debug!(%error, "no connection to the database");
    }
}

/// A connection outside the pool, for migrations.
pub(crate) fn direct(url: &Secret<String>) -> Result<PgConnection, ConnectionError> {
    establish(&bounded(url))
}

fn establish(url: &Secret<String>) -> Result<PgConnection, ConnectionError> {
    PgConnection::establish(url.expose()).map_err(|error| {
        ConnectionError::BadConnection(without_quotations(&error.to_string(), url.expose()))
    })
}

/// Quotations may be of the password: libpq quotes what it cannot read of a URL.
fn without_quotations(message: &str, url: &str) -> String {
    let parts = message.split('"').enumerate();
    // Where what is quoted may hold a quotation mark itself, nothing says which one ends it.
    let ends_are_known = !url.contains('"') && !url.contains("%22");
    let parts = parts.take(if ends_are_known { usize::MAX } else { 2 });
    let kept: Vec<_> = parts
        .map(|(at, part)| if at % 2 == 0 { part } else { "…" })
        .collect();
    kept.join("\"")
}

/// The start of a transaction. What a session has set does not hold behind a pooler that lends a server connection for
/// one transaction; there each transaction sets it.
pub(crate) fn begin(settings: &Settings) -> String {
    if settings.statement_cache {
        "BEGIN".to_owned()
    } else {
        format!("BEGIN;{}", set("SET LOCAL", settings))
    }
}

fn set(set: &str, settings: &Settings) -> String {
    let limits = [
        ("statement_timeout", settings.statement_timeout),
        ("lock_timeout", settings.lock_timeout),
        (
            "idle_in_transaction_session_timeout",
            settings.idle_in_tx_timeout,
        ),
    ];
    limits.iter().fold(String::new(), |mut sql, (name, limit)| {
        let _ = write!(sql, "{set} {name} = {};", milliseconds(*limit));
        sql
    })
}

/// As the server takes it: none of its limits is above `i32::MAX`, and 0 means none at all.
pub(crate) fn milliseconds(limit: Duration) -> u128 {
    limit.as_millis().clamp(1, 2_147_483_647)
}

/// The same URL, or list of `key=value`, with a bound on connecting and on silence of the network. What the operator
/// says of them comes later in the text, and wins.
fn bounded(url: &Secret<String>) -> Secret<String> {
    const BOUNDS: [(&str, &str); 5] = [
        ("connect_timeout", "2"),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "5"),
        ("keepalives_count", "3"),
        ("tcp_user_timeout", "15000"),
    ];
    let url = url.expose();
    let written = |between: &str| {
        BOUNDS
            .map(|(key, value)| format!("{key}={value}"))
            .join(between)
    };
    let Some((scheme, rest)) = url.split_once("://") else {
        return Secret::new(format!("{} {url}", written(" ")));
    };
    // A password may hold a question mark.
    let host = match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') => at,
        _ => 0,
    };
    let (user, host) = rest.split_at(host);
    let (host, parameters) = host.split_once('?').unwrap_or((host, ""));
    let bounds = written("&");
    let parameters = if parameters.is_empty() {
        bounds
    } else {
        format!("{bounds}&{parameters}")
    };
    Secret::new(format!("{scheme}://{user}{host}?{parameters}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded_text(url: &str) -> String {
        bounded(&Secret::new(url.to_owned())).expose().clone()
    }

    #[test]
    fn bounds_come_before_what_the_operator_says() {
        for (given, begins, ends) in [
            (
                "postgres://anna:a?b@db/one",
                "postgres://anna:a?b@db/one?connect_timeout=2&",
                "&tcp_user_timeout=15000",
            ),
            (
                "postgresql://db?connect_timeout=9",
                "postgresql://db?connect_timeout=2&",
                "&connect_timeout=9",
            ),
            (
                "host=db user=anna",
                "connect_timeout=2 ",
                " host=db user=anna",
            ),
        ] {
            let text = bounded_text(given);
            assert!(text.starts_with(begins) && text.ends_with(ends), "{text}");
        }
    }

    #[test]
    fn sec_43_a_quotation_mark_in_the_url_lets_nothing_of_it_out() {
        for (url, message, expected) in [
            ("", "", ""),
            ("", "nothing quoted", "nothing quoted"),
            ("", "host \"db\" says \"no", "host \"…\" says \"…"),
            ("a\"b", "token: \"a\"b\" of \"x\"", "token: \"…"),
            ("a%22b", "database \"a\"b\" is not", "database \"…"),
        ] {
            assert_eq!(without_quotations(message, url), expected);
        }
    }

    #[test]
    fn a_url_that_cannot_be_read_is_left_to_the_driver() {
        for url in [
            "",
            "://",
            "postgres://",
            "postgres://@",
            "?",
            "postgres:///?",
        ] {
            assert!(!bounded_text(url).is_empty());
        }
    }
}
