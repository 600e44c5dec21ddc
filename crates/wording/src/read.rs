//! Reading words out of a locale's file, key by key.

use std::{borrow::Cow, collections::BTreeMap};

use domain::{
    Error,
    model::{Phrase, Place},
};
use toml::{Table, Value};

use crate::Problem;

/// The values of a file, by the path of their key: `mail.greeting`.
pub(crate) type Values = BTreeMap<String, Value>;

/// The values of a file's text; else what is wrong with it.
pub(crate) fn values(text: &str) -> Result<Values, Cow<'static, str>> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let end = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = text.as_bytes()[..end].split(|byte| *byte == b'\n').count();
        format!("is not valid TOML: line {line}: {}", error.message())
    })?;
    let mut values = Values::new();
    flatten("", table, &mut values);
    Ok(values)
}

fn flatten(path: &str, table: Table, values: &mut Values) {
    for (name, value) in table {
        let key = below(path, &name);
        match value {
            Value::Table(table) => flatten(&key, table, values),
            value => drop(values.insert(key, value)),
        }
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// Takes values by their keys and goes on after a problem, so that every problem is found.
pub(crate) struct Reader {
    file: String,
    values: Values,
    problems: Vec<Problem>,
}

impl Reader {
    /// Reads all of it; every value must be one that `T` has.
    pub(crate) fn read<T: Read>(file: &str, values: Values) -> Result<T, Vec<Problem>> {
        let mut reader = Self {
            file: file.to_owned(),
            values,
            problems: Vec::new(),
        };
        let read = T::read(&mut reader, "", &[]);
        let unknown = std::mem::take(&mut reader.values);
        for key in unknown.keys() {
            reader.problem(key, "is not known");
        }
        match read {
            Some(read) if reader.problems.is_empty() => Ok(read),
            _ => Err(reader.problems),
        }
    }

    fn problem(&mut self, key: &str, reason: impl Into<Cow<'static, str>>) {
        let problem = Problem::of_key(&self.file, key, reason);
        self.problems.push(problem);
    }

    fn phrase(&mut self, key: &str, places: &[Place]) -> Result<Phrase, Cow<'static, str>> {
        let Value::String(text) = self.values.remove(key).ok_or("is missing")? else {
            return Err("is not text".into());
        };
        // A text of several lines between """ ends in a line end.
        let text = text.trim_matches('\n');
        let phrase: Phrase = text.parse().map_err(|error| match error {
            Error::Invalid { reason, .. } => reason,
            _ => Cow::from("cannot be used"),
        })?;
        if key.ends_with(".subject") && text.contains('\n') {
            return Err("has more than one line".into());
        }
        if let Some(place) = phrase.places().find(|place| !places.contains(place)) {
            return Err(format!("has no value for {{{{ {} }}}}", place.name()).into());
        }
        Ok(phrase)
    }
}

/// What can be read: a phrase, or a table of what can be read.
pub(crate) trait Read: Sized {
    /// Reads what is at `path`, where phrases may have these `places`. `None` if there was a problem.
    fn read(reader: &mut Reader, path: &str, places: &[Place]) -> Option<Self>;

    /// Reads what is at `name` below `path`.
    fn read_below(reader: &mut Reader, path: &str, name: &str, places: &[Place]) -> Option<Self> {
        Self::read(reader, &below(path, name), places)
    }
}

impl Read for Phrase {
    fn read(reader: &mut Reader, path: &str, places: &[Place]) -> Option<Self> {
        let phrase = reader.phrase(path, places);
        phrase.map_err(|reason| reader.problem(path, reason)).ok()
    }
}

/// Makes structs that can be read. A line is `name: Type [places];`; without places, those of the struct around it hold.
macro_rules! words {
    ($(
        $(#[doc = $about:literal])+
        $Name:ident {
            $(
                $(#[doc = $meaning:literal])+
                $field:ident: $type:ty $([$($place:ident),*])?;
            )+
        }
    )+) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone, Debug)]
            pub struct $Name {
                $($(#[doc = $meaning])+ pub $field: $type,)+
            }

            impl Read for $Name {
                fn read(reader: &mut Reader, path: &str, around: &[Place]) -> Option<Self> {
                    let _ = around;
                    $(let $field = <$type>::read_below(
                        reader, path, stringify!($field), words!(@places around $([$($place),*])?),
                    );)+
                    Some(Self { $($field: $field?,)+ })
                }
            }
        )+
    };
    (@places $around:ident [$($place:ident),*]) => {
        &[$(Place::$place),*]
    };
    (@places $around:ident) => {
        $around
    };
}

pub(crate) use words;
