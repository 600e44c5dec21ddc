use std::{collections::BTreeMap, fmt, str::FromStr};

use super::{Email, Locale, MailKind, Phrase, TenantId};
use crate::{Error, Result};

/// How a tenant's mails differ from the platform's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    /// Whose mails.
    pub tenant: TenantId,
    /// For readers who ask for none themselves; the platform's default if absent.
    pub locale: Option<Locale>,
    /// Who they are from, in words; the platform's sender if absent.
    pub sender_name: Option<SenderName>,
    /// Who they are from; the platform's sender if absent, and while the operator does not allow its domain.
    pub sender_address: Option<Email>,
    /// What they say in place of the platform's words.
    pub texts: BTreeMap<(MailKind, Locale), MailText>,
    /// Counts changes, for optimistic concurrency; 0 for settings that were never made.
    pub version: i64,
}

impl MailSettings {
    /// The platform's, in everything.
    pub fn of_platform(tenant: TenantId) -> Self {
        Self {
            tenant,
            locale: None,
            sender_name: None,
            sender_address: None,
            texts: BTreeMap::new(),
            version: 0,
        }
    }
}

/// What one kind of mail says, part for part.
pub type MailText = BTreeMap<MailPart, Phrase>;

/// A part of a mail that has words of its own. What is around them (greeting, the link itself, signature) is the same in
/// every mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailPart {
    /// The subject: one line.
    Subject,
    /// What happened.
    Message,
    /// What opening the link does, on the button; for kinds with a link.
    Action,
    /// What to do if the reader did not expect the mail.
    Note,
}

impl MailPart {
    /// Every part.
    pub const ALL: [Self; 4] = [Self::Subject, Self::Message, Self::Action, Self::Note];

    /// The stable name, for storage, files and the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Message => "message",
            Self::Action => "action",
            Self::Note => "note",
        }
    }

    /// The part of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// The sender of mails in words: one line of 1 to 100 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderName(String);

impl SenderName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SenderName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.trim().is_empty()
            || text.chars().count() > 100
            || text.chars().any(char::is_control)
        {
            return Err(Error::invalid(
                "senderName",
                "is not 1 to 100 characters without control characters",
            ));
        }
        Ok(Self(text.trim().to_owned()))
    }
}

impl fmt::Display for SenderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
