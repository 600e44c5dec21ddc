use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use super::{Secret, TokenPurpose};

/// A secret that we issue and do not store: `selector || generation || verifier`, in base64url without padding.
///
/// The selector finds the row, the generation says which of its successive secrets this is, and the verifier is a MAC
/// over both and over what the presenter must show besides (the binding). Whoever lacks the key cannot make one, so
/// garbage is refused without a query.
pub struct Proof {
    /// The id of the row that says whether the secret is live.
    pub selector: Uuid,
    /// Counts rotations; 0 where the secret never changes.
    pub generation: u32,
    /// The MAC.
    pub verifier: [u8; 32],
}

impl Proof {
    const LENGTH: usize = 16 + 4 + 32;

    /// The text that is handed out: 70 characters.
    pub fn encode(&self) -> Secret<String> {
        let mut bytes = [0; Self::LENGTH];
        bytes[..16].copy_from_slice(self.selector.as_bytes());
        bytes[16..20].copy_from_slice(&self.generation.to_be_bytes());
        bytes[20..].copy_from_slice(&self.verifier);
        Secret::new(BASE64URL_NOPAD.encode(&bytes))
    }

    /// Reads what [`Proof::encode`] wrote; `None` for anything else.
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() != BASE64URL_NOPAD.encode_len(Self::LENGTH) {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        Some(Self {
            selector: Uuid::from_slice(bytes.get(..16)?).ok()?,
            generation: u32::from_be_bytes(bytes.get(16..20)?.try_into().ok()?),
            verifier: bytes.get(20..)?.try_into().ok()?,
        })
    }
}

/// What a derived secret is for. Each purpose has a key of its own, so that one kind never stands in for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProofPurpose {
    /// A refresh token, bound to its client.
    RefreshToken,
    /// A confirmation link; the token is all there is.
    EmailConfirmation,
    /// A reset link, bound to its user.
    PasswordReset,
    /// An invitation link, bound to its user.
    Invitation,
    /// A link that proves a new address; the token is all there is.
    AddressChange,
    /// The keyed hash of a client's secret.
    ClientSecret,
    /// What attempts are counted under.
    Throttle,
}

impl ProofPurpose {
    /// Every purpose.
    pub const ALL: [Self; 7] = [
        Self::RefreshToken,
        Self::EmailConfirmation,
        Self::PasswordReset,
        Self::Invitation,
        Self::AddressChange,
        Self::ClientSecret,
        Self::Throttle,
    ];

    /// The name that enters the derivation of the purpose's key. Changing one voids all secrets of its kind.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RefreshToken => "refresh-token",
            Self::EmailConfirmation => "email-confirmation",
            Self::PasswordReset => "password-reset",
            Self::Invitation => "invitation",
            Self::AddressChange => "address-change",
            Self::ClientSecret => "client-secret",
            Self::Throttle => "throttle",
        }
    }
}

impl From<TokenPurpose> for ProofPurpose {
    fn from(purpose: TokenPurpose) -> Self {
        match purpose {
            TokenPurpose::EmailConfirmation => Self::EmailConfirmation,
            TokenPurpose::PasswordReset => Self::PasswordReset,
            TokenPurpose::Invitation => Self::Invitation,
            TokenPurpose::AddressChange => Self::AddressChange,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_proof_survives_its_text(selector: u128, generation: u32, verifier: [u8; 32]) {
            let text = Proof { selector: Uuid::from_u128(selector), generation, verifier }.encode();
            let read = Proof::decode(text.expose()).unwrap();

            prop_assert_eq!((read.selector.as_u128(), read.generation, read.verifier), (selector, generation, verifier));
        }

        #[test]
        fn sec_52_any_text_is_read_without_panic(text: String) {
            if let Some(proof) = Proof::decode(&text) {
                let again = proof.encode();
                prop_assert_eq!(again.expose(), &text);
            }
        }
    }
}
