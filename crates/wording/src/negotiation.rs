//! The locale that a browser asks for.

use domain::model::Locale;

/// More languages than people speak; a longer list is not read to its end.
const MOST: usize = 32;

/// The locales of an `Accept-Language` header (RFC 9110 section 12.5.4), best first. What cannot be read is left out.
pub(crate) fn wanted(header: &str) -> Vec<Locale> {
    let mut ranges: Vec<(u16, Locale)> = header.split(',').take(MOST).filter_map(range).collect();
    ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    ranges.into_iter().map(|(_, locale)| locale).collect()
}

/// A language and its weight in thousandths; `None` for one that is not wanted or not a language.
fn range(text: &str) -> Option<(u16, Locale)> {
    let (tag, weight) = match text.split_once(';') {
        Some((tag, parameter)) => (tag, weight(parameter)?),
        None => (text, 1000),
    };
    let locale = locale(tag.trim())?;
    (weight > 0).then_some((weight, locale))
}

/// With its region if that is all that follows the language: `zh-Hant-TW` is `zh`.
fn locale(tag: &str) -> Option<Locale> {
    let language = tag.split('-').next()?;
    tag.parse().or_else(|_| language.parse()).ok()
}

/// `q=0.8` as 800 (RFC 9110 section 12.4.2).
fn weight(parameter: &str) -> Option<u16> {
    let value = parameter.trim().strip_prefix(['q', 'Q'])?;
    let value = value.trim().strip_prefix('=')?.trim();
    let weight: f32 = match value.len() {
        1..=5 => value.parse().ok()?,
        _ => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked"
    )]
    (0.0..=1.0)
        .contains(&weight)
        .then_some((weight * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tags(header: &str) -> Vec<String> {
        let wanted = wanted(header);
        wanted.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_weights_order_the_languages_and_zero_takes_one_away() {
        for (header, expected) in [
            ("de", &["de"][..]),
            ("en;q=0.5, de-CH , fr;q=0.9", &["de-CH", "fr", "en"]),
            ("de,en", &["de", "en"]),
            ("de;q=0, en;q=0.001", &["en"]),
            ("zh-Hant-TW, *;q=0.5", &["zh"]),
            ("de; Q = 0.3,fr;q=1.000", &["fr", "de"]),
        ] {
            assert_eq!(tags(header), expected, "{header}");
        }
    }

    #[test]
    fn what_is_no_weight_or_no_language_is_left_out() {
        for header in [
            "",
            ",",
            "*",
            "german",
            "d\u{e9}",
            "de;",
            "de;q",
            "de;q=",
            "de;q=2",
            "de;q=-1",
            "de;q=NaN",
            "de;q=inf",
            "de;level=1",
            "de;q=0.5;q=1",
            "de;q=0.00001",
        ] {
            assert!(tags(header).is_empty(), "{header}");
        }
    }

    proptest! {
        #[test]
        fn sec_52_any_header_is_read(header in "([a-zA-Z*;=,.0-9 q-]|\\PC){0,300}") {
            prop_assert!(wanted(&header).len() <= MOST);
        }
    }
}
