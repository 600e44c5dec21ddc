use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use domain::ports::Entropy;

/// The generator of AWS-LC, seeded by the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::expect_used,
        reason = "without chance nothing secret can be made"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        SystemRandom::new()
            .fill(bytes)
            .expect("the system's generator works");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filling_is_another() {
        let (mut one, mut other) = ([0; 32], [0; 32]);
        SystemEntropy.fill(&mut one);
        SystemEntropy.fill(&mut other);

        assert_ne!(one, other);
        assert_ne!(one, [0; 32]);
    }
}
