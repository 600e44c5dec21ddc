use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use domain::{model::ProofPurpose, ports::DerivedSecrets};

use crate::{MasterKeys, ring::Ring};

/// The `DerivedSecrets` port: HMAC-SHA256 with a key for each purpose, derived from the master keys by HKDF-SHA256.
pub struct HkdfSecrets(Ring<[hmac::Key; PURPOSES]>);

const PURPOSES: usize = ProofPurpose::ALL.len();

/// The keys of a ring entry stand in the order of the purposes.
const _: () = {
    let mut at = 0;
    while at < PURPOSES {
        assert!(ProofPurpose::ALL[at] as usize == at);
        at += 1;
    }
};

impl HkdfSecrets {
    /// Derives all keys, once.
    pub fn new(keys: &MasterKeys) -> Self {
        Self(keys.ring().map(|key| {
            ProofPurpose::ALL.map(|purpose| {
                hmac::Key::new(hmac::HMAC_SHA256, key.derive(purpose.name()).expose())
            })
        }))
    }
}

impl DerivedSecrets for HkdfSecrets {
    fn mac(&self, purpose: ProofPurpose, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.0.first()[purpose as usize], parts)
    }

    fn verify(&self, purpose: ProofPurpose, parts: &[&[u8]], presented: &[u8; 32]) -> bool {
        self.0.iter().fold(false, |found, keys| {
            let expected = mac(&keys[purpose as usize], parts);
            found | verify_slices_are_equal(&expected, presented).is_ok()
        })
    }
}

/// Each part goes in behind its length, so that no two lists of parts are the same message.
fn mac(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut mac = [0; 32];
    mac.copy_from_slice(context.sign().as_ref());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    const PURPOSE: ProofPurpose = ProofPurpose::RefreshToken;

    fn ring(texts: &[&str]) -> HkdfSecrets {
        HkdfSecrets::new(&MasterKeys::parse(&texts.concat()).ok().unwrap())
    }

    fn key() -> String {
        MasterKeys::generate(&SystemEntropy).1.expose().clone()
    }

    #[test]
    fn a_mac_is_good_for_its_purpose_and_parts_alone() {
        let secrets = ring(&[&key()]);
        let mac = secrets.mac(PURPOSE, &[b"a", b"bc"]);

        assert!(secrets.verify(PURPOSE, &[b"a", b"bc"], &mac));
        assert!(!secrets.verify(PURPOSE, &[b"ab", b"c"], &mac));
        assert!(!secrets.verify(PURPOSE, &[b"a", b"bc", b""], &mac));
        assert!(!secrets.verify(PURPOSE, &[b"abc"], &mac));
        for other in &ProofPurpose::ALL[1..] {
            assert!(!secrets.verify(*other, &[b"a", b"bc"], &mac), "{other:?}");
        }
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let secrets = ring(&[&key()]);
        let mac = secrets.mac(PURPOSE, &[b"part"]);

        for bit in 0..256 {
            let mut forged = mac;
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(!secrets.verify(PURPOSE, &[b"part"], &forged), "bit {bit}");
        }
    }

    #[test]
    fn a_rotated_ring_makes_with_the_first_key_and_accepts_all() {
        let (old, new) = (key(), key());
        let (before, after) = (ring(&[&old]), ring(&[&new, &old]));

        assert!(after.verify(PURPOSE, &[b"x"], &before.mac(PURPOSE, &[b"x"])));
        assert!(ring(&[&new]).verify(PURPOSE, &[b"x"], &after.mac(PURPOSE, &[b"x"])));
        assert!(!before.verify(PURPOSE, &[b"x"], &after.mac(PURPOSE, &[b"x"])));
    }
}
