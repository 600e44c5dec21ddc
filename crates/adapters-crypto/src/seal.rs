//! Sealing: encryption at rest under the master keys.
//!
//! A sealed value is `version || key id || nonce || ciphertext || tag`: AES-256-GCM with a random nonce, bound to the
//! name of the thing that is sealed (associated data).

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use domain::model::Secret;

use crate::{
    MasterKeys,
    master_keys::{KeyId, Root},
};

const VERSION: u8 = 1;

pub(crate) struct Sealer(MasterKeys);

pub(crate) struct SealingKey(Secret<[u8; 32]>);

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
        Self(keys.clone())
    }

    /// Seals `plain` under `name`.
    pub(crate) fn seal(&self, name: &str, plain: &Secret<Vec<u8>>) -> Result<Vec<u8>, Unspecified> {
        let ring = self.0.ring();
        let key = ring.first();
        let mut text = plain.expose().clone();
        let nonce = key
            .sealing
            .cipher()?
            .seal_in_place_append_tag(Aad::from(name), &mut text)?;
        Ok([&[VERSION][..], &key.id().0, nonce.as_ref(), &text].concat())
    }

    /// Whether it says that it was sealed with the first key.
    pub(crate) fn is_current(&self, sealed: &[u8]) -> bool {
        split(sealed).is_ok_and(|(id, _)| id == self.0.ring().first().id())
    }

    /// What was sealed under `name`.
    pub(crate) fn open(&self, name: &str, sealed: &[u8]) -> Result<Secret<Vec<u8>>, SealError> {
        let (id, rest) = split(sealed)?;
        let (nonce, text) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(SealError::Unreadable)?;
        let ring = self.0.ring();
        let key = ring
            .iter()
            .find(|key| key.id() == id)
            .ok_or(SealError::UnknownKey(id))?;

        let mut text = text.to_vec();
        let plain = key
            .sealing
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

/// The id of the master key, and what follows it.
fn split(sealed: &[u8]) -> Result<(KeyId, &[u8]), SealError> {
    sealed
        .strip_prefix(&[VERSION])
        .and_then(|rest| rest.split_first_chunk())
        .map(|(id, rest)| (KeyId(*id), rest))
        .ok_or(SealError::Unreadable)
}

impl SealingKey {
    pub(crate) fn derive(root: &Root) -> Self {
        Self(root.derive("seal"))
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, Unspecified> {
        RandomizedNonceKey::new(&AES_256_GCM, self.0.expose())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::master_keys::new_key;

    fn plain() -> Secret<Vec<u8>> {
        Secret::new(b"private".to_vec())
    }

    fn with_ring(ring: &str) -> Sealer {
        Sealer::new(&MasterKeys::of(ring))
    }

    #[test]
    fn what_is_sealed_opens_under_its_name_alone() {
        let keys = with_ring(&new_key());
        let sealed = keys.seal("kid", &plain()).unwrap();

        assert_eq!(keys.open("kid", &sealed).ok().unwrap().expose(), b"private");
        assert_eq!(keys.open("other", &sealed).err(), Some(SealError::Broken));
    }

    #[test]
    fn the_same_value_is_sealed_differently_each_time() {
        let keys = with_ring(&new_key());

        assert_ne!(keys.seal("kid", &plain()), keys.seal("kid", &plain()));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let keys = with_ring(&new_key());
        let sealed = keys.seal("kid", &plain()).unwrap();

        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.open("kid", &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_rotated_ring_still_opens_and_a_foreign_one_names_the_missing_key() {
        let (old, new) = (new_key(), new_key());
        let (before, after) = (with_ring(&old), with_ring(&(new.clone() + &old)));
        let sealed = before.seal("kid", &plain()).unwrap();

        assert!(before.is_current(&sealed) && before.open("kid", &sealed).is_ok());
        assert!(!after.is_current(&sealed) && after.open("kid", &sealed).is_ok());
        let foreign = with_ring(&new).open("kid", &sealed).err();
        assert!(matches!(foreign, Some(SealError::UnknownKey(_))));
    }

    proptest! {
        #[test]
        fn sec_52_any_bytes_are_opened_without_panic(bytes: Vec<u8>) {
            prop_assert!(with_ring(&new_key()).open("kid", &bytes).is_err());
        }
    }
}
