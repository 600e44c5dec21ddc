//! Support for tests: [`MemoryStore`], fakes of the world, builders, the contract suite of the storage ports, a
//! [model check](refresh_protocol) of the refresh protocol, a private PostgreSQL, and a [mail server](smtp).
//!
//! # The contract suite
//!
//! [`conformance!`] turns every case of [`conformance`](mod@conformance) into a test of its own, named after the port.
//! It takes an async function (or closure) that makes a fresh, migrated, empty store. [`TestStore`] holds the store and
//! whatever must outlive it.
//!
//! ```
//! use testkit::{MemoryStore, TestStore};
//!
//! async fn fresh() -> TestStore {
//!     TestStore::new(MemoryStore::default(), ())
//! }
//!
//! testkit::conformance!(fresh);
//! # fn main() {}
//! ```
//!
//! Write it at the top of a module (the tests are items) of a crate that has `tokio` with `macros` and
//! `rt-multi-thread`. For a store in a folder the second argument is the `TempDir`; for PostgreSQL it is the
//! [`postgres::TestDatabase`]:
//!
//! ```
//! # use testkit::{MemoryStore, TestStore};
//! # async fn migrate(_: &str) {}
//! # async fn connect(_: &str) -> MemoryStore { MemoryStore::default() }
//! async fn fresh() -> TestStore {
//!     let database = testkit::postgres::database(async |url| migrate(&url).await).await;
//!     TestStore::new(connect(database.url()).await, database)
//! }
//!
//! testkit::conformance!(fresh);
//! # fn main() {}
//! ```
//!
//! # What the suite pins beyond the words of the ports
//!
//! - The texts of [`conflict`](mod@conflict) are those of every store.
//! - **Versions.** The caller passes a tenant, client, user or mail settings as it was read, with changes and the version it was read
//!   with. The store compares that with the stored version and stores the next one. Everything that changes the row
//!   counts: [`redeem`], [`update_user`], [`end_all`], [`replace_password_hash`], [`replace_secret_hash`]. Roles are not
//!   in the user's row and do not count.
//! - [`update_client`] replaces everything but the id, the moment of its making too; [`replace_secret_hash`] keeps the
//!   order of the hashes.
//! - [`redeem`] looks at the token first: with a token that is not live, or not of the user given, it is `false`,
//!   whatever became of the user. Like [`update_user`] it stores names, password, confirmation, enabled and epoch of the
//!   user, and no roles.
//! - [`open`] looks at the epoch alone: it opens for a disabled user too, as the standing then says.
//! - [`refresh`] needs the session's tenant and user. Refreshes that keep the generation do not exclude each other.
//! - The sessions of a deleted client are absent for [`session`], [`sessions_of`] and [`refresh`].
//! - [`end_all`] leaves the rows of the sessions to [`purge_sessions`]; until then [`end_session`] still finds them.
//! - [`rotate_signing_keys`] that fails half-way, such as for a next key whose id is taken, changes nothing.
//! - [`settle`] needs tenant, attempts and due time as leased; [`Settlement::Sent`](domain::model::Settlement::Sent) clears the
//!   last error.
//! - The text order of lists is that of the bytes.
//!
//! [`redeem`]: domain::ports::OneTimeTokens::redeem
//! [`end_all`]: domain::ports::Sessions::end_all
//! [`end_session`]: domain::ports::Sessions::end_session
//! [`open`]: domain::ports::Sessions::open
//! [`purge_sessions`]: domain::ports::Sessions::purge_sessions
//! [`refresh`]: domain::ports::Sessions::refresh
//! [`replace_password_hash`]: domain::ports::Users::replace_password_hash
//! [`replace_secret_hash`]: domain::ports::Clients::replace_secret_hash
//! [`rotate_signing_keys`]: domain::ports::SigningKeys::rotate_signing_keys
//! [`session`]: domain::ports::Sessions::session
//! [`sessions_of`]: domain::ports::Sessions::sessions_of
//! [`settle`]: domain::ports::Outbox::settle
//! [`update_user`]: domain::ports::Users::update_user
//! [`update_client`]: domain::ports::Clients::update_client

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "test support: a broken fixture must stop the test"
)]

mod builders;
pub mod conformance;
mod digest;
mod fakes;
mod memory;
pub mod postgres;
pub mod refresh_protocol;
pub mod smtp;

pub use builders::{
    at, audit, client, effects, founding, mailing, platform_tenant, role, session, signing_key,
    tenant, token, user,
};
pub use conformance::TestStore;
pub use fakes::{
    FakeKeyRing, FakeSecrets, FakeSupportDesk, FakeTokens, FixedClock, ListedPasswords,
    PlainHasher, RecordingMailer, SeededEntropy,
};
pub use memory::{MemoryStore, State};

/// What [`Error::Conflict`](domain::Error::Conflict) says, in every store.
pub mod conflict {
    /// Another user of the tenant has the username.
    pub const USERNAME: &str = "the username is taken";
    /// Another user of the tenant has the address.
    pub const EMAIL: &str = "the e-mail address is taken";
    /// Another tenant has the short name.
    pub const SHORT_NAME: &str = "the short name is taken";
    /// Another client has the id, or a deleted one had it.
    pub const CLIENT_ID: &str = "the client id is taken";
    /// A tenant with users is not deleted.
    pub const HAS_USERS: &str = "the tenant still has users";
}
