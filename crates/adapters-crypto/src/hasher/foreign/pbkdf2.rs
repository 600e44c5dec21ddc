use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{
    Algorithm, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512, verify,
};
use data_encoding::{BASE64, BASE64_NOPAD};

use super::{Digest, Unusable, phc::Phc};

/// PBKDF2 (RFC 8018) in three spellings:
///
/// - PHC: `$pbkdf2-sha256$i=600000,l=32$salt$output`
/// - passlib: `$pbkdf2-sha256$29000$salt$output`, in base64 with `.` for `+`
/// - Django: `pbkdf2_sha256$600000$salt$output`, with the salt as it is
pub(in super::super) struct Pbkdf2 {
    function: Function,
    iterations: NonZeroU32,
    digest: Digest,
}

#[derive(Clone, Copy)]
pub(super) enum Function {
    Sha1,
    Sha256,
    Sha512,
}

impl Function {
    fn algorithm(self) -> Algorithm {
        match self {
            Self::Sha1 => PBKDF2_HMAC_SHA1,
            Self::Sha256 => PBKDF2_HMAC_SHA256,
            Self::Sha512 => PBKDF2_HMAC_SHA512,
        }
    }

    const fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// About 4 s of a core. An output longer than that of the function takes as many times more.
const MAX_ITERATIONS: u64 = 4_000_000;

impl Pbkdf2 {
    pub(super) fn new(
        function: Function,
        iterations: u32,
        digest: Digest,
    ) -> Result<Self, Unusable> {
        let hash = Self {
            function,
            iterations: NonZeroU32::new(iterations).ok_or(Unusable::Unknown)?,
            digest,
        };
        let affordable = hash.all_iterations() <= MAX_ITERATIONS;
        affordable.then_some(hash).ok_or(Unusable::TooCostly)
    }

    pub(super) fn parse(text: &str) -> Result<Self, Unusable> {
        let fields: Vec<&str> = text.split('$').collect();
        match fields[..] {
            ["", scheme, parameters, ..] if parameters.starts_with("i=") => {
                let phc = Phc::parse(text)?;
                let digest = phc.digest()?;
                let [iterations] = phc.parameters(["i"]).or_else(|_| {
                    let [iterations, length] = phc.parameters(["i", "l"])?;
                    let fits = usize::try_from(length) == Ok(digest.output.len());
                    fits.then_some([iterations]).ok_or(Unusable::Unknown)
                })?;
                Self::new(named(scheme)?, iterations, digest)
            }
            ["", scheme, iterations, salt, output] => {
                let bytes = |text: &str| {
                    let text = text.replace('.', "+");
                    BASE64_NOPAD
                        .decode(text.as_bytes())
                        .map_err(|_| Unusable::Unknown)
                };
                let digest = Digest::new(bytes(salt)?, bytes(output)?)?;
                Self::new(named(scheme)?, number(iterations)?, digest)
            }
            [scheme, iterations, salt, output] => {
                let output = BASE64
                    .decode(output.as_bytes())
                    .map_err(|_| Unusable::Unknown)?;
                let digest = Digest::new(salt.as_bytes().to_vec(), output)?;
                Self::new(named(scheme)?, number(iterations)?, digest)
            }
            _ => Err(Unusable::Unknown),
        }
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let Digest { salt, output } = &self.digest;
        verify(
            self.function.algorithm(),
            self.iterations,
            salt,
            password,
            output,
        )
        .is_ok()
    }

    /// About one for 90 iterations.
    pub(super) fn rounds(&self) -> u64 {
        self.all_iterations() / 90
    }

    fn all_iterations(&self) -> u64 {
        let blocks = self
            .digest
            .output
            .len()
            .div_ceil(self.function.output_len());
        u64::from(self.iterations.get()) * blocks as u64
    }
}

fn named(scheme: &str) -> Result<Function, Unusable> {
    match scheme {
        "pbkdf2" | "pbkdf2-sha1" | "pbkdf2_sha1" => Ok(Function::Sha1),
        "pbkdf2-sha256" | "pbkdf2_sha256" => Ok(Function::Sha256),
        "pbkdf2-sha512" | "pbkdf2_sha512" => Ok(Function::Sha512),
        _ => Err(Unusable::Unknown),
    }
}

/// A number without sign; one that is too large is too much.
fn number(text: &str) -> Result<u32, Unusable> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unusable::Unknown);
    }
    text.parse().map_err(|_| Unusable::TooCostly)
}
