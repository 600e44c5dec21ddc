use actix_web::{HttpRequest, http::header};
use domain::{
    model::{Locale, Phrase, Place},
    services::Reader,
};
use wording::{PageWords, Wording};

/// Whom a page speaks to, and in what words.
pub(super) struct Audience<'a> {
    pub(super) words: &'a PageWords,
    locale: Locale,
    reader: Option<Reader>,
}

impl<'a> Audience<'a> {
    /// The holder of a live link: its account says the language, and the tenant's name may be told.
    pub(super) fn of_link(wording: &'a Wording, reader: Reader) -> Self {
        Self {
            words: &wording.words(&reader.locale).page,
            locale: reader.locale.clone(),
            reader: Some(reader),
        }
    }

    /// Somebody nobody knows: the browser says the language.
    pub(super) fn unknown(request: &HttpRequest, wording: &'a Wording) -> Self {
        let accepted = request.headers().get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|languages| languages.to_str().ok());
        let locale = wording.negotiate(accepted.unwrap_or_default());
        Self {
            words: &wording.words(&locale).page,
            locale,
            reader: None,
        }
    }

    pub(super) fn locale(&self) -> &str {
        self.locale.as_str()
    }

    pub(super) fn tenant(&self) -> Option<&str> {
        self.reader.as_ref().map(|reader| &*reader.tenant_name)
    }

    pub(super) fn username(&self) -> &str {
        self.reader
            .as_ref()
            .map_or("", |reader| reader.username.as_str())
    }

    /// The fewest characters of a password.
    pub(super) fn min_password_length(&self) -> usize {
        self.reader
            .as_ref()
            .map_or(0, |reader| reader.min_password_length)
    }

    pub(super) fn say(&self, phrase: &Phrase) -> String {
        self.say_of(phrase, 0)
    }

    /// `phrase`, which is about so many.
    pub(super) fn say_of(&self, phrase: &Phrase, count: usize) -> String {
        let count = count.to_string();
        phrase.fill(|place| match place {
            Place::Tenant => self.tenant().unwrap_or_default(),
            Place::Username => self.username(),
            Place::Count => &count,
            Place::Lifetime => "",
        })
    }
}
