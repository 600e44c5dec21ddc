//! The master key ring, and the file it lives in.

mod file;

use std::{fmt, io, path::Path, path::PathBuf};

use aws_lc_rs::{digest, hkdf};
use data_encoding::{BASE64, HEXLOWER};
use domain::{model::Secret, ports::Entropy};

use crate::ring::Ring;

/// The key ring from which all other secrets derive. The first key seals and derives; all open and verify.
///
/// As text: one key a line, 32 bytes in base64 (what `openssl rand -base64 32` prints). Blank lines and lines that
/// begin with `#` are ignored. To rotate, put a new key before the others.
pub struct MasterKeys(Ring<MasterKey>);

/// Why there is no key ring. Never tells what a line holds.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// A line is no key.
    #[error("line {line} of the master keys is not 32 bytes in base64")]
    Malformed {
        /// Counted from 1.
        line: usize,
    },
    /// A key stands there twice, or two have the same id.
    #[error("line {line} of the master keys repeats the id of a line above")]
    Repeated {
        /// Counted from 1.
        line: usize,
    },
    /// There is no line with a key.
    #[error("there is no master key")]
    Empty,
    /// The file cannot be read or made.
    #[error("the master keys in {}: {cause}", path.display())]
    File {
        /// Where it should be.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

impl MasterKeys {
    /// Reads a key ring from its text.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let mut keys: Vec<MasterKey> = Vec::new();
        for (line, entry) in (1..).zip(text.lines().map(str::trim)) {
            if entry.is_empty() || entry.starts_with('#') {
                continue;
            }
            let key = MasterKey::parse(entry).ok_or(MasterKeyError::Malformed { line })?;
            if keys.iter().any(|other| other.id == key.id) {
                return Err(MasterKeyError::Repeated { line });
            }
            keys.push(key);
        }
        Ring::new(keys).map(Self).ok_or(MasterKeyError::Empty)
    }

    /// A ring of one new key, and its text.
    pub fn generate(entropy: &dyn Entropy) -> (Self, Secret<String>) {
        let mut bytes = [0; MasterKey::LENGTH];
        entropy.fill(&mut bytes);
        let text = Secret::new(BASE64.encode(&bytes) + "\n");
        (Self(Ring::of(MasterKey::new(bytes))), text)
    }

    /// Reads the file at `path`; warns if others than its owner can read it too.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        let text = file::read(path).map_err(|cause| MasterKeyError::File {
            path: path.to_owned(),
            cause,
        })?;
        Self::parse(text.expose())
    }

    /// Reads the file at `path`. If there is none, makes it first, with a new key, readable by its owner alone. Of
    /// processes that start together all get the same key, and a crash leaves the whole file or none.
    pub fn load_or_generate(path: &Path, entropy: &dyn Entropy) -> Result<Self, MasterKeyError> {
        match Self::load(path) {
            Err(MasterKeyError::File { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
                file::create(path, &Self::generate(entropy).1, entropy).map_err(|cause| {
                    MasterKeyError::File {
                        path: path.to_owned(),
                        cause,
                    }
                })?;
                Self::load(path)
            }
            loaded => loaded,
        }
    }

    pub(crate) fn ring(&self) -> &Ring<MasterKey> {
        &self.0
    }
}

/// What a key is called in what it made: the first 4 bytes of its SHA-256, printed as 8 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyId(pub(crate) [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

pub(crate) struct MasterKey {
    id: KeyId,
    bytes: Secret<[u8; Self::LENGTH]>,
}

impl MasterKey {
    const LENGTH: usize = 32;

    fn new(bytes: [u8; Self::LENGTH]) -> Self {
        let mut id = [0; 4];
        id.copy_from_slice(&digest::digest(&digest::SHA256, &bytes).as_ref()[..4]);
        Self {
            id: KeyId(id),
            bytes: Secret::new(bytes),
        }
    }

    fn parse(entry: &str) -> Option<Self> {
        let bytes = Secret::new(BASE64.decode(entry.as_bytes()).ok()?);
        Some(Self::new(bytes.expose().as_slice().try_into().ok()?))
    }

    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    /// The key for one purpose: HKDF-SHA256 (RFC 5869) without salt, with the purpose's name as info.
    #[expect(
        clippy::expect_used,
        reason = "HKDF fails only beyond 255 blocks, and this is one"
    )]
    pub(crate) fn derive(&self, purpose: &str) -> Secret<[u8; 32]> {
        let mut key = [0; 32];
        hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(self.bytes.expose())
            .expand(&[b"membership/v1/", purpose.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut key))
            .expect("one block of output");
        Secret::new(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes 0 to 31 in base64.
    const COUNTING: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const ZEROES: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn ids(keys: &MasterKeys) -> Vec<String> {
        keys.ring().iter().map(|key| key.id().to_string()).collect()
    }

    #[test]
    fn keys_keep_their_order_and_are_named_by_their_digest() {
        let text = format!("# new\n  {COUNTING}\r\n\n# old\n{ZEROES}");
        let keys = MasterKeys::parse(&text).ok().unwrap();

        assert_eq!(ids(&keys), ["630dcd29", "66687aad"]);
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_not_shown() {
        for entry in [
            "secret",
            "c2VjcmV0",
            &COUNTING[1..],
            &format!("{COUNTING}{COUNTING}"),
        ] {
            let error = MasterKeys::parse(&format!("# ring\n{ZEROES}\n{entry}\n"))
                .err()
                .unwrap();

            assert_eq!(
                error.to_string(),
                "line 3 of the master keys is not 32 bytes in base64"
            );
        }
    }

    #[test]
    fn a_ring_without_keys_or_with_one_twice_is_refused() {
        let empty = MasterKeys::parse("# nothing\n\n").err();
        let twice = MasterKeys::parse(&format!("{ZEROES}\n{COUNTING}\n{ZEROES}")).err();

        assert!(matches!(empty, Some(MasterKeyError::Empty)));
        assert!(matches!(twice, Some(MasterKeyError::Repeated { line: 3 })));
    }

    #[test]
    fn a_generated_ring_is_the_one_in_its_text() {
        let (keys, text) = MasterKeys::generate(&crate::SystemEntropy);
        let read = MasterKeys::parse(text.expose()).ok().unwrap();

        assert_eq!(ids(&keys), ids(&read));
    }

    #[test]
    fn derived_keys_are_those_of_rfc_5869() {
        let keys = MasterKeys::parse(COUNTING).ok().unwrap();
        let key = keys.ring().first().derive("refresh-token");

        assert_eq!(
            HEXLOWER.encode(key.expose()),
            "99fa4ee402da2cc5e2944d103e97525772c249f2d2b13c3bc2f740930e940a95"
        );
    }
}
