use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use domain::{
    Result,
    model::{ProofPurpose, Verdict},
    ports::{DerivedSecrets, Entropy, MasterKeyRing},
};

use crate::digest::{Labelled, digest};

/// Chance that repeats itself: the same calls on a new one give the same bytes.
#[derive(Default)]
pub struct SeededEntropy {
    seed: u64,
    calls: AtomicU64,
}

impl SeededEntropy {
    /// Other bytes for another seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            calls: AtomicU64::default(),
        }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        Labelled(format!("{} {call}", self.seed)).fill(bytes);
    }
}

/// MACs that differ for another key, purpose or part, and that anybody could forge.
pub struct FakeSecrets {
    ring: Vec<String>,
}

impl FakeSecrets {
    /// A ring of keys; the first makes, all verify.
    pub fn new(ring: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            ring: ring.into_iter().map(Into::into).collect(),
        }
    }
}

impl Default for FakeSecrets {
    fn default() -> Self {
        Self::new(["test key"])
    }
}

impl DerivedSecrets for FakeSecrets {
    fn mac(&self, purpose: ProofPurpose, parts: &[&[u8]]) -> [u8; 32] {
        keyed(&self.ring[0], purpose, parts)
    }

    fn verify(&self, purpose: ProofPurpose, parts: &[&[u8]], mac: &[u8; 32]) -> Verdict {
        let made = |key: &String| keyed(key, purpose, parts) == *mac;
        match self.ring.iter().position(made) {
            Some(0) => Verdict::Match,
            Some(_) => Verdict::Rehash,
            None => Verdict::Mismatch,
        }
    }
}

/// A ring that never changes.
pub struct FakeKeyRing;

#[async_trait]
impl MasterKeyRing for FakeKeyRing {
    async fn reload(&self) -> Result<bool> {
        Ok(false)
    }
}

fn keyed(key: &str, purpose: ProofPurpose, parts: &[&[u8]]) -> [u8; 32] {
    digest(&[&[key.as_bytes(), purpose.name().as_bytes()], parts].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_is_good_for_its_key_purpose_and_parts_alone() {
        let mac = FakeSecrets::new(["one"]).mac(ProofPurpose::PasswordReset, &[b"a", b"bc"]);

        for (ring, purpose, parts, verdict) in [
            (
                &["one"][..],
                ProofPurpose::PasswordReset,
                [&b"a"[..], b"bc"],
                Verdict::Match,
            ),
            (
                &["one"],
                ProofPurpose::PasswordReset,
                [b"ab", b"c"],
                Verdict::Mismatch,
            ),
            (
                &["one"],
                ProofPurpose::Invitation,
                [b"a", b"bc"],
                Verdict::Mismatch,
            ),
            (
                &["two", "one"],
                ProofPurpose::PasswordReset,
                [b"a", b"bc"],
                Verdict::Rehash,
            ),
            (
                &["two"],
                ProofPurpose::PasswordReset,
                [b"a", b"bc"],
                Verdict::Mismatch,
            ),
        ] {
            let secrets = FakeSecrets::new(ring.iter().copied());
            assert_eq!(secrets.verify(purpose, &parts, &mac), verdict);
        }
    }

    #[test]
    fn entropy_repeats_itself_for_its_seed() {
        let three_words = |entropy: SeededEntropy| {
            [(); 3].map(|()| {
                let mut word = [0; 40];
                entropy.fill(&mut word);
                word
            })
        };

        let words = three_words(SeededEntropy::default());
        assert_eq!(words, three_words(SeededEntropy::default()));
        assert_ne!(words, three_words(SeededEntropy::new(1)));
        assert_ne!(words[0], words[1]);
    }
}
