use std::sync::Arc;

use domain::{
    error::Cause,
    model::{KeyState, Secret, SigningKey, Timestamp},
};
use jsonwebtoken::{
    DecodingKey, EncodingKey, Header, encode,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};

use super::{algorithm::Algorithm, claims::Claims, verify::TYPE};
use crate::seal::Sealer;

/// Makes a key, named by its thumbprint (RFC 7638).
pub(super) fn generate(
    algorithm: Algorithm,
    state: KeyState,
    sealer: &Sealer,
    now: Timestamp,
) -> Result<SigningKey, Cause> {
    let private = algorithm.generate()?;
    let jwk = Jwk::from_encoding_key(&algorithm.encoding_key(&private), algorithm.jws())?;
    let id = jwk.thumbprint(ThumbprintHash::SHA256)?;
    Ok(SigningKey {
        algorithm: algorithm.name().to_owned(),
        state,
        sealed_private: sealer.seal(&seal_name(&id), &private)?,
        id,
        created_at: now,
        since: now,
    })
}

/// Seals the private part with the first master key; `None` if it is.
pub(super) fn reseal(row: &SigningKey, sealer: &Sealer) -> Result<Option<SigningKey>, Cause> {
    if sealer.is_current(&row.sealed_private) {
        return Ok(None);
    }
    let name = seal_name(&row.id);
    let private = sealer.open(&name, &row.sealed_private)?;
    Ok(Some(SigningKey {
        sealed_private: sealer.seal(&name, &private)?,
        ..row.clone()
    }))
}

/// What the private part is sealed as.
pub(super) fn seal_name(kid: &str) -> String {
    format!("signing-key/{kid}")
}

/// The keys in use.
#[derive(Default)]
pub(super) struct KeySet {
    keys: Vec<Arc<Key>>,
    pub(super) current: Option<Arc<Key>>,
    /// As a JWK set.
    pub(super) published: Arc<str>,
}

pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) public: DecodingKey,
    private: EncodingKey,
    header: Header,
    jwk: Jwk,
}

impl KeySet {
    /// Opens the keys. One that cannot be opened, and was `before`, stays as it was.
    pub(super) fn open(rows: &[SigningKey], sealer: &Sealer, before: &Self) -> Result<Self, Cause> {
        let mut set = Self::default();
        for row in rows {
            let key = match (Key::open(row, sealer), before.key(&row.id)) {
                (Ok(key), _) => Arc::new(key),
                (Err(cause), Some(opened)) => {
                    tracing::warn!(kid = row.id, %cause, "a signing key is in use that a restart would lose");
                    Arc::clone(opened)
                }
                (Err(cause), None) if row.state == KeyState::Current => return Err(cause),
                (Err(cause), None) => {
                    tracing::warn!(kid = row.id, %cause, "a signing key is left out");
                    continue;
                }
            };
            if row.state == KeyState::Current {
                set.current = Some(Arc::clone(&key));
            }
            set.keys.push(key);
        }
        let keys = set.keys.iter().map(|key| key.jwk.clone()).collect();
        set.published = serde_json::to_string(&JwkSet { keys })?.into();
        Ok(set)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn key(&self, kid: &str) -> Option<&Arc<Key>> {
        let named = |key: &&Arc<Key>| key.header.kid.as_deref() == Some(kid);
        self.keys.iter().find(named)
    }
}

impl Key {
    fn open(row: &SigningKey, sealer: &Sealer) -> Result<Self, Cause> {
        let algorithm: Algorithm = row.algorithm.parse()?;
        let private =
            algorithm.encoding_key(&sealer.open(&seal_name(&row.id), &row.sealed_private)?);
        let mut jwk = Jwk::from_encoding_key(&private, algorithm.jws())?;
        jwk.common.key_id = Some(row.id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let mut header = Header::new(algorithm.jws());
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(row.id.clone());
        Ok(Self {
            algorithm,
            public: DecodingKey::from_jwk(&jwk)?,
            private,
            header,
            jwk,
        })
    }

    pub(super) fn sign(&self, claims: &Claims) -> Result<Secret<String>, Cause> {
        Ok(Secret::new(encode(&self.header, claims, &self.private)?))
    }
}
