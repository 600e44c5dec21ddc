mod algorithm;
mod claims;
mod keys;
mod verify;

#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};

use domain::{
    Error, Result,
    model::{AccessClaims, Secret, SigningKey, Timestamp},
    ports::AccessTokens,
};

pub use self::algorithm::{Algorithm, UnknownAlgorithm};
use self::{claims::Claims, keys::KeySet};
use crate::{MasterKeys, seal::Sealer};

/// The `AccessTokens` port: JWTs of RFC 9068, signed by `jsonwebtoken`.
///
/// Left to itself that library checks the signature, an algorithm out of the caller's list, and `exp` with 60 s of
/// leeway by the system's clock; other claims only where asked to, and header parameters hardly. So it does here
/// nothing but the signature; everything else is checked by this crate:
/// - length, form, and that the header holds `typ`, `alg` and `kid` and nothing else: no `crit`, no `b64`, and no
///   parameter that brings or locates a key
/// - `typ` is `at+jwt`; `kid` names a key of ours; `alg` is the one algorithm of that key
/// - `iss` and `aud` are exactly ours; `exp` without leeway; `nbf` and `iat` with 30 s
/// - every claim that we write is there, once, with its type
pub struct JwtAccessTokens {
    sealer: Sealer,
    config: TokenConfig,
    keys: RwLock<Arc<KeySet>>,
}

/// What all tokens of a platform have in common.
#[derive(Clone, Debug)]
pub struct TokenConfig {
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
    /// Of new keys; keys of the others still verify.
    pub algorithm: Algorithm,
}

const PORT: &str = "signing keys";

impl JwtAccessTokens {
    /// Knows no keys until they are installed.
    pub fn new(keys: &MasterKeys, config: TokenConfig) -> Self {
        Self {
            sealer: Sealer::new(keys),
            config,
            keys: RwLock::default(),
        }
    }

    fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AccessTokens for JwtAccessTokens {
    fn generate_key(&self, now: Timestamp) -> Result<SigningKey> {
        keys::generate(self.config.algorithm, &self.sealer, now)
            .map_err(|cause| Error::unavailable(PORT, cause))
    }

    /// [`Error::Unavailable`], with the keys before still in use, if the current key cannot be unsealed. Others that
    /// cannot are left out, with a warning.
    fn install_keys(&self, keys: &[SigningKey]) -> Result<()> {
        let keys =
            KeySet::open(keys, &self.sealer).map_err(|cause| Error::unavailable(PORT, cause))?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    /// [`Error::Unavailable`] without a current key.
    fn sign(&self, claims: &AccessClaims) -> Result<Secret<String>> {
        let keys = self.keys();
        let current = keys
            .current
            .as_ref()
            .ok_or_else(|| Error::unavailable(PORT, "there is no current one"))?;
        current
            .sign(&Claims::new(claims, &self.config))
            .map_err(|cause| Error::unavailable(PORT, cause))
    }

    /// [`Error::Unavailable`] as long as there is no key at all: a good token is not to be told otherwise.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims> {
        let keys = self.keys();
        if keys.is_empty() {
            return Err(Error::unavailable(PORT, "there are none"));
        }
        verify::verify(token, &keys)
            .and_then(|claims| claims.accept(&self.config, now))
            .ok_or(Error::Unauthenticated)
    }
}
