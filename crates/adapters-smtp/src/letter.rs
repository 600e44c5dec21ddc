use std::{collections::BTreeSet, sync::Arc};

use domain::model::{Locale, Mail, MailKind, MailPart, Phrase, Place};
use minijinja::{Value, context};
use wording::{Problem, Wording, Words};

use crate::layouts::{Layouts, Part};

/// What mails are written with: the words of every locale, and the layouts.
pub struct Letters {
    wording: Arc<Wording>,
    layouts: Layouts,
}

/// What a mail says, in both forms.
pub(crate) struct Letter {
    /// The one that it is written in.
    pub(crate) locale: Locale,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Letters {
    /// Writes mails of every kind in every locale to see that it can be done; every problem there is otherwise.
    pub fn new(wording: Wording) -> Result<Self, Vec<Problem>> {
        let letters = Self {
            layouts: Layouts::load(wording.layouts())?,
            wording: Arc::new(wording),
        };
        let locales = letters.wording.all().map(|(locale, _)| locale);
        let problems: BTreeSet<_> = locales
            .flat_map(samples)
            .flat_map(|mail| letters.problems(&mail))
            .collect();
        if problems.is_empty() {
            Ok(letters)
        } else {
            Err(problems.into_iter().collect())
        }
    }

    /// The words.
    pub fn wording(&self) -> &Arc<Wording> {
        &self.wording
    }

    /// Writes the mail in its locale.
    pub(crate) fn write(&self, mail: &Mail) -> Result<Letter, Problem> {
        let content = self.content(mail)?;
        Ok(Letter {
            locale: content.locale,
            subject: content.subject,
            text: self.layouts.render(Part::Text, &content.values)?,
            html: self.layouts.render(Part::Html, &content.values)?,
        })
    }

    fn problems(&self, mail: &Mail) -> Vec<Problem> {
        let content = match self.content(mail) {
            Ok(content) => content.values,
            Err(problem) => return vec![problem],
        };
        let problem = |part| match self.layouts.render(part, &content) {
            Ok(written) => {
                let link = mail.link.as_ref();
                let hides = link.is_some_and(|link| !written.contains(link.url.expose()));
                hides.then(|| self.layouts.problem(part, "does not show link.url"))
            }
            Err(problem) => Some(problem),
        };
        let parts = [Part::Html, Part::Text].into_iter();
        parts.filter_map(problem).collect()
    }

    fn content(&self, mail: &Mail) -> Result<Content, Problem> {
        let locale = self.wording.locales().choose([&mail.locale]);
        let words = self.wording.words(&locale);
        let values = Values::of(mail, words);
        let part = |part| values.part(mail, words, part);
        let say = |phrase| values.fill(phrase, "a word of every mail");
        let link = match &mail.link {
            Some(link) => Some(context! {
                url => link.url.expose(),
                action => part(MailPart::Action)?,
                colon => say(&words.mail.colon)?,
                words => say(&words.mail.link)?,
                copy => say(&words.mail.copy)?,
            }),
            None => None,
        };
        let subject = for_header(&part(MailPart::Subject)?);
        let values = context! {
            locale => locale.as_str(),
            tenant => &values.tenant,
            username => &values.username,
            subject => &subject,
            greeting => say(&words.mail.greeting)?,
            message => part(MailPart::Message)?,
            link,
            note => part(MailPart::Note)?,
            signature => say(&words.mail.signature)?,
        };
        Ok(Content {
            locale,
            subject,
            values,
        })
    }
}

fn samples(locale: Locale) -> impl Iterator<Item = Mail> {
    let kinds = MailKind::ALL.into_iter();
    kinds.filter_map(move |kind| Mail::sample(kind, locale.clone()).ok())
}

struct Content {
    locale: Locale,
    subject: String,
    /// For the layouts.
    values: Value,
}

/// What phrases are filled with.
struct Values {
    tenant: String,
    username: String,
    lifetime: Option<String>,
}

impl Values {
    fn of(mail: &Mail, words: &Words) -> Self {
        let link = mail.link.as_ref();
        Self {
            tenant: plain(&mail.tenant_name),
            username: plain(mail.username.as_str()),
            lifetime: link.map(|link| words.lifetime(link.lifetime)),
        }
    }

    /// What the tenant says in that part, or else the platform.
    fn part(&self, mail: &Mail, words: &Words, part: MailPart) -> Result<String, Problem> {
        let name = format!("the {} of {}", part.name(), mail.kind.name());
        let own = mail.text.get(&part);
        match own.or_else(|| words.mail.part(mail.kind, part)) {
            Some(phrase) => self.fill(phrase, &name),
            None => Err(Problem::of_file(name, "is missing")),
        }
    }

    fn fill(&self, phrase: &Phrase, name: &str) -> Result<String, Problem> {
        let value = |place| match place {
            Place::Tenant => Some(self.tenant.as_str()),
            Place::Username => Some(self.username.as_str()),
            Place::Lifetime => self.lifetime.as_deref(),
            Place::Count => None,
        };
        match phrase.places().find(|place| value(*place).is_none()) {
            Some(place) => {
                let reason = format!("has no value for {{{{ {} }}}}", place.name());
                Err(Problem::of_file(name, reason))
            }
            None => Ok(phrase.fill(|place| value(place).unwrap_or_default())),
        }
    }
}

/// One line, whose order of reading no character changes (UAX 9, explicit directional formatting).
fn plain(text: &str) -> String {
    let is_line_end =
        |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    let is_direction = |letter: &char| matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .filter(|letter| !is_direction(letter))
        .map(|letter| if is_line_end(letter) { ' ' } else { letter })
        .collect()
}

/// What a mail program does not take for an encoded word (RFC 2047) either.
pub(crate) fn for_header(text: &str) -> String {
    plain(text).replace("=?", "= ?")
}
