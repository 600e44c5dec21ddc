use std::io;

use data_encoding::BASE64;
use domain::{model::Secret, ports::Entropy};

use super::key::{MasterKey, Root};

/// Keys in order of preference, at least one: the first makes, all check.
#[derive(PartialEq)]
pub(crate) struct Ring {
    first: MasterKey,
    rest: Vec<MasterKey>,
}

/// Why a text is no ring, or cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum RingError {
    #[error("line {line} is not 32 bytes in base64")]
    Malformed { line: usize },
    #[error("line {line} repeats the id of a line above")]
    Repeated { line: usize },
    #[error("there is no key")]
    Empty,
    #[error(transparent)]
    File(#[from] io::Error),
}

impl Ring {
    pub(super) fn parse(text: &str) -> Result<Self, RingError> {
        let mut keys: Vec<MasterKey> = Vec::new();
        for (line, entry) in (1..).zip(text.lines().map(str::trim)) {
            if entry.is_empty() || entry.starts_with('#') {
                continue;
            }
            let root = Root::parse(entry).ok_or(RingError::Malformed { line })?;
            let key = MasterKey::new(&root);
            if keys.iter().any(|other| other.id() == key.id()) {
                return Err(RingError::Repeated { line });
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        Ok(Self {
            first: keys.next().ok_or(RingError::Empty)?,
            rest: keys.collect(),
        })
    }

    /// The text of a ring of one new key.
    pub(super) fn generate(entropy: &dyn Entropy) -> Secret<String> {
        let mut bytes = Secret::new([0; Root::LENGTH]);
        entropy.fill(bytes.expose_mut());
        Secret::new(BASE64.encode(bytes.expose()) + "\n")
    }

    pub(crate) fn first(&self) -> &MasterKey {
        &self.first
    }

    pub(crate) fn others(&self) -> &[MasterKey] {
        &self.rest
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    /// The bytes 0 to 31 in base64.
    const COUNTING: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const ZEROES: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    #[test]
    fn keys_keep_their_order_and_are_named_by_their_digest() {
        let text = format!("# new\n  {COUNTING}\r\n\n# old\n{ZEROES}");
        let ring = Ring::parse(&text).ok().unwrap();

        let ids: Vec<_> = ring.iter().map(|key| key.id().to_string()).collect();
        assert_eq!(ids, ["630dcd29", "66687aad"]);
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_not_shown() {
        for entry in [
            "secret",
            "c2VjcmV0",
            &COUNTING[1..],
            &format!("{COUNTING}{COUNTING}"),
        ] {
            let text = format!("# ring\n{ZEROES}\n{entry}\n");
            let error = Ring::parse(&text).err().unwrap();

            assert_eq!(error.to_string(), "line 3 is not 32 bytes in base64");
        }
    }

    #[test]
    fn a_ring_without_keys_or_with_one_twice_is_refused() {
        let empty = Ring::parse("# nothing\n\n").err();
        let twice = Ring::parse(&format!("{ZEROES}\n{COUNTING}\n{ZEROES}")).err();

        assert!(matches!(empty, Some(RingError::Empty)));
        assert!(matches!(twice, Some(RingError::Repeated { line: 3 })));
    }

    #[test]
    fn rings_are_the_same_if_their_keys_are_in_the_same_order() {
        let ring = |lines: &[&str]| Ring::parse(&lines.join("\n")).ok().unwrap();
        let both = ring(&[COUNTING, ZEROES]);

        assert!(both == ring(&["# again", COUNTING, "", ZEROES]));
        assert!(both != ring(&[ZEROES, COUNTING]));
        assert!(both != ring(&[COUNTING]));
    }

    #[test]
    fn a_generated_ring_holds_a_key_of_its_own() {
        let [one, other] = [(); 2].map(|()| Ring::generate(&SystemEntropy));

        let [one, other] = [one, other].map(|text| Ring::parse(text.expose()).ok().unwrap());
        assert!(one != other);
        assert!(one.others().is_empty());
    }
}
