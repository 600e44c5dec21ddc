use std::{collections::BTreeSet, fmt, str::FromStr};

use crate::{Error, Result};

/// A language, and where it matters the region: `de`, `pt-BR`. The part of RFC 5646 that texts are told apart by, in its
/// canonical case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale(String);

impl Locale {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The locale without its region.
    #[must_use]
    pub fn language(&self) -> Self {
        let language = self.0.split('-').next().unwrap_or_default();
        Self(language.to_owned())
    }
}

impl FromStr for Locale {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let (language, region) = text
            .split_once('-')
            .map_or((text, None), |(language, region)| (language, Some(region)));
        let language_fits = matches!(language.len(), 2 | 3) && letters(language);
        let region_fits = region.is_none_or(|region| region.len() == 2 && letters(region));
        if !language_fits || !region_fits {
            return Err(Error::invalid(
                "locale",
                "is not a language tag such as de or pt-BR",
            ));
        }
        let mut tag = language.to_ascii_lowercase();
        if let Some(region) = region {
            tag.push('-');
            tag.push_str(&region.to_ascii_uppercase());
        }
        Ok(Self(tag))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The locales that there are texts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locales {
    default: Locale,
    others: BTreeSet<Locale>,
}

impl Locales {
    /// `default` where no other is asked for, and `others`.
    pub fn new(default: Locale, others: impl IntoIterator<Item = Locale>) -> Self {
        let others = others.into_iter().collect();
        Self { default, others }
    }

    /// Whether there are texts for exactly this locale.
    pub fn has(&self, locale: &Locale) -> bool {
        *locale == self.default || self.others.contains(locale)
    }

    /// Every one, the default first.
    pub fn all(&self) -> impl Iterator<Item = &Locale> {
        let others = self.others.iter().filter(|it| **it != self.default);
        std::iter::once(&self.default).chain(others)
    }

    /// The locale to speak to somebody who would like `wanted`, best first: the first that there is, with its region or
    /// without; else the default.
    pub fn choose<'a>(&self, wanted: impl IntoIterator<Item = &'a Locale>) -> Locale {
        wanted
            .into_iter()
            .flat_map(|locale| [locale.clone(), locale.language()])
            .find(|locale| self.has(locale))
            .unwrap_or_else(|| self.default.clone())
    }

    /// [`Error::Unacceptable`] if there are no texts for a locale that somebody asks for.
    pub fn check(&self, locale: &Locale) -> Result<()> {
        self.has(locale).then_some(()).ok_or_else(|| {
            Error::unacceptable(
                "locale",
                "is not one of the locales that there are texts for",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(tag: &str) -> Locale {
        tag.parse().unwrap()
    }

    #[test]
    fn a_tag_is_a_language_and_perhaps_a_region() {
        for (text, tag) in [("de", "de"), ("PT-br", "pt-BR"), ("gsw", "gsw")] {
            assert_eq!(locale(text).as_str(), tag);
        }
        for text in [
            "",
            "d",
            "german",
            "de_DE",
            "de-",
            "-DE",
            "de-DEU",
            "de-DE-1996",
            "dé",
        ] {
            assert!(text.parse::<Locale>().is_err(), "{text}");
        }
    }

    #[test]
    fn all_are_told_once_and_the_default_first() {
        let locales = Locales::new(locale("en"), ["fr", "en", "de"].map(locale));

        let all: Vec<_> = locales.all().map(Locale::as_str).collect();

        assert_eq!(all, ["en", "de", "fr"]);
        assert!(locales.all().all(|it| locales.check(it).is_ok()));
        assert!(locales.check(&locale("de-CH")).is_err());
    }

    #[test]
    fn the_first_wanted_locale_that_there_is_is_chosen() {
        let locales = Locales::new(locale("en"), [locale("de"), locale("pt-BR")]);
        for (wanted, chosen) in [
            (&["de"][..], "de"),
            (&["de-CH"], "de"),
            (&["fr", "pt-BR", "de"], "pt-BR"),
            (&["pt"], "en"),
            (&[], "en"),
        ] {
            let wanted: Vec<_> = wanted.iter().map(|tag| locale(tag)).collect();
            assert_eq!(locales.choose(&wanted).as_str(), chosen, "{wanted:?}");
        }
    }
}
