use std::{fmt, str::FromStr};

use crate::{Error, Result};

/// An e-mail address, unique in the tenant.
///
/// Identity rule (the only place that decides it): the domain in A-label form (IDNA 2008, UTS 46) and the whole
/// address in ASCII lower case. No other folding: `mıke@…` with a dotless i is not `mike@…`.
///
/// Form: one unquoted local part of at most 64 bytes and a domain of at most 253, without white space, control
/// characters or anything that a mail header could read as structure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email {
    shown: String,
    key: String,
}

impl Email {
    /// What decides whether two addresses are the same.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// As it was registered; mail goes here.
    pub fn as_str(&self) -> &str {
        &self.shown
    }
}

impl FromStr for Email {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::invalid("email", "is missing"));
        }
        split(text)
            .map(|(local, domain)| Self {
                shown: text.to_owned(),
                key: format!("{}@{domain}", local.to_ascii_lowercase()),
            })
            .ok_or_else(|| Error::invalid("email", "is not an e-mail address"))
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn split(text: &str) -> Option<(&str, String)> {
    let (local, domain) = text.split_once('@')?;
    let dots_apart = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    let local_fits =
        !local.is_empty() && local.len() <= 64 && dots_apart && local.chars().all(is_local);
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    let domain_fits = !domain.is_empty()
        && domain.len() <= 253
        && !domain.starts_with('.')
        && !domain.ends_with('.');
    (local_fits && domain_fits).then_some((local, domain))
}

/// `atext` of RFC 5322 with the letters of RFC 6532, and the dot between atoms.
fn is_local(letter: char) -> bool {
    match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        _ if letter.is_ascii() => "!#$%&'*+-/=?^_`{|}~.".contains(letter),
        _ => letter.is_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_domain_form_do_not_make_a_second_address() {
        for (one, other) in [
            ("Anna@Example.COM", "anna@example.com"),
            ("a@b\u{fc}cher.example", "A@xn--bcher-kva.example"),
            ("u@localhost", "U@LOCALHOST"),
        ] {
            assert_eq!(
                one.parse::<Email>().unwrap().key(),
                other.parse::<Email>().unwrap().key()
            );
        }
    }

    #[test]
    fn sec_12_a_dotless_i_is_another_address() {
        assert_ne!(
            "m\u{131}ke@example.com".parse::<Email>().unwrap().key(),
            "mike@example.com"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a@b\r\nBcc: c@d",
            "a\0@b",
            ".a@b",
            "a..b@c",
            "\"a\"@b",
            "<a@b>",
            "a@b>",
            "a,b@c",
            "a@-b.c",
            "a@b..c",
            "a@.",
            &format!("{}@b", "x".repeat(65)),
            &format!("a@{}", "x.".repeat(130)),
        ] {
            assert!(text.parse::<Email>().is_err(), "{text:?}");
        }
    }
}
