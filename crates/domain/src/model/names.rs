//! Names of users, tenants, roles and clients, each with one documented normal form.

use std::{collections::BTreeSet, fmt, str::FromStr};

use unicode_normalization::UnicodeNormalization as _;

use crate::{Error, Result};

/// The name a person signs in with, unique in the tenant.
///
/// 1 to 128 code points in Unicode NFC, without control characters and without white space at either end. It is shown as
/// it was registered. Two names are one identity if their NFC forms are equal after Unicode lower-casing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Username {
    shown: String,
    key: String,
}

impl Username {
    /// What decides whether two names are the same.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// As it was registered.
    pub fn as_str(&self) -> &str {
        &self.shown
    }
}

impl FromStr for Username {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let composed: String = text.nfc().collect();
        let key = composed.to_lowercase().nfc().collect();
        let length = composed.chars().count();
        if length == 0 {
            return Err(Error::invalid("username", "is missing"));
        }
        if length > 128 {
            return Err(Error::invalid("username", "is longer than 128 characters"));
        }
        if text.trim() != text || text.chars().any(char::is_control) {
            return Err(Error::invalid(
                "username",
                "has control characters or surrounding white space",
            ));
        }
        let shown = text.to_owned();
        Ok(Self { shown, key })
    }
}

/// The tenant's name on a sign-in form: 1 to 63 of `a-z 0-9 . _ -`, read case-insensitively.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortName(String);

impl ShortName {
    /// In lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ShortName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let name = text.to_ascii_lowercase();
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        if name.is_empty() || name.len() > 63 || !name.bytes().all(allowed) {
            return Err(Error::invalid(
                "shortName",
                "is not 1 to 63 letters, digits, dots, dashes or underscores",
            ));
        }
        Ok(Self(name))
    }
}

/// The name of a role, compared exactly. Which names exist is the [`RoleCatalogue`]'s matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);

impl RoleName {
    /// Administers the whole platform. Held in the platform's own tenant only.
    pub const ADMINISTRATOR: &str = "Administrator";
    /// Administers one tenant.
    pub const TENANT_ADMINISTRATOR: &str = "TenantAdministrator";

    /// Those of which a tenant, or the platform, must always keep one holder.
    pub const ADMINISTRATIVE: [&str; 2] = [Self::ADMINISTRATOR, Self::TENANT_ADMINISTRATOR];

    /// Whether a tenant, or the platform, must always keep one holder of it.
    pub fn is_administrative(&self) -> bool {
        Self::ADMINISTRATIVE.contains(&self.as_str())
    }

    /// As it is printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoleName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let printable = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if text.is_empty() || text.len() > 64 || !text.bytes().all(printable) {
            return Err(Error::unacceptable("role", "is not a known role"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// The roles that exist, from the operator's settings.
#[derive(Clone, Debug)]
pub struct RoleCatalogue(BTreeSet<RoleName>);

impl RoleCatalogue {
    /// The catalogue of `names`, to which the two built-in administrators always belong.
    pub fn new(names: impl IntoIterator<Item = RoleName>) -> Self {
        let built_in = [RoleName::ADMINISTRATOR, RoleName::TENANT_ADMINISTRATOR]
            .map(|name| RoleName(name.to_owned()));
        Self(names.into_iter().chain(built_in).collect())
    }

    /// The role of that name. [`Error::Unacceptable`] if there is none.
    pub fn find(&self, name: &str) -> Result<RoleName> {
        let known = name
            .parse()
            .ok()
            .and_then(|name: RoleName| self.0.get(&name).cloned());
        known.ok_or_else(|| Error::unacceptable("role", "is not a known role"))
    }
}

/// The name of an OAuth client, compared exactly: 1 to 128 visible ASCII characters (RFC 6749 appendix A.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// As the client sends it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.is_empty() || text.len() > 128 || !text.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(Error::invalid(
                "client_id",
                "is not 1 to 128 visible ASCII characters",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

macro_rules! prints_as_text {
    ($($name:ty),*) => {
        $(impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        })*
    };
}

prints_as_text!(Username, ShortName, RoleName, ClientId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_one_identity_in_every_case_and_composition() {
        for (one, other) in [
            ("Anna", "aNNA"),
            ("Zo\u{e9}", "ZOE\u{301}"),
            ("ÄGIR", "ägir"),
        ] {
            let one: Username = one.parse().unwrap();
            assert_eq!(one.key(), other.parse::<Username>().unwrap().key());
        }
        let dotless: Username = "m\u{131}ke".parse().unwrap();
        assert_ne!(dotless.key(), "mike");
    }

    #[test]
    fn unusable_usernames_are_refused() {
        for name in ["", " a", "a ", "a\nb", "a\0b", &"x".repeat(129)] {
            assert!(name.parse::<Username>().is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_catalogue_knows_its_roles_and_the_built_in_ones() {
        let catalogue = RoleCatalogue::new(["Support".parse().unwrap()]);

        assert!(catalogue.find("Support").is_ok());
        assert!(catalogue.find("Administrator").is_ok());
        for unknown in ["support", "Owner", "", "a b"] {
            assert!(
                matches!(
                    catalogue.find(unknown),
                    Err(Error::Unacceptable { field: "role", .. })
                ),
                "{unknown}"
            );
        }
    }
}
