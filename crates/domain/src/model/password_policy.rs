use unicode_normalization::UnicodeNormalization as _;

use super::{Email, Password, PasswordFault, Secret, ShortName, Tenant, Username};
use crate::ports::CommonPasswords;

/// What a new password must satisfy: enough of it, and nothing that guessing begins with. There are no rules of
/// composition, and no password expires.
///
/// All but the length is judged without regard to case. Letters are what Unicode calls alphabetic.
#[derive(Clone, Copy, Debug)]
pub struct PasswordPolicy {
    /// In code points of the NFC form; 15 where the password is the only factor (NIST SP 800-63B-4 section 3.1.1.2).
    pub min_length: usize,
}

/// Whose password it is to be. A password that is little more than one of these names may not be chosen.
pub struct PasswordOwner<'a> {
    /// The name of the tenant, for people.
    pub tenant_name: &'a str,
    /// The tenant's short name.
    pub tenant: &'a ShortName,
    /// What the tenant raises the minimum to.
    pub min_length: Option<u32>,
    /// The name to sign in with.
    pub username: &'a Username,
    /// The address.
    pub email: &'a Email,
}

impl<'a> PasswordOwner<'a> {
    /// A user of that tenant.
    pub fn new(tenant: &'a Tenant, username: &'a Username, email: &'a Email) -> Self {
        Self {
            tenant_name: &tenant.name,
            tenant: &tenant.short_name,
            min_length: tenant.min_password_length,
            username,
            email,
        }
    }

    /// What belongs to whom: the words of all names, and the fault of using them.
    fn names(&self) -> [(Vec<String>, PasswordFault); 3] {
        let (local, domain) = self.email.as_str().split_once('@').unwrap_or_default();
        // Everybody's address ends in a public domain.
        let labels = domain.rsplit_once('.').map_or("", |(labels, _)| labels);
        let words = |names: &[&str]| names.iter().copied().flat_map(words_of).collect();
        [
            (
                words(&[self.username.as_str(), local, labels]),
                PasswordFault::NamesAccount,
            ),
            (
                words(&[self.tenant_name, self.tenant.as_str()]),
                PasswordFault::NamesTenant,
            ),
            (words(&[PRODUCT]), PasswordFault::NamesProduct),
        ]
    }
}

/// The name of this service.
const PRODUCT: &str = "Membership";
/// A name's shorter words occur in other words too often to mean anything.
const SHORTEST_WORD: usize = 3;
/// How many letters a password must have besides the names in it.
const LETTERS_BESIDES: usize = 8;
/// Shorter words between digits are not looked up.
const SHORTEST_CORE: usize = 4;

impl PasswordPolicy {
    /// The minimum in a tenant that may want more.
    pub fn min_length_with(&self, tenants: Option<u32>) -> usize {
        self.min_length.max(tenants.unwrap_or(0) as usize)
    }

    /// The most that a tenant may ask for: every password of so many characters is long enough.
    pub const LONGEST_MINIMUM: u32 = 64;

    /// The fault of `password` for that owner: the first of length, names, list.
    pub fn judge(
        &self,
        password: &Password,
        owner: &PasswordOwner<'_>,
        common: &dyn CommonPasswords,
    ) -> Result<(), PasswordFault> {
        let min = self.min_length_with(owner.min_length);
        if password.length() < min {
            return Err(PasswordFault::TooShort { min });
        }
        let text = folded(password.expose());
        let core = text
            .expose()
            .trim_matches(|character: char| !character.is_alphabetic());
        if let Some(fault) = named(text.expose(), owner) {
            return Err(fault);
        }
        if is_common(text.expose(), core, common) {
            return Err(PasswordFault::Common);
        }
        Ok(())
    }
}

/// In lower case, in the form in which passwords are compared.
fn folded(text: &str) -> Secret<String> {
    Secret::new(text.nfc().flat_map(char::to_lowercase).nfc().collect())
}

/// Whether it, its core, or its core with letters for the signs in it and before it is listed.
fn is_common(text: &str, core: &str, common: &dyn CommonPasswords) -> bool {
    if common.contains(text) {
        return true;
    }
    if core.chars().count() < SHORTEST_CORE {
        return false;
    }
    let start = text.find(core).unwrap_or(0);
    let before = text[..start].chars().next_back();
    let led = Secret::new(before.into_iter().chain(core.chars()).collect::<String>());
    common.contains(core)
        || common.contains(unmasked(core).expose())
        || common.contains(unmasked(led.expose()).expose())
}

/// The digits and signs that stand for letters, as those.
fn unmasked(text: &str) -> Secret<String> {
    let letter = |character| match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        other => other,
    };
    Secret::new(text.chars().map(letter).collect())
}

/// The fault of having too few letters besides the owner's names, if there are such names in it.
fn named(text: &str, owner: &PasswordOwner<'_>) -> Option<PasswordFault> {
    let names = owner.names();
    let found = names
        .iter()
        .find(|(words, _)| words.iter().any(|word| text.contains(word.as_str())))?;
    let mut words: Vec<&String> = names.iter().flat_map(|(words, _)| words).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut rest = Secret::new(text.to_owned());
    for word in words {
        // What stands on both sides of a name is no word of its own.
        rest = Secret::new(rest.expose().replace(word.as_str(), " "));
    }
    let letters = rest.expose().chars().filter(|it| it.is_alphabetic());
    (letters.count() < LETTERS_BESIDES).then_some(found.1)
}

/// The words of a name, and all of them as one.
fn words_of(name: &str) -> Vec<String> {
    let name = folded(name);
    let words = name.expose().split(|it: char| !it.is_alphanumeric());
    let mut all: Vec<String> = words.map(str::to_owned).collect();
    all.push(all.concat());
    all.retain(|word| word.chars().count() >= SHORTEST_WORD);
    all
}

#[cfg(test)]
mod tests;
