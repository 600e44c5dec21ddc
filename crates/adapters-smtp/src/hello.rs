use std::str::FromStr;

use lettre::transport::smtp::extension::ClientId;

/// What we call ourselves to a mail server: a host name, or an address in brackets (RFC 5321 section 4.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelloName(pub(crate) ClientId);

/// The text is no host name and no address.
#[derive(Debug, thiserror::Error)]
#[error(
    "is not a host name such as mail.example.com, nor an address such as [192.0.2.1] or [IPv6:2001:db8::1]"
)]
pub struct HelloNameError;

impl FromStr for HelloName {
    type Err = HelloNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let literal = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let name = match literal {
            Some(address) => match address.strip_prefix("IPv6:") {
                Some(address) => address.parse().ok().map(ClientId::Ipv6),
                None => address.parse().ok().map(ClientId::Ipv4),
            },
            None => is_host(text).then(|| ClientId::Domain(text.to_owned())),
        };
        name.map(Self).ok_or(HelloNameError)
    }
}

/// RFC 1123 section 2.1, and no address without brackets.
fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        let fits = (1..=63).contains(&label.len());
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        fits && label.bytes().all(plain) && !label.starts_with('-') && !label.ends_with('-')
    };
    let top = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253 && text.split('.').all(is_label) && !top.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_host_or_an_address_in_brackets() {
        for (text, said) in [
            ("mail.example.com", "mail.example.com"),
            ("localhost", "localhost"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("[192.0.2.1]", "[192.0.2.1]"),
            ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
        ] {
            let name: HelloName = text.parse().unwrap();
            assert_eq!(name.0.to_string(), said);
        }
        let long = format!("{}.example", "x".repeat(64));
        for text in [
            "",
            "mail example",
            "mail.example.",
            ".example",
            "a..b",
            "-a.example",
            "b\u{fc}cher.example",
            "a_b.example",
            "192.0.2.1",
            "[192.0.2]",
            "[mail.example]",
            "[2001:db8::1]",
            "2001:db8::1",
            "a\r\nMAIL FROM:<b>",
            &long,
        ] {
            assert!(text.parse::<HelloName>().is_err(), "{text:?}");
        }
    }
}
