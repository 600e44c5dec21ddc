//! Untyped values by key, each with its source.

use std::collections::{BTreeMap, BTreeSet};

use config::{Value, ValueKind};

/// A value and where it came from.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) value: Value,
    pub(super) source: String,
}

/// What is set, by the path of its key.
#[derive(Clone, Default)]
pub(super) struct Values {
    found: BTreeMap<String, Found>,
    unreadable: BTreeSet<String>,
}

impl Values {
    /// Sets a value in place of an earlier one. An empty text takes the earlier one away.
    pub(super) fn set(&mut self, key: &str, value: Value, source: &str) {
        if matches!(&value.kind, ValueKind::String(text) if text.is_empty()) {
            self.found.remove(key);
        } else {
            let source = source.to_owned();
            self.found.insert(key.to_owned(), Found { value, source });
        }
    }

    /// Sets a value where there is none.
    pub(super) fn fill(&mut self, key: &str, value: impl Into<Value>, source: &str) {
        if !self.found.contains_key(key) && !self.is_unreadable(key) {
            self.set(key, value.into(), source);
        }
    }

    /// Marks a setting whose value is somewhere we cannot read it.
    pub(super) fn set_unreadable(&mut self, key: &str) {
        self.found.remove(key);
        self.unreadable.insert(key.to_owned());
    }

    pub(super) fn is_unreadable(&self, key: &str) -> bool {
        self.unreadable.contains(key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Found> {
        self.found.get(key)
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Found> {
        self.found.remove(key)
    }

    /// The text of a value; `None` if it is not set or not text.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.value.kind {
            ValueKind::String(text) => Some(text),
            _ => None,
        }
    }
}
