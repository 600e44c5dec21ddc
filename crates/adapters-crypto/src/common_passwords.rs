//! The list of common and breached passwords, as a filter that says "listed" of every one on it and of one in 65,536
//! others. `data/README.md` tells where the list is from and how the filter is made.

use aws_lc_rs::digest::{SHA256, digest};
use domain::ports::CommonPasswords;
use unicode_normalization::UnicodeNormalization as _;
use xorf::{BinaryFuse16, Descriptor, Filter as _};

/// The `CommonPasswords` port, over the list that the program was built with.
pub struct CommonPasswordFilter(BinaryFuse16);

const FILTER: &[u8] = include_bytes!("../data/common_passwords.bin");

impl CommonPasswordFilter {
    /// The list that the program was built with.
    pub fn embedded() -> Self {
        Self(decode(FILTER))
    }

    /// A filter of `passwords` in the form that is built in. Fails if it cannot be made; the library says why.
    pub fn compile(passwords: impl Iterator<Item = String>) -> Result<Vec<u8>, &'static str> {
        let mut keys: Vec<u64> = passwords
            .map(|text| {
                key(&text
                    .nfc()
                    .flat_map(char::to_lowercase)
                    .nfc()
                    .collect::<String>())
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        BinaryFuse16::try_from(keys).map(|filter| encode(&filter))
    }
}

impl CommonPasswords for CommonPasswordFilter {
    fn contains(&self, text: &str) -> bool {
        self.0.contains(&key(text))
    }
}

fn key(text: &str) -> u64 {
    let digest = digest(&SHA256, text.as_bytes());
    let (first, _) = digest
        .as_ref()
        .split_first_chunk()
        .unwrap_or((&[0; 8], &[]));
    u64::from_be_bytes(*first)
}

/// Little-endian: the seed, three numbers of the layout, the fingerprints.
fn encode(filter: &BinaryFuse16) -> Vec<u8> {
    let layout = &filter.descriptor;
    let mut bytes = layout.seed.to_le_bytes().to_vec();
    for number in [
        layout.segment_length,
        layout.segment_length_mask,
        layout.segment_count_length,
    ] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(filter.fingerprints.iter().flat_map(|it| it.to_le_bytes()));
    bytes
}

fn decode(bytes: &[u8]) -> BinaryFuse16 {
    let (head, fingerprints) = bytes.split_at(Descriptor::DMA_LEN);
    let (seed, layout) = head.split_at(8);
    let number = |at: usize| {
        layout
            .as_chunks()
            .0
            .get(at)
            .map_or(0, |it| u32::from_le_bytes(*it))
    };
    BinaryFuse16 {
        descriptor: Descriptor {
            seed: seed
                .as_chunks()
                .0
                .first()
                .map_or(0, |it| u64::from_le_bytes(*it)),
            segment_length: number(0),
            segment_length_mask: number(1),
            segment_count_length: number(2),
        },
        fingerprints: fingerprints
            .as_chunks()
            .0
            .iter()
            .map(|it| u16::from_le_bytes(*it))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_02_what_is_on_the_list_is_found() {
        let list = CommonPasswordFilter::embedded();

        for text in [
            "password",
            "qwerty",
            "sunshine",
            "trustno1",
            "iloveyouforever",
            "thisismypassword",
            "1q2w3e4r5t6y7u8i9o0p",
            "qwertyuiopasdfghjkl",
            "correcthorsebatterystaple",
        ] {
            assert!(list.contains(text), "{text}");
        }
    }

    /// 65,536 to one; 7.6 are to be expected of 500,000. The numbers are the same at every run.
    #[test]
    fn sec_02_one_in_many_thousand_others_is_taken_for_listed() {
        let list = CommonPasswordFilter::embedded();

        let taken =
            (0..500_000).filter(|number| list.contains(&format!("unlisted phrase {number}")));

        assert!((1..20).contains(&taken.count()));
    }

    #[test]
    fn a_compiled_list_holds_its_passwords_whatever_their_case_and_composition() {
        let listed = ["ZOE\u{301} und Söhne", "Trustno1", "TRUSTNO1", "a", "b"];
        let bytes = CommonPasswordFilter::compile(listed.map(str::to_owned).into_iter()).unwrap();

        let list = CommonPasswordFilter(decode(&bytes));

        for text in ["zo\u{e9} und söhne", "trustno1", "a", "b"] {
            assert!(list.contains(text), "{text}");
        }
        assert!(!list.contains("zoe und söhne"));
    }
}
