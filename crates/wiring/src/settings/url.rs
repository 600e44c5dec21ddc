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
        Some(_) => secret(value),
        None => Err("is neither a postgres:// nor a sqlite:// URL with something behind it".into()),
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
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = rest.split('/').next().unwrap_or_default();
    let mut hosts = authority.rsplit('@').next().unwrap_or_default().to_owned();
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
