use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    Result,
    model::{
        AccessClaims, Email, KeyState, Mail, Password, PasswordHash, ProofPurpose, Secret,
        SigningKey, TenantId, Timestamp, UserId, Username, Verdict,
    },
};

/// The time.
pub trait Clock: Send + Sync {
    /// The present moment, cut to microseconds.
    fn now(&self) -> Timestamp;
}

/// Chance that nobody can guess.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` from a cryptographically secure generator.
    fn fill(&self, bytes: &mut [u8]);
}

/// Slow hashing in a bounded pool of its own. [`Error::Overloaded`](crate::Error::Overloaded), at once, if the turn would
/// not come in time.
///
/// Tenants take turns, so that `lane` says whose work it is; what concerns no tenant that exists has one lane together.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// The hash to store for a new password.
    async fn hash(&self, lane: Option<TenantId>, password: &Password) -> Result<PasswordHash>;

    /// Compares a password with a stored hash. Where there is none it does the same work and says
    /// [`Verdict::Mismatch`]; a stored hash that it cannot read is a mismatch too.
    async fn verify(
        &self,
        lane: Option<TenantId>,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict>;

    /// A hash that another program made, once it is known that it can be compared at a bearable cost; nothing is computed.
    /// [`Error::Invalid`](crate::Error::Invalid) for `passwordHash` otherwise.
    fn import(&self, foreign: &Secret<String>) -> Result<PasswordHash>;
}

/// The passwords that guessing begins with.
pub trait CommonPasswords: Send + Sync {
    /// Whether `text`, which is NFC in lower case, is on the list of common and breached passwords. A list may be kept in
    /// a form that says so of a few others too.
    fn contains(&self, text: &str) -> bool;
}

/// Keyed MACs from the master key ring, with a key of its own for each purpose.
pub trait DerivedSecrets: Send + Sync {
    /// The MAC of `parts` under the first key of the ring. The parts are told apart: `["a", "bc"]` is not `["ab", "c"]`.
    fn mac(&self, purpose: ProofPurpose, parts: &[&[u8]]) -> [u8; 32];

    /// Whether `mac` is the MAC of `parts` under any key of the ring, in constant time. Under another than the first it
    /// should be made anew where it is stored: [`Verdict::Rehash`].
    fn verify(&self, purpose: ProofPurpose, parts: &[&[u8]], mac: &[u8; 32]) -> Verdict;
}

/// The master key ring that derived secrets, sealed keys and password hashes hang on.
#[async_trait]
pub trait MasterKeyRing: Send + Sync {
    /// Takes up the ring as it stands in its place now; says whether it changed. The ring before stays in use if the new
    /// one cannot be read.
    async fn reload(&self) -> Result<bool>;
}

/// Access tokens: JWTs of RFC 9068.
pub trait AccessTokens: Send + Sync {
    /// A new key in that state, its private part sealed.
    fn generate_key(&self, state: KeyState, now: Timestamp) -> Result<SigningKey>;

    /// The key sealed with the first master key. `None` if it is already.
    fn reseal_key(&self, key: &SigningKey) -> Result<Option<SigningKey>>;

    /// Takes up the keys to sign, verify and publish, in place of those before.
    fn install_keys(&self, keys: &[SigningKey]) -> Result<()>;

    /// The public part of all keys as a JWK set (RFC 7517 section 5), in JSON.
    fn key_set(&self) -> Result<Arc<str>>;

    /// Signs with the current key.
    fn sign(&self, claims: &AccessClaims) -> Result<Secret<String>>;

    /// What a token says that we signed and that is good at `now`.
    /// [`Error::Unauthenticated`](crate::Error::Unauthenticated) for any other.
    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims>;

    /// Whether a token names a key that is not installed: perhaps another replica's new one.
    fn names_unknown_key(&self, token: &str) -> bool;
}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Renders and sends one mail, within the mailer's own deadline. Never panics on what is in it.
    async fn deliver(&self, mail: &Mail) -> Delivery;
}

/// How sending ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The receiving side took responsibility.
    Sent,
    /// Not now; a later attempt may work. The reason is for operators.
    Deferred(String),
    /// Never: the receiver is refused for good, or the mail cannot be built. The reason is for operators.
    Refused(String),
}

/// Signs people in at the support desk (Zendesk single sign-on).
pub trait SupportDesk: Send + Sync {
    /// A token that signs its bearer in as that person.
    fn token(&self, identity: &SupportIdentity) -> Result<Secret<String>>;

    /// Whether only people with a confirmed address may have one.
    fn requires_confirmed_email(&self) -> bool;
}

/// What the support desk is told of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportIdentity {
    /// The stable identity there.
    pub user: UserId,
    /// The person's name there; we have no other.
    pub username: Username,
    /// The address there.
    pub email: Email,
    /// The name of the person's tenant.
    pub tenant_name: String,
    /// Now.
    pub issued_at: Timestamp,
    /// Unique to the token, 128 random bits in hex.
    pub token_id: String,
}
