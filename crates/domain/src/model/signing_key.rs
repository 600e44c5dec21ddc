use std::time::Duration;

use super::{AccessClaims, Lifetimes, Timestamp};

/// A key that signs access tokens, its private part sealed with the master key.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The `kid`.
    pub id: String,
    /// The JWS algorithm (RFC 7518): `ES256`, `EdDSA` or `RS256`.
    pub algorithm: String,
    /// Where it is in its life.
    pub state: KeyState,
    /// The private part, sealed: readable with the master key alone. The public part follows from it, so that nobody who
    /// can write to the database and lacks the master key has a key of his own published.
    pub sealed_private: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is in its state.
    pub since: Timestamp,
}

impl SigningKey {
    /// How long a key is published before it signs, so that whoever keeps a copy of the key set has it by then. Twice
    /// the time that the published set may be kept for.
    pub const PUBLISHED_AHEAD: Duration = Duration::from_mins(10);
    /// How long a key is kept once it is retired: until the last token that it signed has expired, on any clock.
    pub const KEPT: Duration = Lifetimes::LONGEST_ACCESS
        .saturating_add(AccessClaims::GRACE)
        .saturating_add(Duration::from_hours(1));

    /// The key in another state, since `now`.
    #[must_use]
    pub fn into_state(mut self, state: KeyState, now: Timestamp) -> Self {
        self.state = state;
        self.since = now;
        self
    }
}

/// Where a signing key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Published, not yet signing; there is at most one.
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
