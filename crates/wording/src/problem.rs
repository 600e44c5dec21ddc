use std::{borrow::Cow, fmt};

/// One thing that is wrong with the texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, and where it is about one, its key: `texts/de.toml: mail.greeting`.
    pub subject: String,
    /// What is wrong, to be read after the subject.
    pub reason: Cow<'static, str>,
}

impl Problem {
    /// A problem of a whole file.
    pub fn of_file(file: impl fmt::Display, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            subject: file.to_string(),
            reason: reason.into(),
        }
    }

    pub(crate) fn of_key(file: &str, key: &str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::of_file(format!("{file}: {key}"), reason)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.subject, self.reason)
    }
}
