//! Clients as the commands print them.

use std::{fmt::Display, time::Duration};

use domain::model::Client;

/// The client in one line.
pub(super) fn row(client: &Client) -> String {
    let lifetimes = &client.lifetimes;
    let grants: Vec<_> = client.grants.iter().map(|grant| grant.name()).collect();
    [
        client.id.to_string(),
        client.kind.name().to_owned(),
        state(client).to_owned(),
        grants.join(","),
        client.refresh.name().to_owned(),
        span(lifetimes.access),
        span(lifetimes.idle),
        span(lifetimes.absolute),
        client.tenants.len().to_string(),
        client.secret_hashes.len().to_string(),
        client.created_at.to_string(),
    ]
    .join("\t")
}

/// The client's values by name; the entries of a list one by one.
pub(super) fn values(client: &Client) -> Vec<(&'static str, String)> {
    fn each<T: Display>(
        name: &'static str,
        values: impl IntoIterator<Item = T>,
    ) -> impl Iterator<Item = (&'static str, String)> {
        values
            .into_iter()
            .map(move |value| (name, value.to_string()))
    }
    let lifetimes = &client.lifetimes;
    let mut lines = vec![
        ("id", client.id.to_string()),
        ("kind", client.kind.name().to_owned()),
        ("state", state(client).to_owned()),
    ];
    lines.extend(each(
        "grant",
        client.grants.iter().map(|grant| grant.name()),
    ));
    lines.extend([
        ("refresh", client.refresh.name().to_owned()),
        ("access-lifetime", span(lifetimes.access)),
        ("idle-lifetime", span(lifetimes.idle)),
        ("absolute-lifetime", span(lifetimes.absolute)),
    ]);
    lines.extend(each("tenant", &client.tenants));
    lines.extend(each("origin", &client.origins));
    lines.extend([
        ("secrets", client.secret_hashes.len().to_string()),
        ("created", client.created_at.to_string()),
    ]);
    lines
}

fn state(client: &Client) -> &'static str {
    if client.enabled {
        "enabled"
    } else {
        "disabled"
    }
}

/// In the largest unit that leaves no rest, as the options read it: `10m`, `30d`.
fn span(span: Duration) -> String {
    const UNITS: [(&str, u128); 4] = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
    ];
    let millis = span.as_millis();
    let fits = UNITS.iter().find(|(_, unit)| millis.is_multiple_of(*unit));
    let (name, unit) = fits.unwrap_or(&("ms", 1));
    format!("{}{name}", millis / unit)
}
