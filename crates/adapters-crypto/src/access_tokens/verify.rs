use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::crypto;
use serde::{Deserialize, de::DeserializeOwned};

use super::{Algorithm, claims::Claims, keys::KeySet};

/// `typ` of an access token (RFC 9068).
pub(super) const TYPE: &str = "at+jwt";
/// In bytes. Ours have about 700, and 30 more for each role.
pub(super) const MAX_LENGTH: usize = 8 * 1024;

/// A token that has the form of ours. Nothing is proved yet.
pub(super) struct Token<'a> {
    kid: String,
    algorithm: Algorithm,
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

/// The header as we write it, and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

impl<'a> Token<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let (message, signature) = text.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let Header { typ, alg, kid } = decode(header)?;
        (typ == TYPE).then_some(Self {
            kid,
            algorithm: alg.parse().ok()?,
            message,
            payload,
            signature,
        })
    }

    pub(super) fn key_is_among(&self, keys: &KeySet) -> bool {
        keys.key(&self.kid).is_some()
    }

    /// The payload, if one of `keys` signed it.
    pub(super) fn verify(&self, keys: &KeySet) -> Option<Claims> {
        let key = keys.key(&self.kid)?;
        if self.algorithm != key.algorithm {
            return None;
        }
        crypto::verify(
            self.signature,
            self.message.as_bytes(),
            &key.public,
            key.algorithm.jws(),
        )
        .is_ok_and(|good| good)
        .then(|| decode(self.payload))
        .flatten()
    }
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = BASE64URL_NOPAD.decode(part.as_bytes()).ok()?;
    serde_json::from_slice(&json).ok()
}
