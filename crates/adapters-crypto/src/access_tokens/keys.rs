use std::collections::HashMap;

use domain::{
    error::Cause,
    model::{KeyState, Secret, SigningKey, Timestamp},
};
use jsonwebtoken::{
    DecodingKey, EncodingKey, Header, encode,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};

use super::{algorithm::Algorithm, claims::Claims, verify::TYPE};
use crate::seal::Sealer;

/// Makes a current key, named by its thumbprint (RFC 7638).
pub(super) fn generate(
    algorithm: Algorithm,
    sealer: &Sealer,
    now: Timestamp,
) -> Result<SigningKey, Cause> {
    let private = algorithm.generate()?;
    let mut jwk = Jwk::from_encoding_key(&algorithm.encoding_key(&private), algorithm.jws())?;
    let id = jwk.thumbprint(ThumbprintHash::SHA256)?;
    jwk.common.key_id = Some(id.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok(SigningKey {
        algorithm: algorithm.name().to_owned(),
        state: KeyState::Current,
        public_jwk: serde_json::to_string(&jwk)?,
        sealed_private: sealer.seal(&seal_name(&id), &private)?,
        id,
        created_at: now,
    })
}

/// What the private part is sealed as.
pub(super) fn seal_name(kid: &str) -> String {
    format!("signing-key/{kid}")
}

/// The keys in use.
#[derive(Default)]
pub(super) struct KeySet {
    pub(super) current: Option<Signer>,
    verifiers: HashMap<String, Verifier>,
}

pub(super) struct Signer {
    header: Header,
    key: EncodingKey,
}

pub(super) struct Verifier {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

impl KeySet {
    /// Takes the public key from the sealed private one and not from the row beside it: who can write to the database
    /// and lacks the master key cannot have a key of his own accepted.
    pub(super) fn open(keys: &[SigningKey], sealer: &Sealer) -> Result<Self, Cause> {
        let mut set = Self::default();
        for row in keys {
            let (signer, verifier) = match open(row, sealer) {
                Ok(pair) => pair,
                Err(cause) if row.state == KeyState::Current => return Err(cause),
                Err(cause) => {
                    tracing::warn!(kid = row.id, %cause, "a signing key is left out");
                    continue;
                }
            };
            set.verifiers.insert(row.id.clone(), verifier);
            if row.state == KeyState::Current {
                set.current = Some(signer);
            }
        }
        Ok(set)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.verifiers.is_empty()
    }

    pub(super) fn verifier(&self, kid: &str) -> Option<&Verifier> {
        self.verifiers.get(kid)
    }
}

fn open(row: &SigningKey, sealer: &Sealer) -> Result<(Signer, Verifier), Cause> {
    let algorithm: Algorithm = row.algorithm.parse()?;
    let key = algorithm.encoding_key(&sealer.open(&seal_name(&row.id), &row.sealed_private)?);
    let public = DecodingKey::from_jwk(&Jwk::from_encoding_key(&key, algorithm.jws())?)?;
    let mut header = Header::new(algorithm.jws());
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(row.id.clone());
    Ok((
        Signer { header, key },
        Verifier {
            algorithm,
            key: public,
        },
    ))
}

impl Signer {
    pub(super) fn sign(&self, claims: &Claims) -> Result<Secret<String>, Cause> {
        Ok(Secret::new(encode(&self.header, claims, &self.key)?))
    }
}
