use std::{fmt, str::FromStr};

use crate::{Error, Result};

/// Words with places for values: `Hello {{ username }},`. Plain text of at most 2,000 characters; whoever shows it escapes
/// it. There is nothing but [`Place`]s between double braces, so whoever writes it can reach nothing else and cost
/// nothing more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Place),
}

/// A value that a [`Phrase`] may have a place for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The tenant's name for people.
    Tenant,
    /// The name that the reader signs in with.
    Username,
    /// How long the link works, in words.
    Lifetime,
    /// A number that the sentence is about.
    Count,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 4] = [Self::Tenant, Self::Username, Self::Lifetime, Self::Count];

    /// What stands between the braces.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Username => "username",
            Self::Lifetime => "lifetime",
            Self::Count => "count",
        }
    }
}

impl Phrase {
    const MAX_LENGTH: usize = 2000;

    /// The words with the values put in.
    pub fn fill<'a>(&'a self, value: impl Fn(Place) -> &'a str) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Value(place) => value(*place),
            })
            .collect()
    }

    /// The places that it has, in order.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Value(place) => Some(*place),
        })
    }
}

impl FromStr for Phrase {
    type Err = Error;

    /// [`Error::Invalid`] for nothing, too much, control characters other than line ends, and anything between braces that
    /// is no [`Place`].
    fn from_str(text: &str) -> Result<Self> {
        let refused = |reason| Err(Error::invalid("text", reason));
        if text.trim().is_empty() {
            return refused("is empty");
        }
        if text.chars().count() > Self::MAX_LENGTH {
            return refused("is longer than 2000 characters");
        }
        if text.chars().any(|it| it.is_control() && it != '\n') {
            return refused("has control characters");
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, after)) = after.split_once("}}") else {
                return refused("has braces that do not close");
            };
            let Some(place) = Place::ALL.into_iter().find(|it| it.name() == name.trim()) else {
                return refused("has something between double braces that is not known");
            };
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Value(place));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }
}

/// As it is written.
impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Value(place) => write!(f, "{{{{ {} }}}}", place.name()),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(text: &str) -> String {
        let phrase: Phrase = text.parse().unwrap();
        phrase.fill(|place| match place {
            Place::Tenant => "{{ username }}",
            Place::Username => "<ada>",
            Place::Lifetime => "30 minutes",
            Place::Count => "15",
        })
    }

    #[test]
    fn values_are_put_in_once_and_as_they_are() {
        assert_eq!(
            filled("{{tenant}}: hello {{ username }}, {{ lifetime }} { }}"),
            "{{ username }}: hello <ada>, 30 minutes { }}"
        );
    }

    #[test]
    fn what_is_no_phrase_is_refused() {
        let long = "x".repeat(2001);
        for text in [
            "",
            " \n",
            "{{ tenant",
            "{{ secret }}",
            "{{ }}",
            "{{{ tenant }}}",
            "\0",
            "a\r",
            &long,
        ] {
            assert!(text.parse::<Phrase>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn sec_52_any_text_is_a_phrase_or_refused_and_a_phrase_reads_back(text in "[{}a-z %#\\n]{0,40}|(\\{\\{ (tenant|count) \\}\\}|.){0,20}") {
            if let Ok(phrase) = text.parse::<Phrase>() {
                prop_assert_eq!(phrase.to_string().parse::<Phrase>().unwrap(), phrase);
            }
        }
    }
}
