use std::{collections::BTreeMap, fmt, str::FromStr};

use super::{Email, EmailDomain, Locale, Locales, MailKind, Phrase, Place, Sender, TenantId};
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

    /// Who such mails are from, where tenants may send from `domains` at present.
    pub fn sender(&self, domains: &[EmailDomain]) -> Sender {
        let allowed = |address: &&Email| domains.iter().any(|it| address.is_at(it));
        Sender {
            name: self.sender_name.clone(),
            address: self.sender_address.as_ref().filter(allowed).cloned(),
        }
    }

    /// Checks them against the rules, where there are texts for `locales` and tenants may send from `domains`.
    /// [`Error::Unacceptable`] for the first that is broken.
    pub fn check(&self, locales: &Locales, domains: &[EmailDomain]) -> Result<()> {
        const ADDRESS: &str = "senderAddress";
        if let Some(locale) = &self.locale {
            locales.check(locale)?;
        }
        if let Some(address) = &self.sender_address {
            if !domains.iter().any(|it| address.is_at(it)) {
                let reason = "is at no domain that tenants may send from";
                return Err(Error::unacceptable(ADDRESS, reason));
            }
            if !address.is_plain() {
                let reason = "has something other than ASCII before the @";
                return Err(Error::unacceptable(ADDRESS, reason));
            }
        }
        for ((kind, locale), text) in &self.texts {
            let wrong = |reason| {
                let reason = format!("hold one for {} {reason}", kind.name());
                Error::unacceptable("texts", reason)
            };
            if !locales.has(locale) {
                return Err(wrong("in a locale that there are no texts for".to_owned()));
            }
            for (part, phrase) in text {
                if let Some(reason) = part.refuses(*kind, phrase) {
                    return Err(wrong(format!("whose {} {reason}", part.name())));
                }
            }
        }
        Ok(())
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

    /// Why mails of that kind cannot say this here.
    fn refuses(self, kind: MailKind, phrase: &Phrase) -> Option<&'static str> {
        let links = kind.token_purpose().is_some();
        let has = |place| phrase.places().any(|it| it == place);
        let has_lines = |text: String| text.contains(['\n', '\u{2028}', '\u{2029}']);
        if self == Self::Action && !links {
            Some("is for a link, which such a mail has not")
        } else if has(Place::Lifetime) && !links {
            Some("has a place for the lifetime of a link, which such a mail has not")
        } else if has(Place::Count) {
            Some("has a place for a count, which no mail has")
        } else if self == Self::Subject && has_lines(phrase.to_string()) {
            Some("has more than one line")
        } else {
            None
        }
    }
}

/// The sender of mails in words: one line of 1 to 100 characters, none of which lets it pass for an address or turns the
/// order of the others.
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
        if text.trim().is_empty() || text.chars().count() > 100 || text.chars().any(is_deceptive) {
            return Err(Error::invalid(
                "senderName",
                "is not 1 to 100 characters without @, angle brackets, line ends and control characters",
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

fn is_deceptive(letter: char) -> bool {
    matches!(letter, '@' | '<' | '>' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || letter.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(kind: MailKind, part: MailPart, phrase: &str) -> bool {
        let locales = Locales::new("en".parse().unwrap(), []);
        let text = MailText::from([(part, phrase.parse().unwrap())]);
        let mut settings = MailSettings::of_platform(TenantId::from_uuid(uuid::Uuid::nil()));
        settings.texts.insert((kind, "en".parse().unwrap()), text);
        settings.check(&locales, &[]).is_err()
    }

    #[test]
    fn a_part_says_what_mails_of_its_kind_can_fill_in() {
        let link = MailKind::PasswordReset;
        let notice = MailKind::SignedOut;
        for part in MailPart::ALL {
            assert!(!broken(
                link,
                part,
                "{{ tenant }} {{ username }} {{ lifetime }}"
            ));
            assert!(broken(link, part, "{{ count }}"));
            assert!(broken(notice, part, "{{ lifetime }}"));
            let is_action = part == MailPart::Action;
            assert_eq!(broken(notice, part, "{{ tenant }}"), is_action);
            let is_subject = part == MailPart::Subject;
            assert_eq!(broken(link, part, "two\nlines"), is_subject);
        }
    }

    #[test]
    fn sec_50_a_name_does_not_pass_for_an_address_or_a_header() {
        for name in [
            "Acme",
            " M\u{fc}ller & S\u{f6}hne \"GmbH\" ",
            &"x".repeat(100),
        ] {
            assert_eq!(name.parse::<SenderName>().unwrap().as_str(), name.trim());
        }
        for name in [
            "",
            "  ",
            "a\r\nBcc: b",
            "a\nb",
            "ceo@bank.example",
            "Bank <ceo",
            "a\0",
            "\u{202e}knaB",
            &"x".repeat(101),
        ] {
            assert!(name.parse::<SenderName>().is_err(), "{name:?}");
        }
    }
}
