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

    /// Whether `domain` is its domain, and not merely one above it.
    pub fn is_at(&self, domain: &EmailDomain) -> bool {
        self.key
            .rsplit_once('@')
            .is_some_and(|(_, own)| own == domain.0)
    }

    /// Whether every mail server takes it: those that know no RFC 6531 too.
    pub fn is_plain(&self) -> bool {
        self.key.is_ascii()
    }
}

/// The domain of addresses, in A-label form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailDomain(String);

impl FromStr for EmailDomain {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let domain = idna::domain_to_ascii_strict(text).ok();
        let fits = |domain: &String| {
            !domain.is_empty()
                && domain.len() <= 253
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        };
        let domain = domain.filter(fits);
        domain
            .map(Self)
            .ok_or_else(|| Error::invalid("domain", "is not a domain"))
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
                key: format!("{}@{}", local.to_ascii_lowercase(), domain.0),
            })
            .ok_or_else(|| Error::invalid("email", "is not an e-mail address"))
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn split(text: &str) -> Option<(&str, EmailDomain)> {
    let (local, domain) = text.split_once('@')?;
    let dots_apart = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    let local_fits =
        !local.is_empty() && local.len() <= 64 && dots_apart && local.chars().all(is_local);
    let domain = domain.parse().ok()?;
    local_fits.then_some((local, domain))
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
    fn sec_50_an_address_is_at_its_own_domain_in_any_form_and_at_no_other() {
        let at = |address: &str, domain: &str| {
            let domain = domain.parse::<EmailDomain>().unwrap();
            address.parse::<Email>().unwrap().is_at(&domain)
        };

        assert!(at("a@B\u{fc}cher.example", "xn--bcher-kva.EXAMPLE"));
        assert!(at("a@xn--bcher-kva.example", "b\u{fc}cher.example"));
        for other in ["a@mail.acme.example", "a@notacme.example", "a@example"] {
            assert!(!at(other, "acme.example"), "{other}");
        }
        for text in ["", ".", ".acme.example", "acme.example.", "a b", "*.acme"] {
            assert!(text.parse::<EmailDomain>().is_err(), "{text:?}");
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
