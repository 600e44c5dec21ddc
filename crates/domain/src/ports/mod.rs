//! What the services need from the world: object-safe traits, implemented by the adapters and by `testkit`.
//!
//! One storage call is one transaction: rows that belong together are arguments of one call. Lookups return `Option`;
//! another tenant's row is absent. A database that does not answer in time is
//! [`Error::Unavailable`](crate::Error::Unavailable), a full admission queue
//! [`Error::Overloaded`](crate::Error::Overloaded).

mod audit;
mod clients;
mod database_clock;
mod mail_requests;
mod mail_settings;
mod one_time_tokens;
mod outbox;
mod roles;
mod sessions;
mod signing_keys;
mod tenants;
mod throttle;
mod users;
mod world;

pub use audit::Audit;
pub use clients::Clients;
pub use database_clock::DatabaseClock;
pub use mail_requests::{MailRequests, RequestEnd};
pub use mail_settings::TenantMail;
pub use one_time_tokens::OneTimeTokens;
pub use outbox::Outbox;
pub use roles::{RoleChange, Roles};
pub use sessions::Sessions;
pub use signing_keys::SigningKeys;
pub use tenants::Tenants;
pub use throttle::Throttle;
pub use users::{Effects, UserChange, Users};
pub use world::{
    AccessTokens, Clock, CommonPasswords, Delivery, DerivedSecrets, Entropy, Mailer, MasterKeyRing,
    PasswordHasher, SupportDesk, SupportIdentity,
};

/// All storage ports of one database.
pub trait Store:
    Audit
    + Clients
    + DatabaseClock
    + MailRequests
    + OneTimeTokens
    + Outbox
    + Roles
    + Sessions
    + SigningKeys
    + TenantMail
    + Tenants
    + Throttle
    + Users
    + 'static
{
}

impl<T> Store for T where
    T: Audit
        + Clients
        + DatabaseClock
        + MailRequests
        + OneTimeTokens
        + Outbox
        + Roles
        + Sessions
        + SigningKeys
        + TenantMail
        + Tenants
        + Throttle
        + Users
        + 'static
{
}
