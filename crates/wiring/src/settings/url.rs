//! URLs of databases and mail servers, and mail addresses. Some are not URLs to the letter (libpq takes lists of hosts).

use std::net::IpAddr;

use adapters_smtp::MailUrl;
use config::Value;
use domain::model::{Email, Secret};

use super::{
    keys::Parsed,
    kinds::Backend,
    parse::{secret, str_of},
};

/// `postgres://…`, `postgresql://…` or `sqlite://path`
pub(super) fn database_url(value: &Value) -> Parsed<Secret<String>> {
    let url = str_of(value)?;
    match backend(url) {
        Some(Backend::Sqlite) if url.contains(['?', '#']) => {
            Err("has options, but sqlite:// takes none".into())
        }
        Some(Backend::Sqlite) if url.contains(":memory:") => {
            Err("is in memory, where each connection has a database of its own".into())
        }
        Some(Backend::Sqlite) => secret(value),
        Some(Backend::Postgres) => {
            PostgresUrl::split(url).check()?;
            secret(value)
        }
        None => Err("is neither a postgres:// nor a sqlite:// URL with something behind it".into()),
    }
}

/// The parts of a PostgreSQL URL where libpq sees them: `?` and `:` may stand in a password as they are.
struct PostgresUrl<'a> {
    whole: &'a str,
    /// With their ports, commas between.
    hosts: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> PostgresUrl<'a> {
    fn split(whole: &'a str) -> Self {
        let rest = whole.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let rest = authority.rfind('@').map_or(rest, |at| &rest[at + 1..]);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        Self {
            whole,
            hosts,
            path,
            query,
        }
    }

    /// Refuses what libpq would quote, password and all, in its error.
    fn check(&self) -> Parsed<()> {
        let encodes = |rest: &str| {
            let digits = rest.as_bytes().get(..2);
            digits.is_some_and(|two| two != b"00" && two.iter().all(u8::is_ascii_hexdigit))
        };
        if !self.whole.split('%').skip(1).all(encodes) {
            return Err("has a % that encodes nothing (a % itself is written %25)".into());
        }
        // A second one, or one behind the authority: the password was not at its end yet.
        let in_the_rest = [self.path, self.query].concat().contains('@');
        if in_the_rest || self.whole.matches('@').count() > 1 {
            return Err(
                "has more than the @ before the host (/ and @ elsewhere are written %2F and %40)"
                    .into(),
            );
        }
        if !self.hosts.split(',').all(has_good_port) {
            return Err("has a host with a port that is not a number from 1 to 65535".into());
        }
        let pair = |pair: &str| pair.matches('=').count() == 1;
        if !self.query.is_empty() && !self.query.split('&').all(pair) {
            return Err("has an option that is not of the form name=value".into());
        }
        Ok(())
    }
}

/// Whether a host is followed by nothing or by a port.
fn has_good_port(host: &str) -> bool {
    let rest = match host.strip_prefix('[') {
        Some(address) => address.split_once(']').map(|(_, rest)| rest),
        None => Some(host.find(':').map_or("", |colon| &host[colon..])),
    };
    match rest.map(|rest| (rest, rest.strip_prefix(':'))) {
        Some(("" | ":", _)) => true,
        Some((_, Some(port))) => port.parse::<u16>().is_ok_and(|port| port != 0),
        _ => false,
    }
}

/// The kind of database; `None` for anything else.
pub(super) fn backend(url: &str) -> Option<Backend> {
    let (scheme, rest) = url.split_once("://")?;
    match scheme {
        _ if rest.is_empty() => None,
        "postgres" | "postgresql" => Some(Backend::Postgres),
        "sqlite" => Some(Backend::Sqlite),
        _ => None,
    }
}

/// Whether a PostgreSQL URL leads through a network and does not insist on encryption there.
/// libpq's own default, `prefer`, does not.
pub(super) fn may_be_in_the_clear(url: &str) -> bool {
    let PostgresUrl { hosts, query, .. } = PostgresUrl::split(url);
    let mut hosts = hosts.to_owned();
    let mut encrypted = false;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "host" | "hostaddr" => hosts = value.into_owned(),
            "sslmode" => encrypted = matches!(&*value, "require" | "verify-ca" | "verify-full"),
            _ => {}
        }
    }
    !encrypted && !hosts.split(',').all(is_local_host)
}

/// A host of a PostgreSQL URL, maybe with a port: a socket's folder, or a loopback address.
fn is_local_host(host: &str) -> bool {
    let socket = host.is_empty()
        || host.starts_with(['/', ':'])
        || host.to_ascii_lowercase().starts_with("%2f");
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    socket || is_loopback(name)
}

/// `localhost` or a loopback address.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address: IpAddr| address.is_loopback())
}

/// `smtps://…`, `smtp://…` or `mailbox://folder`
pub(super) fn mail_url(value: &Value) -> Parsed<Secret<String>> {
    let parsed = str_of(value)?.parse::<MailUrl>();
    parsed.map_err(|error| error.to_string())?;
    secret(value)
}

/// `address` or `Name <address>`
pub(super) fn sender(value: &Value) -> Parsed<String> {
    let text = str_of(value)?;
    let (name, address) = match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some((name, address)) => (name, address),
        None => ("", text),
    };
    if address.parse::<Email>().is_err()
        || name
            .chars()
            .any(|letter| letter.is_control() || "<>\",;:\\".contains(letter))
    {
        return Err("is neither an e-mail address nor of the form Name <address>".into());
    }
    Ok(text.to_owned())
}
