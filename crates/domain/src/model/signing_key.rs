use super::Timestamp;

/// A key that signs access tokens, its private part sealed with the master key.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The `kid`.
    pub id: String,
    /// The JWS algorithm (RFC 7518): `ES256`, `EdDSA` or `RS256`.
    pub algorithm: String,
    /// Where it is in its life.
    pub state: KeyState,
    /// The public part as a JWK (RFC 7517), in JSON.
    pub public_jwk: String,
    /// The private part, sealed: readable with the master key alone.
    pub sealed_private: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Where a signing key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Published, not yet signing.
    Next,
    /// Signs; there is at most one.
    Current,
    /// No longer signs, still verifies.
    Retired,
}

impl KeyState {
    /// The stable name, for storage.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Retired => "retired",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Next, Self::Current, Self::Retired]
            .into_iter()
            .find(|it| it.name() == name)
    }
}
