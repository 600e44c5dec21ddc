//! Parsers of single values. None quotes what it was given.

use std::{
    borrow::Cow, fmt::Display, net::SocketAddr, ops::RangeInclusive, path::PathBuf, str::FromStr,
    time::Duration,
};

use adapter_zendesk::Zendesk;
use config::{Value, ValueKind};
use domain::model::{Password, Secret};
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::keys::Parsed;

const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);

pub(super) fn text(value: &Value) -> Parsed<String> {
    str_of(value).map(str::to_owned)
}

pub(super) fn secret(value: &Value) -> Parsed<Secret<String>> {
    text(value).map(Secret::new)
}

pub(super) fn path(value: &Value) -> Parsed<PathBuf> {
    str_of(value).map(PathBuf::from)
}

pub(super) fn flag(value: &Value) -> Parsed<bool> {
    match &value.kind {
        ValueKind::Boolean(flag) => Some(*flag),
        ValueKind::String(text) => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| "is neither true nor false".into())
}

pub(super) fn int<T: TryFrom<i64>>(range: RangeInclusive<i64>) -> impl Fn(&Value) -> Parsed<T> {
    move |value| {
        let number = match &value.kind {
            ValueKind::I64(number) => Some(*number),
            ValueKind::String(text) => text.parse().ok(),
            _ => None,
        };
        number
            .filter(|number| range.contains(number))
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| {
                format!(
                    "is not a whole number from {} to {}",
                    range.start(),
                    range.end()
                )
                .into()
            })
    }
}

/// A number of bytes: `512`, `256KiB`, `1MiB`.
pub(super) fn bytes(value: &Value) -> Parsed<usize> {
    const WRONG: &str = "is not a size from 1B to 1GiB, like 256KiB";
    let text = match &value.kind {
        ValueKind::I64(number) => number.to_string(),
        ValueKind::String(text) => text.clone(),
        _ => return Err(WRONG.into()),
    };
    let digits = text.len()
        - text
            .trim_start_matches(|letter: char| letter.is_ascii_digit())
            .len();
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim_start() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(WRONG.into()),
    };
    let size = number
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_mul(unit));
    size.filter(|size| (1..=1 << 30).contains(size))
        .ok_or_else(|| WRONG.into())
}

/// A duration that may be zero.
pub(super) fn delay(value: &Value) -> Parsed<Duration> {
    let parsed = humantime::parse_duration(str_of(value)?).ok();
    parsed
        .filter(|duration| *duration <= LONGEST)
        .ok_or_else(|| "is not a duration of at most ten years, like 30s or 5m".into())
}

pub(super) fn duration(value: &Value) -> Parsed<Duration> {
    match delay(value)? {
        Duration::ZERO => Err("is zero".into()),
        duration => Ok(duration),
    }
}

pub(super) fn socket(value: &Value) -> Parsed<SocketAddr> {
    let parsed = str_of(value)?.parse();
    parsed.map_err(|_| "is not an IP address and port, like 0.0.0.0:8080".into())
}

/// A network in CIDR notation, or a single address.
pub(super) fn network(value: &Value) -> Parsed<IpNet> {
    let text = str_of(value)?;
    text.parse()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| "is not a network, like 10.0.0.0/8".into())
}

/// An `http` or `https` URL to which paths can be appended.
pub(super) fn base_url(value: &Value) -> Parsed<Url> {
    let url = Url::parse(str_of(value)?).map_err(|_| "is not a URL")?;
    let plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if matches!(url.scheme(), "http" | "https") && plain {
        Ok(url)
    } else {
        Err("is not an http or https URL without user, query and fragment".into())
    }
}

/// A value that the domain has a rule for.
pub(super) fn name<T: FromStr<Err = domain::Error>>(value: &Value) -> Parsed<T> {
    str_of(value)?.parse().map_err(reason)
}

/// A password that the domain takes, however short.
pub(super) fn password(value: &Value) -> Parsed<Secret<String>> {
    Password::parse("bootstrap.password", text(value)?).map_err(reason)?;
    secret(value)
}

fn reason(error: domain::Error) -> Cow<'static, str> {
    match error {
        domain::Error::Invalid { reason, .. } | domain::Error::Unacceptable { reason, .. } => {
            reason
        }
        domain::Error::Password { fault, .. } => fault.to_string().into(),
        _ => "cannot be used".into(),
    }
}

/// Levels by target.
pub(super) fn log_filter(value: &Value) -> Parsed<String> {
    let text = text(value)?;
    match EnvFilter::try_new(&text) {
        Ok(_) => Ok(text),
        Err(_) => Err("is not a list of levels by target, like domain=debug,actix_web=warn".into()),
    }
}

/// A value that is one of a library's names.
pub(super) fn parsed<T: FromStr<Err: Display>>(value: &Value) -> Parsed<T> {
    str_of(value)?
        .parse()
        .map_err(|error: T::Err| error.to_string().into())
}

/// A shared secret that is long enough to sign with.
pub(super) fn support_desk_secret(value: &Value) -> Parsed<Secret<String>> {
    match secret(value)? {
        secret if secret.expose().len() < Zendesk::MIN_SECRET => {
            Err(format!("is shorter than {} bytes", Zendesk::MIN_SECRET).into())
        }
        secret => Ok(secret),
    }
}

/// A list, or in one text with commas between.
pub(super) fn list<T>(item: fn(&Value) -> Parsed<T>) -> impl Fn(&Value) -> Parsed<Vec<T>> {
    move |value| {
        let items: Parsed<Vec<T>> = match &value.kind {
            ValueKind::Array(items) => items.iter().map(item).collect(),
            ValueKind::String(text) => text
                .split(',')
                .map(|part| item(&Value::from(part.trim())))
                .collect(),
            _ => return Err("is not a list".into()),
        };
        items.map_err(|reason| format!("has an entry that {reason}").into())
    }
}

pub(super) fn choice<T: Copy, const N: usize>(
    choices: [(&'static str, T); N],
) -> impl Fn(&Value) -> Parsed<T> {
    move |value| {
        let text = str_of(value)?;
        let chosen = choices.iter().find(|(name, _)| *name == text);
        chosen.map(|(_, choice)| *choice).ok_or_else(|| {
            let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
            format!("is not one of {}", names.join(", ")).into()
        })
    }
}

pub(super) fn str_of(value: &Value) -> Parsed<&str> {
    match &value.kind {
        ValueKind::String(text) => Ok(text),
        _ => Err("is not text (in TOML: between quotes)".into()),
    }
}
