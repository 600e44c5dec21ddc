use domain::ports::Entropy;

/// Mixes the parts, told apart by their lengths, into bytes that look random and are always the same. No cryptography.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (lane, chunk) in (1_u64..).zip(bytes.chunks_mut(8)) {
        let mut state = 0xcbf2_9ce4_8422_2325 ^ scramble(lane);
        for part in parts {
            for byte in part.len().to_be_bytes().iter().chain(*part) {
                state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        chunk.copy_from_slice(&scramble(state).to_be_bytes());
    }
    bytes
}

/// The finishing step of `SplitMix64`.
fn scramble(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Chance that follows from a label, for ids that follow from what they name.
pub(crate) struct Labelled(pub(crate) String);

impl Entropy for Labelled {
    fn fill(&self, bytes: &mut [u8]) {
        for (index, chunk) in bytes.chunks_mut(32).enumerate() {
            let block = digest(&[self.0.as_bytes(), &index.to_be_bytes()]);
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}
