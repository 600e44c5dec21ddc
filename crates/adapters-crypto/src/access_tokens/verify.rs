use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::crypto;
use serde::{Deserialize, de::DeserializeOwned};

use super::{claims::Claims, keys::KeySet};

/// `typ` of an access token (RFC 9068).
pub(super) const TYPE: &str = "at+jwt";
/// In bytes. Ours have about 700, and 30 more for each role.
pub(super) const MAX_LENGTH: usize = 8 * 1024;

/// The header as we write it, and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

/// The payload of a token that one of `keys` signed.
pub(super) fn verify(token: &str, keys: &KeySet) -> Option<Claims> {
    if token.len() > MAX_LENGTH {
        return None;
    }
    let (message, signature) = token.rsplit_once('.')?;
    let (header, payload) = message.split_once('.')?;
    let header: Header = decode(header)?;
    let verifier = keys.verifier(&header.kid)?;
    if header.typ != TYPE || header.alg != verifier.algorithm.name() {
        return None;
    }
    crypto::verify(
        signature,
        message.as_bytes(),
        &verifier.key,
        verifier.algorithm.jws(),
    )
    .is_ok_and(|good| good)
    .then(|| decode(payload))
    .flatten()
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = BASE64URL_NOPAD.decode(part.as_bytes()).ok()?;
    serde_json::from_slice(&json).ok()
}
