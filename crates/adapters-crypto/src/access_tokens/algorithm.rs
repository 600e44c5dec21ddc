use std::str::FromStr;

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    error::Unspecified,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair},
};
use domain::model::Secret;
use jsonwebtoken::EncodingKey;

/// A signature algorithm for access tokens (RFC 7518, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA over P-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// RSA PKCS #1 v1.5 with 2048 bits, for those who know nothing else.
    Rs256,
}

/// The name is none of an [`Algorithm`].
#[derive(Debug, thiserror::Error)]
#[error("is none of ES256, EdDSA and RS256")]
pub struct UnknownAlgorithm;

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        [Self::Es256, Self::EdDsa, Self::Rs256]
            .into_iter()
            .find(|it| it.name() == name)
            .ok_or(UnknownAlgorithm)
    }
}

impl Algorithm {
    /// The name in headers and keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }

    pub(super) const fn jws(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
        }
    }

    /// A new private key, in the form that [`Algorithm::encoding_key`] reads.
    pub(super) fn generate(self) -> Result<Secret<Vec<u8>>, Unspecified> {
        let der = match self {
            Self::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?
                .to_pkcs8v1()?
                .as_ref()
                .to_vec(),
            Self::EdDsa => Ed25519KeyPair::generate()?.to_pkcs8v1()?.as_ref().to_vec(),
            Self::Rs256 => {
                let key: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa2048)?.as_der()?;
                key.as_ref()
                    .get(RSA_PRIVATE_KEY..)
                    .ok_or(Unspecified)?
                    .to_vec()
            }
        };
        Ok(Secret::new(der))
    }

    pub(super) fn encoding_key(self, der: &Secret<Vec<u8>>) -> EncodingKey {
        match self {
            Self::Es256 => EncodingKey::from_ec_der(der.expose()),
            Self::EdDsa => EncodingKey::from_ed_der(der.expose()),
            Self::Rs256 => EncodingKey::from_rsa_der(der.expose()),
        }
    }
}

/// Where the `RSAPrivateKey` (RFC 8017) that `jsonwebtoken` wants begins in a PKCS #8 document (RFC 5208) of a
/// 2048-bit key: behind the sequence's header (4 bytes), the version (3), the algorithm (15) and the octet string's
/// header (4).
const RSA_PRIVATE_KEY: usize = 26;
