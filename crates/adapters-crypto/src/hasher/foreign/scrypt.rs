use ::scrypt::{Params, scrypt};

use super::{Digest, Unusable, affordable, phc::Phc};

/// `$scrypt$ln=16,r=8,p=1$salt$output` (RFC 7914).
pub(in super::super) struct Scrypt {
    params: Params,
    digest: Digest,
}

impl Scrypt {
    pub(super) fn parse(text: &str) -> Result<Self, Unusable> {
        const MAX_LOG_N: u32 = 20;
        const MAX_R: u32 = 64;
        let phc = Phc::parse(text)?;
        let [log_n, r, p] = phc.parameters(["ln", "r", "p"])?;
        if log_n > MAX_LOG_N || r > MAX_R {
            return Err(Unusable::TooCostly);
        }
        affordable(memory_kib(log_n, r), p, p)?;
        let digest = phc.digest()?;
        let log_n = u8::try_from(log_n).ok().filter(|it| *it > 0);
        let params = log_n.and_then(|log_n| Params::new(log_n, r, p).ok());
        let params = params.ok_or(Unusable::Unknown)?;
        Ok(Self { params, digest })
    }

    pub(super) fn matches(&self, password: &[u8]) -> Option<bool> {
        self.digest
            .matches(|out| scrypt(password, &self.digest.salt, &self.params, out))
    }

    /// About 44 for each MiB that is filled.
    pub(super) fn rounds(&self) -> u64 {
        let memory = memory_kib(self.params.log_n().into(), self.params.r());
        u64::from(memory) * u64::from(self.params.p()) * 44 / 1024
    }
}

/// 128 bytes for each of r in each of N.
fn memory_kib(log_n: u32, r: u32) -> u32 {
    ((1_u32 << log_n) * r).div_ceil(8)
}
