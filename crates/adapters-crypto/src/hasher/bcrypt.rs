//! What a stored hash looks like and how it is made and checked.
//!
//! - ours: `$bcrypt-hmac-sha384$k=<id of the master key>$2b$<cost>$<salt and digest>`
//! - imported: what [`Foreign`] reads

use std::hint::black_box;

use aws_lc_rs::hmac;
use bcrypt::{BcryptResult, HashParts};
use data_encoding::BASE64;
use domain::model::{Password, PasswordHash, Secret, Verdict};
use unicode_normalization::UnicodeNormalization as _;

use super::foreign::{Bcrypt, Foreign, Unusable};
use crate::{MasterKeys, master_keys::Root};

pub(super) const MIN_COST: u32 = 4;
/// About 5 s of a core. What costs more is not checked, whoever stored it.
pub(super) const MAX_COST: u32 = 16;
const TAG: &str = "$bcrypt-hmac-sha384$k=";

pub(super) struct Scheme {
    keys: MasterKeys,
    cost: u32,
    /// What checking took so far: 2^cost for each run.
    #[cfg(test)]
    rounds: std::sync::atomic::AtomicU64,
}

pub(crate) struct Pepper(hmac::Key);

impl Scheme {
    pub(super) fn new(keys: &MasterKeys, cost: u32) -> Self {
        Self {
            keys: keys.clone(),
            cost,
            #[cfg(test)]
            rounds: std::sync::atomic::AtomicU64::default(),
        }
    }

    pub(super) fn hash(&self, password: &Password) -> BcryptResult<PasswordHash> {
        let ring = self.keys.ring();
        let key = ring.first();
        let bcrypt = bcrypt::non_truncating_hash(key.pepper.apply(password).expose(), self.cost)?;
        Ok(PasswordHash::new(format!("{TAG}{}{bcrypt}", key.id())))
    }

    pub(super) fn verify(&self, password: &Password, stored: Option<&PasswordHash>) -> Verdict {
        stored
            .and_then(|stored| self.compare(password, stored))
            .unwrap_or_else(|| {
                self.pretend(password, 0);
                Verdict::Mismatch
            })
    }

    /// `None`, without any work done, for a stored hash that cannot be checked.
    fn compare(&self, password: &Password, stored: &PasswordHash) -> Option<Verdict> {
        let (found, current, rounds) = match Stored::parse(stored.as_str()) {
            Ok(Stored::Own(key_id, hash)) => {
                let ring = self.keys.ring();
                let Some(key) = ring.iter().find(|key| key.id().to_string() == key_id) else {
                    tracing::warn!(
                        key_id,
                        "a stored password hash needs a master key that is not in the ring"
                    );
                    return None;
                };
                let found = hash.matches(key.pepper.apply(password).expose().as_bytes())?;
                // Making a costlier hash anew would weaken it.
                let current = key == ring.first() && hash.cost() >= self.cost;
                (found, current, hash.rounds())
            }
            Ok(Stored::Foreign(hash)) => {
                let found = hash.matches(password.expose().as_bytes())?;
                (found, false, hash.rounds())
            }
            Err(unusable) => {
                tracing::warn!(reason = %unusable, "a stored password hash is not checked");
                return None;
            }
        };
        self.count(rounds);
        Some(match (found, current) {
            (true, true) => Verdict::Match,
            (true, false) => Verdict::Rehash,
            (false, _) => {
                self.pretend(password, rounds);
                Verdict::Mismatch
            }
        })
    }

    /// The work of a comparison for nothing, less what was `done` of it: an answer must not tell by its time that there is
    /// no hash or a cheap one. A costlier one cannot be hidden: such a user is told from others by the time.
    fn pretend(&self, password: &Password, done: u64) {
        let left = (1_u64 << self.cost).saturating_sub(done);
        let peppered = self.keys.ring().first().pepper.apply(password);
        // Any number of rounds is a sum of powers of two; what is less than the cheapest hash is too little to notice.
        for cost in (MIN_COST..=self.cost).filter(|cost| left >> cost & 1 == 1) {
            black_box(bcrypt(peppered.expose().as_bytes(), cost, [0; 16]).is_ok());
            self.count(1 << cost);
        }
    }

    #[cfg(test)]
    fn count(&self, rounds: u64) {
        self.rounds
            .fetch_add(rounds, std::sync::atomic::Ordering::Relaxed);
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests count the work")]
    const fn count(&self, _rounds: u64) {}
}

/// Plain bcrypt: looks at the first 72 bytes of `input`.
pub(super) fn bcrypt(input: &[u8], cost: u32, salt: [u8; 16]) -> BcryptResult<HashParts> {
    bcrypt::hash_with_salt(input, cost, salt)
}

impl Pepper {
    pub(crate) fn derive(root: &Root) -> Self {
        let key = root.derive("password-pepper");
        Self(hmac::Key::new(hmac::HMAC_SHA384, key.expose()))
    }

    /// 64 characters that depend on the whole password.
    fn apply(&self, password: &Password) -> Secret<String> {
        let normal = Secret::new(password.expose().nfc().collect::<String>());
        let mac = hmac::sign(&self.0, normal.expose().as_bytes());
        Secret::new(BASE64.encode(mac.as_ref()))
    }
}

enum Stored<'a> {
    /// With the id of its master key.
    Own(&'a str, Bcrypt),
    Foreign(Foreign),
}

impl<'a> Stored<'a> {
    fn parse(text: &'a str) -> Result<Self, Unusable> {
        let Some(rest) = text.strip_prefix(TAG) else {
            return Foreign::parse(text).map(Self::Foreign);
        };
        let (key_id, bcrypt) = rest.split_at_checked(8).ok_or(Unusable::Unknown)?;
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if !key_id.bytes().all(hex) || !bcrypt.starts_with("$2b$") {
            return Err(Unusable::Unknown);
        }
        Bcrypt::parse(bcrypt).map(|hash| Self::Own(key_id, hash))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use proptest::prelude::*;

    use super::*;
    use crate::master_keys::new_key;

    fn scheme(ring: &str, cost: u32) -> Scheme {
        Scheme::new(&MasterKeys::of(ring), cost)
    }

    fn password(text: &str) -> Password {
        Password::parse("password", text.to_owned()).unwrap()
    }

    fn stored(text: &str) -> PasswordHash {
        PasswordHash::new(text.to_owned())
    }

    #[test]
    fn sec_01_passwords_that_differ_anywhere_are_different() {
        let scheme = scheme(&new_key(), 4);
        for length in [71, 72, 73, 200] {
            let one = "x".repeat(length) + "1";
            let other = "x".repeat(length) + "2";
            let hash = scheme.hash(&password(&one)).unwrap();

            assert_eq!(scheme.verify(&password(&one), Some(&hash)), Verdict::Match);
            assert_eq!(
                scheme.verify(&password(&other), Some(&hash)),
                Verdict::Mismatch
            );
        }
    }

    #[test]
    fn sec_01_sixty_four_characters_of_any_script_count_in_either_composition() {
        let scheme = scheme(&new_key(), 4);
        for (one, same, other) in [
            ("\u{e9}", "e\u{301}", "e"),
            ("\u{1e69}", "s\u{323}\u{307}", "s\u{323}"),
            ("\u{ac01}", "\u{1100}\u{1161}\u{11a8}", "\u{ac00}"),
            ("🔑", "🔑", "🔒"),
        ] {
            let hash = scheme.hash(&password(&one.repeat(64))).unwrap();
            let other = one.repeat(63) + other;

            assert_eq!(
                scheme.verify(&password(&same.repeat(64)), Some(&hash)),
                Verdict::Match
            );
            assert_eq!(
                scheme.verify(&password(&other), Some(&hash)),
                Verdict::Mismatch
            );
        }
    }

    #[test]
    fn the_stored_form_names_scheme_key_and_cost() {
        let ring = new_key();
        let id = MasterKeys::of(&ring).ring().first().id();

        let hash = scheme(&ring, 5).hash(&password("x")).unwrap();

        let start = format!("$bcrypt-hmac-sha384$k={id}$2b$05$");
        assert!(hash.as_str().starts_with(&start), "{}", hash.as_str());
    }

    #[test]
    fn sec_09_hashes_of_a_lower_cost_or_another_key_ask_to_be_renewed() {
        let (old, new) = (new_key(), new_key());
        let hash = scheme(&old, 4).hash(&password("right")).unwrap();

        for changed in [scheme(&old, 5), scheme(&(new + &old), 4)] {
            assert_eq!(
                changed.verify(&password("right"), Some(&hash)),
                Verdict::Rehash
            );
            assert_eq!(
                changed.verify(&password("wrong"), Some(&hash)),
                Verdict::Mismatch
            );
        }
    }

    #[test]
    fn sec_06_every_miss_does_the_same_work() {
        let ring = new_key();
        let cheaper = scheme(&ring, 4).hash(&password("right")).unwrap();
        let foreign = scheme(&new_key(), 7).hash(&password("right")).unwrap();
        let imported = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        // 1 KiB of memory, which is not worth a round.
        let scrypt = "$scrypt$ln=3,r=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg";
        let scheme = scheme(&ring, 7);
        let current = scheme.hash(&password("right")).unwrap();

        for (case, stored) in [
            ("unknown user", None),
            ("unreadable hash", Some(&stored(""))),
            ("unknown key", Some(&foreign)),
            ("lower cost", Some(&cheaper)),
            ("imported", Some(&stored(imported))),
            ("imported scrypt", Some(&stored(scrypt))),
            ("current", Some(&current)),
        ] {
            let before = scheme.rounds.load(Ordering::Relaxed);
            assert_eq!(scheme.verify(&password("wrong"), stored), Verdict::Mismatch);
            let work = scheme.rounds.load(Ordering::Relaxed) - before;
            assert_eq!(work, 1 << 7, "{case}");
        }
        assert_eq!(
            scheme.verify(&password("right"), Some(&foreign)),
            Verdict::Mismatch
        );
    }

    #[test]
    fn sec_06_a_miss_on_an_imported_hash_does_about_the_work_of_any_other() {
        let scheme = scheme(&new_key(), 9);
        for (imported, work) in [
            (
                "$argon2id$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
                512,
            ),
            (
                "$argon2id$v=19$m=8192,t=4,p=2$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
                512,
            ),
            (
                "$pbkdf2-sha256$i=27000$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
                512,
            ),
            // More than any other, which cannot be taken back.
            (
                "$pbkdf2-sha256$i=54000$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
                600,
            ),
        ] {
            let before = scheme.rounds.load(Ordering::Relaxed);
            let verdict = scheme.verify(&password("wrong"), Some(&stored(imported)));
            assert_eq!(verdict, Verdict::Mismatch);
            let done = scheme.rounds.load(Ordering::Relaxed) - before;
            // Less than the cheapest hash is left out.
            assert!((work - 16..=work).contains(&done), "{imported}: {done}");
        }
    }

    #[test]
    fn sec_09_a_costlier_hash_is_not_made_cheaper() {
        let ring = new_key();
        let hash = scheme(&ring, 5).hash(&password("right")).unwrap();

        let verdict = scheme(&ring, 4).verify(&password("right"), Some(&hash));

        assert_eq!(verdict, Verdict::Match);
    }

    proptest! {
        #[test]
        fn sec_52_any_stored_text_is_read_without_panic(text: String) {
            prop_assert!(Stored::parse(&text).is_err());
        }

        #[test]
        fn sec_52_damaged_hashes_are_read_without_panic(
            at in 0_usize..90,
            cut in 0_usize..4,
            insert in ".{0,3}",
        ) {
            let text = "$bcrypt-hmac-sha384$k=00000000$2b$04$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
            let end = (at + cut).min(text.len());
            let at = at.min(end);
            let damaged = [&text[..at], &insert, &text[end..]].concat();
            if let Ok(Stored::Own(_, read)) = Stored::parse(&damaged) {
                prop_assert!((MIN_COST..=MAX_COST).contains(&read.cost()));
            }
        }
    }
}
