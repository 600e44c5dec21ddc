use std::time::Duration;

use super::{ClientId, Timestamp};

/// An OAuth client (RFC 6749 section 2): a program that signs people in.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// The `client_id`.
    pub id: ClientId,
    /// Whether it can keep a secret.
    pub kind: ClientKind,
    /// The keyed hash of the secret; `None` for a public client.
    pub secret_hash: Option<[u8; 32]>,
    /// How long what it is given lives.
    pub lifetimes: Lifetimes,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// RFC 6749 section 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// Authenticates with a secret; keeps its refresh token.
    Confidential,
    /// Cannot keep a secret.
    Public,
}

/// How long what a client is given lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of an access token, as announced in `expires_in`.
    pub access: Duration,
    /// Of a session that is not used.
    pub idle: Duration,
    /// Of a session, however much it is used.
    pub absolute: Duration,
}
