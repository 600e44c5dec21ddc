use super::{Digest, Unusable};

/// A hash in the PHC string format: `$scheme$v=1$a=2,b=3$salt$output`.
pub(super) struct Phc(phc::PasswordHash);

impl Phc {
    pub(super) fn parse(text: &str) -> Result<Self, Unusable> {
        let hash = phc::PasswordHash::new(text);
        hash.map(Self).map_err(|_| Unusable::Unknown)
    }

    pub(super) fn scheme(&self) -> &str {
        self.0.algorithm.as_str()
    }

    pub(super) fn version(&self) -> Option<u32> {
        self.0.version
    }

    /// The parameters of those names, which must be all that there are.
    pub(super) fn parameters<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[u32; N], Unusable> {
        let mut values = [0; N];
        for (name, value) in names.iter().zip(&mut values) {
            *value = self.0.params.get_decimal(*name).ok_or(Unusable::Unknown)?;
        }
        let all = self.0.params.iter().count() == N;
        all.then_some(values).ok_or(Unusable::Unknown)
    }

    pub(super) fn digest(&self) -> Result<Digest, Unusable> {
        let (salt, output) = (self.0.salt.as_ref(), self.0.hash.as_ref());
        let (salt, output) = salt.zip(output).ok_or(Unusable::Unknown)?;
        Digest::new(salt.as_ref().to_vec(), output.as_bytes().to_vec())
    }
}
