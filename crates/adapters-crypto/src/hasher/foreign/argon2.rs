use ::argon2::{Algorithm, Params, Version};

use super::{Digest, Unusable, affordable, phc::Phc};

/// `$argon2id$v=19$m=65536,t=3,p=4$salt$output` (RFC 9106), and the same with `argon2i` and `argon2d`.
pub(in super::super) struct Argon2 {
    function: ::argon2::Argon2<'static>,
    digest: Digest,
}

impl Argon2 {
    pub(super) fn parse(text: &str) -> Result<Self, Unusable> {
        let phc = Phc::parse(text)?;
        let [memory, times, parallelism] = phc.parameters(["m", "t", "p"])?;
        affordable(memory, times, parallelism)?;
        let digest = phc.digest()?;
        let function = || {
            let algorithm = Algorithm::new(phc.scheme()).ok()?;
            // Version 1.0 did not name itself.
            let version = Version::try_from(phc.version().unwrap_or(0x10)).ok()?;
            let params = Params::new(memory, times, parallelism, Some(digest.output.len())).ok()?;
            Some(::argon2::Argon2::new(algorithm, version, params))
        };
        let function = function().ok_or(Unusable::Unknown)?;
        Ok(Self { function, digest })
    }

    pub(super) fn matches(&self, password: &[u8]) -> Option<bool> {
        let salt = &self.digest.salt;
        self.digest
            .matches(|out| self.function.hash_password_into(password, salt, out))
    }

    /// About 14 for each MiB that is filled.
    pub(super) fn rounds(&self) -> u64 {
        let params = self.function.params();
        u64::from(params.m_cost()) * u64::from(params.t_cost()) * 14 / 1024
    }
}
