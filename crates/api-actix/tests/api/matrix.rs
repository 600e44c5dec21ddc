//! The table of `docs/authorization-matrix.md`: which answer each kind of caller gets to each call.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::{app::App, http::Request};

/// The kinds of callers, in the order of the columns.
pub(crate) const ACTORS: [&str; 10] = [
    "anonymous",
    "client",
    "stranger",
    "strange administrator",
    "member",
    "oneself",
    "administrator",
    "platform administrator",
    "disabled",
    "expired",
];
pub(crate) const ANONYMOUS: usize = 0;
pub(crate) const STRANGERS: [usize; 2] = [2, 3];
pub(crate) const ONESELF: usize = 5;
pub(crate) const ADMINISTRATOR: usize = 6;
pub(crate) const PLATFORM: usize = 7;

/// What the names in braces stand for.
pub(crate) type Values = BTreeMap<&'static str, String>;

/// A call, and the status of the answer to each kind of caller.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) method: String,
    pub(crate) path: String,
    /// A JSON body, a form or a query; may be empty.
    pub(crate) with: String,
    pub(crate) statuses: [u16; ACTORS.len()],
}

/// How the body of a call is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Query,
    Form,
    Json,
}

impl Row {
    /// Every row. The headings are compared too.
    pub(crate) fn all() -> Vec<Self> {
        let text = fs::read_to_string(in_docs("authorization-matrix.md")).unwrap();
        let mut lines = text.lines().filter(|line| line.starts_with('|'));
        let headings = cells(lines.next().unwrap());
        assert_eq!(headings[..2], ["operation", "with"]);
        assert_eq!(headings[2..], ACTORS);
        lines.skip(1).map(Self::read).collect()
    }

    fn read(line: &str) -> Self {
        let cells = cells(line);
        assert_eq!(cells.len(), 2 + ACTORS.len(), "{line}");
        let (method, path) = cells[0].split_once(' ').expect(line);
        let statuses = cells[2..].iter().map(|cell| cell.parse().expect(line));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            with: cells[1].to_owned(),
            statuses: statuses.collect::<Vec<_>>().try_into().unwrap(),
        }
    }

    pub(crate) fn operation(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn succeeds(&self, actor: usize) -> bool {
        self.statuses[actor] < 300
    }

    pub(crate) fn names(&self, name: &str) -> bool {
        let braced = format!("{{{name}}}");
        self.path.contains(&braced) || self.with.contains(&braced)
    }

    pub(crate) fn written(&self) -> Written {
        match (self.with.starts_with('{'), &*self.method) {
            (true, _) => Written::Json,
            (false, "POST" | "PUT") => Written::Form,
            (false, _) => Written::Query,
        }
    }

    /// The names and values of the body or query.
    pub(crate) fn fields(&self, values: &Values) -> Vec<(String, Value)> {
        if self.written() == Written::Json {
            let body: Value = serde_json::from_str(&self.with).expect(&self.with);
            let members = body.as_object().unwrap().clone().into_iter();
            return members
                .map(|(name, value)| (name, filled_value(value, values)))
                .collect();
        }
        let pairs = self.with.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').expect(pair);
                (name.to_owned(), filled(value, values).into())
            })
            .collect()
    }

    /// The names of the members that are text.
    pub(crate) fn texts(&self) -> Vec<String> {
        let fields = self.fields(&Values::new()).into_iter();
        let texts = fields.filter(|(_, value)| value.is_string());
        texts.map(|(name, _)| name).collect()
    }

    /// The call, by nobody yet.
    pub(crate) fn request(&self, app: &App, values: &Values) -> Request {
        let fields = self.fields(values);
        let request = app.request(&self.method, self.target(values));
        match self.written() {
            Written::Json => request.json(&fields.into_iter().collect()),
            Written::Form if !fields.is_empty() => request.form(&as_text(&fields)),
            Written::Form | Written::Query => request,
        }
    }

    /// Path and query.
    pub(crate) fn target(&self, values: &Values) -> String {
        let path = filled(&self.path, values);
        if self.written() != Written::Query || self.with.is_empty() {
            return path;
        }
        let query = serde_urlencoded::to_string(as_text(&self.fields(values))).unwrap();
        format!("{path}?{query}")
    }
}

/// The fields as a form has them; of a list its first item.
pub(crate) fn as_text(fields: &[(String, Value)]) -> Vec<(&str, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items[0].as_str().unwrap().to_owned(),
        other => other.to_string(),
    };
    fields
        .iter()
        .map(|(name, value)| (&**name, text(value)))
        .collect()
}

/// The committed document, which another test compares with the served one.
pub(crate) fn openapi() -> Value {
    serde_json::from_slice(&fs::read(in_docs("openapi.json")).unwrap()).unwrap()
}

fn in_docs(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(file)
}

fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().trim_matches('|');
    inner
        .split('|')
        .map(|cell| cell.trim().trim_matches('`'))
        .collect()
}

fn filled_value(value: Value, values: &Values) -> Value {
    match value {
        Value::String(text) => filled(&text, values).into(),
        other => other,
    }
}

fn filled(text: &str, values: &Values) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}
