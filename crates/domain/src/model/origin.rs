use std::{fmt, str::FromStr};

use crate::{Error, Result};

/// The origin of a web page, in the one form that browsers send (RFC 6454 section 6.2): `https://app.example.com`, with
/// a port where it is not the scheme's own. Compared exactly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// As browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.len() > 300 || !is_origin(text) {
            return Err(Error::invalid(
                "origins",
                "hold one that is not scheme://host[:port] as browsers send it",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else {
        return false;
    };
    let own_port = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return false,
    };
    let bracket = authority.rfind(']').unwrap_or_default();
    let (host, port) = match authority[bracket..].find(':') {
        Some(colon) => {
            let (host, port) = authority.split_at(bracket + colon);
            (host, Some(&port[1..]))
        }
        None => (authority, None),
    };
    let canonical = |port: &str| {
        port.parse::<u16>()
            .is_ok_and(|number| number != own_port && number > 0 && number.to_string() == port)
    };
    is_host(host) && port.is_none_or(canonical)
}

fn is_host(host: &str) -> bool {
    let in_brackets = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(address) = in_brackets {
        let canonical = |it: std::net::Ipv6Addr| it.to_string() == address;
        return address.parse().is_ok_and(canonical);
    }
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    !host.is_empty() && host.bytes().all(allowed)
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_47_only_the_form_that_browsers_send_is_an_origin() {
        for text in [
            "https://app.example.com",
            "http://localhost:3000",
            "https://[2001:db8::1]:8443",
            "http://192.0.2.1",
        ] {
            assert!(text.parse::<Origin>().is_ok(), "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "app.example.com",
            "https://",
            "https://App.example.com",
            "https://app.example.com/",
            "https://app.example.com:443",
            "http://app.example.com:80",
            "http://app.example.com:080",
            "http://app.example.com:",
            "https://user@app.example.com",
            "https://*.example.com",
            "https://[2001:DB8::1]",
            "ftp://app.example.com",
            "https://a b",
            "https://é.example.com",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
