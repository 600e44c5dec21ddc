//! Values that cannot be wrong, and entities.

mod actor;
mod agent;
mod audit_event;
mod client;
mod email;
mod ids;
mod locale;
mod mail_order;
mod mail_request;
mod mail_sample;
mod mail_settings;
mod names;
mod one_time_token;
mod origin;
mod password;
mod password_fault;
mod password_policy;
mod permission;
mod phrase;
mod proof;
mod secret;
mod session;
mod signing_key;
mod tenant;
mod throttle;
mod timestamp;
mod user;

pub use actor::{Actor, Identity, SignedInUser};
pub use agent::{AddressFamily, Agent};
pub use audit_event::{AuditAction, AuditEvent};
pub use client::{Client, ClientChange, ClientKind, Grant, Lifetimes, RefreshPolicy};
pub use email::{Email, EmailDomain};
pub use ids::{
    AuditEventId, MailRequestId, MessageId, OneTimeTokenId, SessionId, TenantId, UserId,
};
pub use locale::{Locale, Locales};
pub use mail_order::{
    Link, Mail, MailKind, MailLimit, MailOrder, MailState, Mailing, Sender, Settlement,
};
pub use mail_request::{Account, Asked, MailRequest};
pub use mail_settings::{MailPart, MailSettings, MailText, SenderName};
pub use names::{ClientId, RoleCatalogue, RoleName, ShortName, Username};
pub use one_time_token::{OneTimeToken, TokenPurpose};
pub use origin::Origin;
pub use password::{Password, PasswordHash, Verdict};
pub use password_fault::PasswordFault;
pub use password_policy::{PasswordOwner, PasswordPolicy};
pub use permission::{Action, Decision, Relation, decide};
pub use phrase::{Phrase, Place};
pub use proof::{Proof, ProofPurpose};
pub use secret::Secret;
pub use session::{AccessClaims, Presented, Session, Standing, Subject};
pub use signing_key::{KeyState, SigningKey};
pub use tenant::{Founding, NewTenant, Tenant, TenantChange};
pub use throttle::{Attempt, Bucket, Budget, Familiar, Rate, Spent, Success, ThrottleKey};
pub use timestamp::Timestamp;
pub use user::User;
