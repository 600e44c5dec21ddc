//! Sealing: encryption at rest under the master keys.
//!
//! A sealed value is `version || key id || nonce || ciphertext || tag`: AES-256-GCM with a random nonce, bound to the
//! name of the thing that is sealed (associated data).

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use domain::model::Secret;

use crate::{MasterKeys, master_keys::KeyId, ring::Ring};

const VERSION: u8 = 1;
const ID_LEN: usize = 4;

pub(crate) struct Sealer(Ring<SealingKey>);

struct SealingKey {
    id: KeyId,
    bytes: Secret<[u8; 32]>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SealError {
    #[error("it was not sealed by this service")]
    Unreadable,
    #[error("it was sealed with master key {0}, which is not in the ring")]
    UnknownKey(KeyId),
    #[error("it was changed, or sealed as something else")]
    Broken,
}

impl Sealer {
    pub(crate) fn new(keys: &MasterKeys) -> Self {
        Self(keys.ring().map(|key| SealingKey {
            id: key.id(),
            bytes: key.derive("seal"),
        }))
    }

    /// Seals `plain` under `name`.
    pub(crate) fn seal(&self, name: &str, plain: &Secret<Vec<u8>>) -> Result<Vec<u8>, Unspecified> {
        let key = self.0.first();
        let mut text = plain.expose().clone();
        let nonce = key
            .cipher()?
            .seal_in_place_append_tag(Aad::from(name), &mut text)?;
        Ok([&[VERSION][..], &key.id.0, nonce.as_ref(), &text].concat())
    }

    /// What was sealed under `name`.
    pub(crate) fn open(&self, name: &str, sealed: &[u8]) -> Result<Secret<Vec<u8>>, SealError> {
        let rest = sealed
            .strip_prefix(&[VERSION])
            .ok_or(SealError::Unreadable)?;
        let (id, rest) = rest
            .split_first_chunk::<ID_LEN>()
            .ok_or(SealError::Unreadable)?;
        let (nonce, text) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(SealError::Unreadable)?;
        let id = KeyId(*id);
        let key = self
            .0
            .iter()
            .find(|key| key.id == id)
            .ok_or(SealError::UnknownKey(id))?;

        let mut text = text.to_vec();
        let plain = key
            .cipher()
            .and_then(|cipher| {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                cipher
                    .open_in_place(nonce, Aad::from(name), &mut text)
                    .map(|plain| plain.len())
            })
            .map_err(|Unspecified| SealError::Broken)?;
        text.truncate(plain);
        Ok(Secret::new(text))
    }
}

impl SealingKey {
    fn cipher(&self) -> Result<RandomizedNonceKey, Unspecified> {
        RandomizedNonceKey::new(&AES_256_GCM, self.bytes.expose())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SystemEntropy;

    fn plain() -> Secret<Vec<u8>> {
        Secret::new(b"private".to_vec())
    }

    fn key() -> String {
        MasterKeys::generate(&SystemEntropy).1.expose().clone()
    }

    fn with_ring(ring: &str) -> Sealer {
        Sealer::new(&MasterKeys::parse(ring).ok().unwrap())
    }

    #[test]
    fn what_is_sealed_opens_under_its_name_alone() {
        let keys = with_ring(&key());
        let sealed = keys.seal("kid", &plain()).unwrap();

        assert_eq!(keys.open("kid", &sealed).ok().unwrap().expose(), b"private");
        assert_eq!(keys.open("other", &sealed).err(), Some(SealError::Broken));
    }

    #[test]
    fn the_same_value_is_sealed_differently_each_time() {
        let keys = with_ring(&key());

        assert_ne!(keys.seal("kid", &plain()), keys.seal("kid", &plain()));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let keys = with_ring(&key());
        let sealed = keys.seal("kid", &plain()).unwrap();

        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open("kid", &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_rotated_ring_still_opens_and_a_foreign_one_names_the_missing_key() {
        let (old, new) = (key(), key());
        let sealed = with_ring(&old).seal("kid", &plain()).unwrap();

        assert!(
            with_ring(&(new.clone() + &old))
                .open("kid", &sealed)
                .is_ok()
        );
        assert!(matches!(
            with_ring(&new).open("kid", &sealed),
            Err(SealError::UnknownKey(_))
        ));
    }

    proptest! {
        #[test]
        fn sec_52_any_bytes_are_opened_without_panic(bytes: Vec<u8>) {
            prop_assert!(with_ring(&key()).open("kid", &bytes).is_err());
        }
    }
}
