//! The mails that were delivered, as their receivers see them.

use std::{fs, path::Path};

use url::Url;

use crate::{app::Service, home::PUBLIC_URL};

/// A delivered mail.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    head: String,
    body: String,
}

/// A link in a mail, as the browser that follows it splits it.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) path: String,
    /// Path and query, as the request line has them.
    pub(crate) target: String,
    pub(crate) user: Option<String>,
    pub(crate) token: String,
}

impl Mail {
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap();
        let body = if text.contains("quoted-printable") {
            let decoded = quoted_printable::decode(body, quoted_printable::ParseMode::Robust);
            String::from_utf8(decoded.unwrap()).unwrap()
        } else {
            body.to_owned()
        };
        Self {
            head: head.replace("\n ", " "),
            body,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let value = |line: &'_ &str| {
            line.split_once(": ")
                .is_some_and(|it| it.0.eq_ignore_ascii_case(name))
        };
        self.head
            .lines()
            .find(value)
            .map(|line| &line[name.len() + 2..])
    }

    pub(crate) fn is_to(&self, address: &str) -> bool {
        self.header("To")
            .is_some_and(|to| to.trim_matches(['<', '>']) == address)
    }

    pub(crate) fn text(&self) -> &str {
        &self.body
    }

    /// The first link. It stands on the configured public origin.
    pub(crate) fn link(&self) -> Option<Link> {
        let start = self.body.find("://").map(|at| {
            self.body[..at]
                .rfind(|it: char| !it.is_ascii_alphabetic())
                .map_or(0, |it| it + 1)
        })?;
        let end = self.body[start..].find(|it: char| it.is_whitespace() || "<>\"".contains(it));
        let url = &self.body[start..end.map_or(self.body.len(), |it| start + it)];
        let target = url
            .strip_prefix(PUBLIC_URL)
            .expect("a link to the public origin")
            .to_owned();
        let url = Url::parse(url).unwrap();
        let value = |name: &str| {
            url.query_pairs()
                .find(|it| it.0 == name)
                .map(|it| it.1.into_owned())
        };
        Some(Link {
            path: url.path().to_owned(),
            target,
            user: value("user"),
            token: value("token")?,
        })
    }
}

impl Service {
    /// Lets the worker deliver what is due, then reads all mails that were ever sent, oldest first.
    pub(crate) async fn mails(&self) -> Vec<Mail> {
        self.deliver().await;
        delivered(&self.mailbox())
    }

    pub(crate) async fn mails_to(&self, address: &str) -> Vec<Mail> {
        let mut mails = self.mails().await;
        mails.retain(|mail| mail.is_to(address));
        mails
    }

    /// The newest link to that page that was mailed to the address.
    pub(crate) async fn newest_link(&self, address: &str, page: &str) -> Link {
        let mails = self.mails_to(address).await;
        let links = mails.iter().rev().filter_map(Mail::link);
        links
            .into_iter()
            .find(|link| link.path == page)
            .unwrap_or_else(|| panic!("no link to {page} for {address}"))
    }
}

/// All mails in the folder, oldest first.
pub(crate) fn delivered(folder: &Path) -> Vec<Mail> {
    let Ok(folder) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = folder
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().extension().is_some_and(|it| it == "eml"))
        .map(|entry| (entry.metadata().unwrap().modified().unwrap(), entry.path()))
        .collect();
    files.sort();
    files
        .iter()
        .map(|(_, file)| Mail::parse(&fs::read_to_string(file).unwrap()))
        .collect()
}
