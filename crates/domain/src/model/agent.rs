use std::{fmt, net::IpAddr, str::FromStr};

use crate::{Error, Result};

/// What a `User-Agent` says in short, for people who look at their sign-ins: `Firefox on Windows`, or the first product
/// of a program. 1 to 64 visible ASCII characters and spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent(String);

/// Before those whose names they carry too.
const BROWSERS: [(&str, &str); 6] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 6] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

impl Agent {
    const MAX_LENGTH: usize = 64;

    /// The short form of a `User-Agent` header (RFC 9110 section 10.1.5).
    pub fn of_header(header: &str) -> Option<Self> {
        let named = |names: &[(&str, &'static str)]| {
            let found = names.iter().find(|(mark, _)| header.contains(mark));
            found.map(|(_, name)| *name)
        };
        let text = match (named(&BROWSERS), named(&SYSTEMS)) {
            (Some(browser), Some(system)) => format!("{browser} on {system}"),
            (Some(browser), None) => browser.to_owned(),
            (None, _) => {
                let product = header.split_whitespace().next()?;
                product.chars().take(Self::MAX_LENGTH).collect()
            }
        };
        text.parse().ok()
    }

    /// The short form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Agent {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let shown = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        if text.is_empty() || text.len() > Self::MAX_LENGTH || !text.bytes().all(shown) {
            return Err(Error::invalid("agent", "is not 1 to 64 visible characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The kind of a network address: all that is kept of where a sign-in came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFamily {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl AddressFamily {
    /// `IPv4` or `IPv6`, for storage and readers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }

    /// The family of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::V4, Self::V6]
            .into_iter()
            .find(|it| it.name() == name)
    }
}

impl From<IpAddr> for AddressFamily {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn browsers_and_programs_are_told_in_short() {
        for (header, short) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
                Some("Firefox on Windows"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
                Some("Edge on Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
                Some("Safari on iPhone"),
            ),
            (
                "OpenAPI-Generator/1.0.0/python",
                Some("OpenAPI-Generator/1.0.0/python"),
            ),
            ("curl/8.5.0 and more", Some("curl/8.5.0")),
            ("", None),
            ("\u{1b}[31m", None),
        ] {
            let agent = Agent::of_header(header);
            assert_eq!(agent.as_ref().map(Agent::as_str), short, "{header}");
        }
    }

    proptest! {
        #[test]
        fn sec_52_any_header_is_read_without_panic(header: String) {
            if let Some(agent) = Agent::of_header(&header) {
                prop_assert!(agent.as_str().len() <= 64);
            }
        }
    }
}
