use std::{borrow::Cow, fmt};

use super::values::Values;

/// One thing wrong with the settings. Its text never holds a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The setting, or the file that could not be read.
    pub subject: String,
    /// Where the value came from; empty if it came from nowhere.
    pub source: String,
    /// What is wrong, to be read after the subject.
    pub reason: Cow<'static, str>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.subject, self.reason)?;
        if !self.source.is_empty() {
            write!(f, " ({})", self.source)?;
        }
        Ok(())
    }
}

/// The problems found so far, at most one for each subject and reason.
#[derive(Default)]
pub(super) struct Problems(pub(super) Vec<Problem>);

impl Problems {
    /// Records a problem of a setting, unless its value could not even be read.
    pub(super) fn about(
        &mut self,
        key: &str,
        values: &Values,
        reason: impl Into<Cow<'static, str>>,
    ) {
        if !values.is_unreadable(key) {
            let source = values.get(key).map_or("", |found| &found.source);
            self.add(key, source, reason);
        }
    }

    pub(super) fn add(
        &mut self,
        subject: impl Into<String>,
        source: impl Into<String>,
        reason: impl Into<Cow<'static, str>>,
    ) {
        let problem = Problem {
            subject: subject.into(),
            source: source.into(),
            reason: reason.into(),
        };
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    pub(super) fn sorted(mut self) -> Vec<Problem> {
        self.0.sort();
        self.0
    }

    /// Whether something is known to be wrong with the setting.
    pub(super) fn concern(&self, key: &str) -> bool {
        self.0.iter().any(|problem| problem.subject == key)
    }
}
