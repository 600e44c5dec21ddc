//! Values that cannot be wrong, and entities.

mod actor;
mod audit_event;
mod client;
mod email;
mod ids;
mod mail_order;
mod names;
mod one_time_token;
mod password;
mod permission;
mod proof;
mod secret;
mod session;
mod signing_key;
mod tenant;
mod timestamp;
mod user;

pub use actor::{Actor, Identity, SignedInUser};
pub use audit_event::{AuditAction, AuditEvent};
pub use client::{Client, ClientKind, Lifetimes};
pub use email::Email;
pub use ids::{AuditEventId, MessageId, OneTimeTokenId, SessionId, TenantId, UserId};
pub use mail_order::{Link, Mail, MailKind, MailOrder, MailState, Mailing, Settlement};
pub use names::{ClientId, RoleCatalogue, RoleName, ShortName, Username};
pub use one_time_token::{OneTimeToken, TokenPurpose};
pub use password::{Password, PasswordHash, PasswordPolicy, Verdict};
pub use permission::{Action, Decision, Relation, decide};
pub use proof::{Proof, ProofPurpose};
pub use secret::Secret;
pub use session::{AccessClaims, Session, Standing};
pub use signing_key::{KeyState, SigningKey};
pub use tenant::{Founding, NewTenant, Tenant, TenantChange};
pub use timestamp::Timestamp;
pub use user::User;
