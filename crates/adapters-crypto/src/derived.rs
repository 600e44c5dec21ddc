use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use domain::{
    model::{ProofPurpose, Verdict},
    ports::DerivedSecrets,
};

use crate::{
    MasterKeys,
    master_keys::{MasterKey, Root},
};

/// The `DerivedSecrets` port: HMAC-SHA256 with a key for each purpose, derived from the master keys by HKDF-SHA256.
pub struct HkdfSecrets(MasterKeys);

/// The keys of a master key, in the order of the purposes.
pub(crate) struct MacKeys([hmac::Key; PURPOSES]);

const PURPOSES: usize = ProofPurpose::ALL.len();

const _: () = {
    let mut at = 0;
    while at < PURPOSES {
        assert!(ProofPurpose::ALL[at] as usize == at);
        at += 1;
    }
};

impl HkdfSecrets {
    /// Follows the ring wherever it changes.
    pub fn new(keys: &MasterKeys) -> Self {
        Self(keys.clone())
    }
}

impl DerivedSecrets for HkdfSecrets {
    fn mac(&self, purpose: ProofPurpose, parts: &[&[u8]]) -> [u8; 32] {
        self.0.ring().first().macs.mac(purpose, parts)
    }

    fn verify(&self, purpose: ProofPurpose, parts: &[&[u8]], presented: &[u8; 32]) -> Verdict {
        let ring = self.0.ring();
        let made = |key: &MasterKey| {
            let expected = key.macs.mac(purpose, parts);
            verify_slices_are_equal(&expected, presented).is_ok()
        };
        let by_first = made(ring.first());
        let by_other = ring
            .others()
            .iter()
            .fold(false, |found, key| found | made(key));
        match (by_first, by_other) {
            (true, _) => Verdict::Match,
            (false, true) => Verdict::Rehash,
            (false, false) => Verdict::Mismatch,
        }
    }
}

impl MacKeys {
    pub(crate) fn derive(root: &Root) -> Self {
        Self(
            ProofPurpose::ALL.map(|purpose| {
                hmac::Key::new(hmac::HMAC_SHA256, root.derive(purpose.name()).expose())
            }),
        )
    }

    /// Each part goes in behind its length, so that no two lists of parts are the same message.
    fn mac(&self, purpose: ProofPurpose, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0[purpose as usize]);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut mac = [0; 32];
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::master_keys::new_key;

    const PURPOSE: ProofPurpose = ProofPurpose::RefreshToken;

    fn ring(keys: &[&str]) -> HkdfSecrets {
        HkdfSecrets::new(&MasterKeys::of(&keys.concat()))
    }

    #[test]
    fn sec_23_a_mac_is_good_for_its_purpose_and_parts_alone() {
        let secrets = ring(&[&new_key()]);
        let mac = secrets.mac(PURPOSE, &[b"a", b"bc"]);

        let verdict = |purpose, parts: &[&[u8]]| secrets.verify(purpose, parts, &mac);
        assert_eq!(verdict(PURPOSE, &[b"a", b"bc"]), Verdict::Match);
        for parts in [&[&b"ab"[..], b"c"][..], &[b"a", b"bc", b""], &[b"abc"]] {
            assert_eq!(verdict(PURPOSE, parts), Verdict::Mismatch);
        }
        for other in &ProofPurpose::ALL[1..] {
            assert_eq!(
                verdict(*other, &[b"a", b"bc"]),
                Verdict::Mismatch,
                "{other:?}"
            );
        }
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let secrets = ring(&[&new_key()]);
        let mac = secrets.mac(PURPOSE, &[b"part"]);

        for bit in 0..256 {
            let mut forged = mac;
            forged[bit / 8] ^= 1 << (bit % 8);
            let verdict = secrets.verify(PURPOSE, &[b"part"], &forged);
            assert_eq!(verdict, Verdict::Mismatch, "bit {bit}");
        }
    }

    #[test]
    fn rel_16_all_keys_of_the_ring_verify_and_what_the_first_did_not_make_is_to_be_made_anew() {
        let (old, new, third) = (new_key(), new_key(), new_key());
        let mac = ring(&[&old]).mac(PURPOSE, &[b"x"]);

        for (keys, verdict) in [
            (&[&*old][..], Verdict::Match),
            (&[&old, &new], Verdict::Match),
            (&[&new, &old], Verdict::Rehash),
            (&[&new, &third, &old], Verdict::Rehash),
            (&[&new], Verdict::Mismatch),
        ] {
            let ring = ring(keys);
            assert_eq!(ring.verify(PURPOSE, &[b"x"], &mac), verdict, "{keys:?}");
            let own = ring.mac(PURPOSE, &[b"x"]);
            assert_eq!(ring.verify(PURPOSE, &[b"x"], &own), Verdict::Match);
        }
    }
}
