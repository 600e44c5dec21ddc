mod algorithm;
mod claims;
mod keys;
mod verify;

#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};

use domain::{
    Error, Result,
    model::{AccessClaims, KeyState, Secret, SigningKey, Timestamp},
    ports::AccessTokens,
};

pub use self::algorithm::{Algorithm, UnknownAlgorithm};
use self::{claims::Claims, keys::KeySet, verify::Token};
use crate::{MasterKeys, seal::Sealer};

/// The `AccessTokens` port: JWTs of RFC 9068, with signatures by `jsonwebtoken`.
///
/// Of that library's verification only the signature check is used; everything else is checked by this crate. The middle
/// column is what `jsonwebtoken::decode` does of itself with `Validation::new(algorithm)`, in version 11:
///
/// | of a token | `jsonwebtoken` | here |
/// |---|---|---|
/// | length | any | at most 8 KiB |
/// | base64, JSON | unpadded base64url without stray bits, one value of JSON | the same |
/// | `kid` | ignored | names a key of ours |
/// | `alg` | in the caller's list, and of the key's family | the one algorithm of that key |
/// | `typ` | ignored | `at+jwt` |
/// | `crit`, `b64`, `cty`, `enc`, `zip`, what nobody knows | ignored, even if critical | refused |
/// | `jku`, `jwk`, `x5u`, `x5c`, `x5t` | ignored | refused |
/// | `exp` | required, rounded, 60 s of leeway by the system's clock | required, whole, no leeway, by the `Clock` port |
/// | `nbf` | ignored | required, whole, 30 s of leeway |
/// | `iat` | never looked at | required, whole, 30 s of leeway |
/// | `iss` | ignored; once asked for, an absent one or no text passes | required, exactly ours |
/// | `aud` | refused if there; once asked for, an absent one or no text passes, and ours among others | required, exactly ours and no other |
/// | `sub`, `client_id`, `jti` | ignored | required, each with its form |
/// | `tenant`, `tenant_id`, `sid`, `epoch`, `roles` | ignored | all of them, and one tenant; or none of them, and then `sub` is the `client_id` |
/// | repeated members | refused where its own types know them, else as the caller's types have it | refused, of all those above |
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

    /// [`Error::Unavailable`] as long as there is no key at all.
    fn installed(&self) -> Result<Arc<KeySet>> {
        let keys = self.keys();
        if keys.is_empty() {
            return Err(Error::unavailable(PORT, "there are none"));
        }
        Ok(keys)
    }
}

impl AccessTokens for JwtAccessTokens {
    fn generate_key(&self, state: KeyState, now: Timestamp) -> Result<SigningKey> {
        keys::generate(self.config.algorithm, state, &self.sealer, now)
            .map_err(|cause| Error::unavailable(PORT, cause))
    }

    /// [`Error::Unavailable`] if the key cannot be opened.
    fn reseal_key(&self, key: &SigningKey) -> Result<Option<SigningKey>> {
        keys::reseal(key, &self.sealer).map_err(|cause| Error::unavailable(PORT, cause))
    }

    /// A key that the master keys no longer open stays as it was opened before, with a warning. One that was not is left
    /// out, with a warning; if it is the current one, the keys before stay and the answer is [`Error::Unavailable`].
    fn install_keys(&self, keys: &[SigningKey]) -> Result<()> {
        let keys = KeySet::open(keys, &self.sealer, &self.keys())
            .map_err(|cause| Error::unavailable(PORT, cause))?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
        Ok(())
    }

    /// [`Error::Unavailable`] as long as there is no key at all: an empty set is not to be kept by anybody.
    fn key_set(&self) -> Result<Arc<str>> {
        Ok(Arc::clone(&self.installed()?.published))
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
        let keys = self.installed()?;
        Token::parse(token)
            .and_then(|token| token.verify(&keys))
            .and_then(|claims| claims.accept(&self.config, now))
            .ok_or(Error::Unauthenticated)
    }

    fn names_unknown_key(&self, token: &str) -> bool {
        Token::parse(token).is_some_and(|token| !token.key_is_among(&self.keys()))
    }
}
