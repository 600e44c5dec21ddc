//! Settings as text: the commented default file, and what is in force.

use std::fmt;

use config::{Value, ValueKind};

use super::{
    keys::{Default, Key, Section, keys},
    table::SECTIONS,
    values::Values,
};

const HEAD: &str = "\
# Every setting of Membership, its meaning and its default.
# Printed from crates/wiring/src/settings/table.rs by a test; `UPDATE_DOCS=1 cargo test -p wiring` writes it anew.
#
# Later sources win: config/default.toml, config/$MEMBERSHIP_ENV.toml, the file or folder of .toml files that
# $MEMBERSHIP_CONFIG names, and the environment: server.bind is MEMBERSHIP__SERVER__BIND, lists with commas between.
# An empty text means \"not set\". A secret can be kept in a file of its own and be named by its key with _file.
";

/// The text of `config/default.toml`.
pub fn default_toml() -> String {
    let sections: String = SECTIONS.iter().map(section).collect();
    format!("{HEAD}{sections}")
}

fn section(section: &Section) -> String {
    let keys: String = section.keys.iter().map(commented).collect();
    format!("\n{}[{}]\n{keys}", comment(section.meaning), section.name)
}

fn commented(key: &Key) -> String {
    let (name, meaning) = (key.name, comment(key.meaning));
    let line = match &key.default {
        Default::Value(value) => format!("{meaning}#{name} = {}\n", literal(&value())),
        Default::Words(words) => format!("{meaning}# Default: {words}.\n#{name} = \"\"\n"),
    };
    if key.secret {
        format!("{line}#{name}_file = \"\"\n")
    } else {
        line
    }
}

fn comment(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| ["#", line, "\n"]).collect()
}

/// A setting in force. `{}` prints it like a line of TOML, `{:#}` with its source as a comment.
pub struct Line {
    /// Such as `server.bind`.
    pub key: &'static str,
    /// As in TOML; `"***"` for a secret, `""` if there is none.
    pub value: String,
    /// Where the value came from.
    pub source: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.key, self.value)?;
        if f.alternate() {
            write!(f, "  # {}", self.source)?;
        }
        Ok(())
    }
}

pub(super) fn lines(values: &Values) -> Vec<Line> {
    keys().map(|key| line(key, values)).collect()
}

fn line(key: &'static Key, values: &Values) -> Line {
    let (value, source) = match (values.get(key.path), &key.default) {
        (Some(found), _) if key.secret => ("\"***\"".to_owned(), found.source.clone()),
        (Some(found), _) => (literal(&found.value), found.source.clone()),
        (None, Default::Words(words)) => ("\"\"".to_owned(), (*words).to_owned()),
        (None, Default::Value(_)) => ("\"\"".to_owned(), String::new()),
    };
    Line {
        key: key.path,
        value,
        source,
    }
}

fn literal(value: &Value) -> String {
    match &value.kind {
        ValueKind::String(text) => format!("{text:?}"),
        ValueKind::Array(items) => {
            let items: Vec<_> = items.iter().map(literal).collect();
            format!("[{}]", items.join(", "))
        }
        kind => kind.to_string(),
    }
}
