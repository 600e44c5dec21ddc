use std::fmt;

use aws_lc_rs::{digest, hkdf};
use data_encoding::{BASE64, HEXLOWER};
use domain::model::Secret;

use crate::{derived::MacKeys, hasher::Pepper, seal::SealingKey};

/// What a key is called in what it made: the first 4 bytes of its SHA-256, printed as 8 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyId(pub(crate) [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// The bytes of a master key: good for deriving alone.
pub(crate) struct Root(Secret<[u8; Root::LENGTH]>);

impl Root {
    pub(super) const LENGTH: usize = 32;

    pub(super) fn parse(entry: &str) -> Option<Self> {
        let bytes = Secret::new(BASE64.decode(entry.as_bytes()).ok()?);
        Some(Self(Secret::new(
            bytes.expose().as_slice().try_into().ok()?,
        )))
    }

    /// The key for one purpose: HKDF-SHA256 (RFC 5869) without salt, with the purpose's name as info.
    #[expect(
        clippy::expect_used,
        reason = "HKDF fails only beyond 255 blocks, and this is one"
    )]
    pub(crate) fn derive(&self, purpose: &str) -> Secret<[u8; 32]> {
        let mut key = Secret::new([0; 32]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(self.0.expose())
            .expand(&[b"membership/v1/", purpose.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(key.expose_mut()))
            .expect("one block of output");
        key
    }
}

/// A master key: all that is derived from it. Its own bytes are not kept.
pub(crate) struct MasterKey {
    digest: [u8; 32],
    pub(crate) macs: MacKeys,
    pub(crate) sealing: SealingKey,
    pub(crate) pepper: Pepper,
}

impl MasterKey {
    pub(super) fn new(root: &Root) -> Self {
        let mut digest = [0; 32];
        digest.copy_from_slice(digest::digest(&digest::SHA256, root.0.expose()).as_ref());
        Self {
            digest,
            macs: MacKeys::derive(root),
            sealing: SealingKey::derive(root),
            pepper: Pepper::derive(root),
        }
    }

    pub(crate) fn id(&self) -> KeyId {
        let [a, b, c, d, ..] = self.digest;
        KeyId([a, b, c, d])
    }
}

impl PartialEq for MasterKey {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_keys_are_those_of_rfc_5869() {
        let counting = Root::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();

        assert_eq!(
            HEXLOWER.encode(counting.derive("refresh-token").expose()),
            "99fa4ee402da2cc5e2944d103e97525772c249f2d2b13c3bc2f740930e940a95"
        );
    }
}
