use std::{
    borrow::Cow,
    net::{Ipv4Addr, Ipv6Addr},
    path::PathBuf,
    str::FromStr,
};

use domain::model::{Email, Secret};
use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::message::address;

/// What is wrong with the settings of the mailer. It never shows the URL.
#[derive(Debug, thiserror::Error)]
pub enum MailConfigError {
    /// The URL of the mailer.
    #[error("{0}")]
    Url(&'static str),
    /// The sender.
    #[error("is not a sender such as `Membership <membership@example.com>`")]
    Sender,
    /// TLS cannot be set up on this machine.
    #[error("TLS cannot be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// Where mail goes:
/// `mailbox://DIR`, `smtp://[user:password@]host[:port]` or `smtps://[user:password@]host[:port]`.
///
/// `smtp` demands STARTTLS (port 587), unless `?tls=none` is said of a loopback host. `smtps` is TLS from the start
/// (port 465). Special characters of the user and password are percent-encoded.
pub enum MailUrl {
    /// A folder, relative to the working directory or absolute.
    Mailbox(PathBuf),
    /// A mail server.
    Smtp(SmtpServer),
}

/// A mail server, and how to speak to it.
pub struct SmtpServer {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) credentials: Option<(String, Secret<String>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    None,
    StartTls,
    Tls,
}

impl FromStr for MailUrl {
    type Err = MailConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = match text.split_once("://") {
            Some(("mailbox", dir)) => folder(dir).map(Self::Mailbox),
            Some(("smtp" | "smtps", _)) => server(text).map(Self::Smtp),
            _ => Err("does not start with mailbox://, smtp:// or smtps://"),
        };
        parsed.map_err(MailConfigError::Url)
    }
}

/// The sender's mailbox, its domain in A-label form.
pub(crate) fn sender(text: &str) -> Result<Mailbox, MailConfigError> {
    let parse = || {
        let mailbox: Mailbox = text.parse().ok()?;
        let email: Email = mailbox.email.to_string().parse().ok()?;
        Some(Mailbox::new(mailbox.name, address(&email)?))
    };
    parse().ok_or(MailConfigError::Sender)
}

fn folder(dir: &str) -> Result<PathBuf, &'static str> {
    if dir.is_empty() {
        return Err("names no folder after mailbox://");
    }
    if dir.contains(['?', '#']) {
        return Err("has options, but mailbox:// takes none");
    }
    Ok(dir.into())
}

fn server(text: &str) -> Result<SmtpServer, &'static str> {
    let url = Url::parse(text).map_err(
        |_| "is not a URL (special characters of the user and password are percent-encoded)",
    )?;
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return Err("has a path or a fragment (/, ? and # in a password are percent-encoded)");
    }
    let host = host(&url)?;
    let security = security(&url, &host)?;
    let port = url.port().unwrap_or(match security {
        Security::Tls => lettre::transport::smtp::SUBMISSIONS_PORT,
        Security::StartTls | Security::None => lettre::transport::smtp::SUBMISSION_PORT,
    });
    Ok(SmtpServer {
        host: match host {
            Host::Domain(name) => name,
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        },
        port,
        security,
        credentials: credentials(&url)?,
    })
}

fn host(url: &Url) -> Result<Host, &'static str> {
    let text = url
        .host_str()
        .filter(|host| !host.is_empty())
        .ok_or("names no host")?;
    Host::parse(text).map_err(|_| "has a host that cannot exist")
}

fn security(url: &Url, host: &Host) -> Result<Security, &'static str> {
    match (url.scheme(), url.query()) {
        ("smtps", None) => Ok(Security::Tls),
        (_, None) => Ok(Security::StartTls),
        ("smtp", Some("tls=none")) if is_loopback(host) => Ok(Security::None),
        ("smtp", Some("tls=none")) => Err("has tls=none, which is for loopback hosts only"),
        _ => Err(
            "has an unknown option; smtp:// to a loopback host takes tls=none, others take none",
        ),
    }
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => Ipv4Addr::is_loopback(ip),
        Host::Ipv6(ip) => Ipv6Addr::is_loopback(ip),
    }
}

fn credentials(url: &Url) -> Result<Option<(String, Secret<String>)>, &'static str> {
    let decode = |text| {
        percent_decode_str(text)
            .decode_utf8()
            .map(Cow::into_owned)
            .map_err(|_| "has a user or password that is not UTF-8")
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) if !user.is_empty() && !password.is_empty() => {
            Ok(Some((decode(user)?, Secret::new(decode(password)?))))
        }
        _ => Err("has a user without a password, or a password without a user"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smtp(text: &str) -> SmtpServer {
        match text.parse() {
            Ok(MailUrl::Smtp(server)) => server,
            _ => panic!("{text} is no mail server"),
        }
    }

    #[test]
    fn a_mailbox_is_a_relative_or_absolute_folder() {
        for (text, dir) in [
            ("mailbox://data/mailbox", "data/mailbox"),
            ("mailbox:///var/lib/membership", "/var/lib/membership"),
        ] {
            let Ok(MailUrl::Mailbox(folder)) = text.parse() else {
                panic!("{text} is no mailbox");
            };
            assert_eq!(folder, PathBuf::from(dir));
        }
    }

    #[test]
    fn the_scheme_decides_port_and_encryption() {
        for (text, host, port, security) in [
            (
                "smtp://mail.example",
                "mail.example",
                587,
                Security::StartTls,
            ),
            (
                "smtp://mail.example:25/",
                "mail.example",
                25,
                Security::StartTls,
            ),
            ("smtps://mail.example", "mail.example", 465, Security::Tls),
            (
                "smtps://[2001:db8::1]:2465",
                "2001:db8::1",
                2465,
                Security::Tls,
            ),
            (
                "smtp://localhost:1025?tls=none",
                "localhost",
                1025,
                Security::None,
            ),
            (
                "smtp://127.0.0.1?tls=none",
                "127.0.0.1",
                587,
                Security::None,
            ),
            ("smtp://[::1]?tls=none", "::1", 587, Security::None),
        ] {
            let server = smtp(text);
            assert_eq!(
                (server.host.as_str(), server.port, server.security),
                (host, port, security),
                "{text}"
            );
        }
    }

    #[test]
    fn credentials_are_percent_decoded() {
        let server = smtp("smtp://a%40b:p%2Fw%23%3A+%C3%A9@mail.example");

        let (user, password) = server.credentials.unwrap();
        assert_eq!(user, "a@b");
        assert_eq!(password.expose(), "p/w#:+\u{e9}");
    }

    #[test]
    fn a_url_that_cannot_be_used_is_refused_without_showing_it() {
        for text in [
            "",
            "data/mailbox",
            "http://mail.example",
            "mailbox://",
            "mailbox://dir?mode=0700",
            "smtp://",
            "smtp://user:hunter2@",
            "smtp://mail.example:port",
            "smtp://mail.example:99999",
            "smtp://mail.example?tls=none",
            "smtp://10.0.0.1?tls=none",
            "smtp://localhost.example?tls=none",
            "smtps://localhost?tls=none",
            "smtp://localhost?tls=none&hunter2=1",
            "smtp://localhost?hunter2=none",
            "smtp://user:hunter2@mail.example/path",
            "smtp://user:hun#ter2@mail.example",
            "smtp://user:hun/ter2@mail.example",
            "smtp://user@mail.example",
            "smtp://:hunter2@mail.example",
            "smtp://user:hunter2%ff@mail.example",
        ] {
            let Err(error) = text.parse::<MailUrl>() else {
                panic!("{text} was accepted");
            };
            assert!(!error.to_string().contains("ter2"), "{error}");
        }
    }

    #[test]
    fn a_sender_is_one_mailbox_with_an_ascii_domain() {
        let mailbox = sender("The Team <team@b\u{fc}cher.example>").unwrap();
        assert_eq!(mailbox.name.as_deref(), Some("The Team"));
        assert_eq!(mailbox.email.as_ref() as &str, "team@xn--bcher-kva.example");

        assert!(sender("membership@localhost").is_ok());
        for text in ["", "nobody", "a@b, c@d", "a@b\r\nBcc: c@d", "\"a b\"@c"] {
            assert!(sender(text).is_err(), "{text:?}");
        }
    }
}
