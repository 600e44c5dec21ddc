use adapters_smtp::{Composer, mailer};
use domain::{model::Mail, ports::Delivery};
use mailparse::ParsedMail;

use crate::TIMEOUT;

/// A message as a mail program reads it.
pub(crate) struct Read {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) html: String,
    /// As it was sent.
    pub(crate) raw: String,
}

impl Read {
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.iter().filter(|(it, _)| it == name);
        let (_, value) = values.next().unwrap();
        assert!(values.next().is_none(), "{name} twice");
        value
    }
}

pub(crate) async fn read(mail: &Mail) -> Read {
    read_from(&crate::composer(), mail).await
}

pub(crate) async fn read_from(composer: &Composer, mail: &Mail) -> Read {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("mailbox://{}", dir.path().display());
    let mailer = mailer(&url.parse().unwrap(), composer.clone(), None, TIMEOUT).unwrap();
    assert_eq!(mailer.deliver(mail).await, Delivery::Sent);
    let file = std::fs::read_dir(dir.path()).unwrap().next().unwrap();
    let bytes = std::fs::read(file.unwrap().path()).unwrap();
    let parsed = mailparse::parse_mail(&bytes).unwrap();
    assert_eq!(parsed.ctype.mimetype, "multipart/alternative");
    let [text, html] = parsed.subparts.as_slice() else {
        panic!("{} parts", parsed.subparts.len());
    };
    let headers = parsed.get_headers().into_iter();
    Read {
        headers: headers.map(|it| (it.get_key(), it.get_value())).collect(),
        text: body(text, "text/plain"),
        html: body(html, "text/html"),
        raw: String::from_utf8(bytes.clone()).unwrap(),
    }
}

fn body(part: &ParsedMail<'_>, mimetype: &str) -> String {
    assert_eq!(part.ctype.mimetype, mimetype);
    assert_eq!(part.ctype.charset, "utf-8");
    part.get_body().unwrap().replace("\r\n", "\n")
}

/// What stands there once a browser has read it.
pub(crate) fn unescaped(html: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(html.to_owned(), |html, (written, meant)| {
        html.replace(written, meant)
    })
}
