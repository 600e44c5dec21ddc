//! The rules: plain structs over ports. A method that takes an actor checks the actor's right itself; those that take none
//! are for the tasks of the server (`delivery`, `housekeeping`) or begin with a proof (`tokens`, `callers`).

mod accounts;
mod callers;
mod client_authentication;
mod clients;
mod core;
mod delivery;
mod email_confirmation;
mod housekeeping;
mod initialization;
mod mail_requests;
mod mail_settings;
mod password_reset;
mod passwords;
mod policy;
mod registration;
mod roles;
mod sessions;
mod shared_clock;
mod signing_keys;
mod support_desk;
mod tenants;
mod throttle;
mod token_status;
mod tokens;
mod users;

use std::sync::{Arc, OnceLock};

pub use self::{
    accounts::{AccountChange, AccountService},
    callers::CallerService,
    client_authentication::ClientCredentials,
    clients::ClientService,
    core::{Ports, Reader},
    delivery::Delivering,
    email_confirmation::EmailConfirmation,
    housekeeping::{Housekeeping, Purged},
    initialization::{FirstCredentials, Initialization, Initialized},
    mail_settings::{MailSettingsService, NewMailSettings},
    password_reset::PasswordReset,
    policy::{Bootstrap, MailPolicy, OpenOperations, Policy, ThrottlePolicy},
    registration::{ImportedUser, NewUser, Registration},
    roles::RoleService,
    sessions::SessionService,
    signing_keys::SigningKeyService,
    support_desk::SupportDeskService,
    tenants::TenantService,
    token_status::{ActiveToken, TokenStatusService},
    tokens::{Refresh, SignIn, SignedInAnswer, TokenAnswer, TokenService},
    users::UserService,
};
pub use crate::model::Account;

use self::{callers::Callers, core::Core, shared_clock::SharedClock, throttle::ProvedClients};

/// Everything that the service does, for a web server or a batch job to call.
pub struct Membership {
    /// New users.
    pub registration: Registration,
    /// What people see and change of an account.
    pub accounts: AccountService,
    /// Proof of e-mail addresses.
    pub email_confirmation: EmailConfirmation,
    /// New passwords through a mail link.
    pub password_reset: PasswordReset,
    /// Roles of users.
    pub roles: RoleService,
    /// Sign-in and refresh.
    pub tokens: TokenService,
    /// Introspection and revocation.
    pub token_status: TokenStatusService,
    /// Proof of access tokens.
    pub callers: CallerService,
    /// Sign-ins and their end.
    pub sessions: SessionService,
    /// OAuth clients.
    pub clients: ClientService,
    /// The keys of access tokens.
    pub signing_keys: SigningKeyService,
    /// Sign-in at the support desk.
    pub support_desk: SupportDeskService,
    /// The first tenant, administrator and client.
    pub initialization: Initialization,
    /// Tenants.
    pub tenants: TenantService,
    /// Sender, words and language of a tenant's mails.
    pub mail_settings: MailSettingsService,
    /// Users of a tenant.
    pub users: UserService,
    /// The mail worker's step.
    pub delivery: Delivering,
    /// What has to be done now and then.
    pub housekeeping: Housekeeping,
}

impl Membership {
    /// The services over these ports, under this policy.
    pub fn new(ports: Ports, policy: Policy) -> Self {
        let core = Arc::new(Core {
            ports,
            policy,
            callers: Callers::new(),
            proved_clients: ProvedClients::new(),
            clock: SharedClock::default(),
            doorbell: OnceLock::new(),
        });
        Self {
            registration: Registration::new(core.clone()),
            accounts: AccountService::new(core.clone()),
            email_confirmation: EmailConfirmation::new(core.clone()),
            password_reset: PasswordReset::new(core.clone()),
            roles: RoleService::new(core.clone()),
            tokens: TokenService::new(core.clone()),
            token_status: TokenStatusService::new(core.clone()),
            callers: CallerService::new(core.clone()),
            sessions: SessionService::new(core.clone()),
            clients: ClientService::new(core.clone()),
            signing_keys: SigningKeyService::new(core.clone()),
            support_desk: SupportDeskService::new(core.clone()),
            initialization: Initialization::new(core.clone()),
            tenants: TenantService::new(core.clone()),
            mail_settings: MailSettingsService::new(core.clone()),
            users: UserService::new(core.clone()),
            delivery: Delivering::new(core.clone()),
            housekeeping: Housekeeping::new(core),
        }
    }
}
