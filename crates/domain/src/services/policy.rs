use std::time::Duration;

use crate::model::{
    ClientId, Email, EmailDomain, Lifetimes, Locales, MailLimit, Password, PasswordPolicy, Rate,
    RoleCatalogue, Secret, ShortName, Username,
};

/// What the operator decides about the rules.
pub struct Policy {
    /// The origin, and path if any, that links in mails begin with; no slash at its end.
    pub public_url: String,
    /// The roles that exist.
    pub roles: RoleCatalogue,
    /// What a new password must satisfy.
    pub passwords: PasswordPolicy,
    /// Which operations are open to everybody.
    pub open: OpenOperations,
    /// The locales that mails and pages speak.
    pub locales: Locales,
    /// How often may be guessed and asked.
    pub throttle: ThrottlePolicy,
    /// How mail is delivered.
    pub mail: MailPolicy,
    /// How long ended sessions are kept.
    pub session_retention: Duration,
    /// How long what a client is given lives, unless the client has other lifetimes.
    pub lifetimes: Lifetimes,
    /// How long a key signs access tokens before the next one does.
    pub key_rotation: Duration,
    /// What a new instance begins with.
    pub bootstrap: Bootstrap,
}

/// The three writing operations that the contract leaves open (sections 4.2, 4.6 and 4.8).
#[derive(Clone, Copy, Debug)]
pub struct OpenOperations {
    /// Ending the sessions of a user.
    pub sign_out: bool,
    /// Having a confirmation mail sent.
    pub confirmation_request: bool,
    /// Bringing a new instance into being.
    pub initialize: bool,
}

/// How often may be guessed and asked.
#[derive(Clone, Copy, Debug)]
pub struct ThrottlePolicy {
    /// Guesses at one account, or at the secret of one client from one network, before waits begin.
    pub per_account: Rate,
    /// Wrong guesses from one network.
    pub guesses_per_source: Rate,
    /// Calls of an open operation that concern one user.
    pub open_per_user: Rate,
    /// Calls of an open operation from one network.
    pub open_per_source: Rate,
}

/// How mail is delivered.
#[derive(Clone, Debug)]
pub struct MailPolicy {
    /// How long a worker may hold an order before another takes it up.
    pub lease: Duration,
    /// How often an order is tried at least before it is given up, and not before [`MailPolicy::GIVE_UP_AFTER`].
    pub max_attempts: u32,
    /// How long sent orders are kept.
    pub retention: Duration,
    /// How many mails with a link of one kind one account gets.
    pub per_account: MailLimit,
    /// Whose addresses tenants may send from.
    pub sender_domains: Vec<EmailDomain>,
}

impl MailPolicy {
    /// No order is given up before it is this old, unless its receiver is refused for good.
    pub const GIVE_UP_AFTER: Duration = Duration::from_hours(24);
}

/// What a new instance begins with: the operator's values, nothing from a request.
pub struct Bootstrap {
    /// The name of the platform's own tenant, for people.
    pub tenant_name: String,
    /// Its short name.
    pub tenant: ShortName,
    /// The first administrator's name.
    pub username: Username,
    /// The first administrator's address.
    pub email: Email,
    /// The first administrator's password. Without one the administrator gets an invitation by mail.
    pub password: Option<Password>,
    /// The first client, confidential.
    pub client_id: ClientId,
    /// The first client's secret. Without one there is no initialisation.
    pub client_secret: Option<Secret<String>>,
    /// Whether an absent password and secret are made up and told, as on the embedded default: to an operator who
    /// initialises, never to a caller without a name.
    pub generate_secrets: bool,
}
