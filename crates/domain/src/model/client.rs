use std::{collections::BTreeSet, time::Duration};

use super::{ClientId, Origin, TenantId, Timestamp, UserId};
use crate::{Error, Result};

/// An OAuth client (RFC 6749 section 2): a program that signs people in, or acts for itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// The `client_id`, for ever: that of a deleted client is not given out again.
    pub id: ClientId,
    /// Whether it can keep a secret.
    pub kind: ClientKind,
    /// The keyed hashes of its secrets, newest first: at most [`Client::LIVE_SECRETS`], none for a public client.
    pub secret_hashes: Vec<[u8; 32]>,
    /// What it may ask of the token endpoint.
    pub grants: BTreeSet<Grant>,
    /// What a refresh makes of its refresh token.
    pub refresh: RefreshPolicy,
    /// How long what it is given lives.
    pub lifetimes: Lifetimes,
    /// The tenants whose users it may sign in; every tenant's if empty.
    pub tenants: BTreeSet<TenantId>,
    /// From where its pages may call us (CORS).
    pub origins: BTreeSet<Origin>,
    /// Whether it may be used.
    pub enabled: bool,
    /// Counts changes, for optimistic concurrency.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// RFC 6749 section 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClientKind {
    /// Authenticates with a secret.
    Confidential,
    /// Cannot keep a secret.
    Public,
}

/// A grant type (RFC 6749 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// The client handles people's passwords. Deprecated by RFC 9700 section 2.4; for the contract's clients alone.
    Password,
    /// The client may refresh a sign-in, and is given refresh tokens.
    RefreshToken,
    /// The client acts for itself.
    ClientCredentials,
}

/// What a refresh makes of the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefreshPolicy {
    /// It stays; for confidential clients, which authenticate each time.
    Keep,
    /// It is replaced by a successor, and its later use shows a theft (RFC 9700 section 4.14.2).
    Rotate,
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

/// What shall be different of a client; an absent value stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientChange {
    /// What it may ask of the token endpoint.
    pub grants: Option<BTreeSet<Grant>>,
    /// What a refresh makes of its refresh token.
    pub refresh: Option<RefreshPolicy>,
    /// Of an access token.
    pub access: Option<Duration>,
    /// Of a session that is not used.
    pub idle: Option<Duration>,
    /// Of a session.
    pub absolute: Option<Duration>,
    /// The tenants whose users it may sign in; every tenant's if empty.
    pub tenants: Option<BTreeSet<TenantId>>,
    /// From where its pages may call us.
    pub origins: Option<BTreeSet<Origin>>,
    /// Whether it may be used.
    pub enabled: Option<bool>,
}

macro_rules! named {
    ($($type:ident: $($variant:ident = $name:literal),+;)+) => {
        $(impl $type {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name, for storage and the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The one of that name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.name() == name)
            }
        })+
    };
}

named! {
    ClientKind: Confidential = "confidential", Public = "public";
    Grant: Password = "password", RefreshToken = "refresh_token", ClientCredentials = "client_credentials";
    RefreshPolicy: Keep = "keep", Rotate = "rotate";
}

impl Lifetimes {
    /// The shortest life of an access token: clients refresh at its end and not before.
    pub const SHORTEST_ACCESS: Duration = Duration::from_mins(1);
    /// The longest life of an access token: signing keys are kept for it.
    pub const LONGEST_ACCESS: Duration = Duration::from_hours(24);
    /// The longest life of a session: ten years.
    pub const LONGEST: Duration = Duration::from_hours(24 * 3650);
}

impl Client {
    /// How many secrets are good at a time: the newest, and the one before it until its users have the newest.
    pub const LIVE_SECRETS: usize = 2;

    /// A new client, which may refresh sign-ins and nothing else until it is changed. It has no secret yet.
    pub fn new(
        id: ClientId,
        kind: ClientKind,
        lifetimes: Lifetimes,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id,
            kind,
            secret_hashes: Vec::new(),
            grants: BTreeSet::from([Grant::RefreshToken]),
            refresh: match kind {
                ClientKind::Confidential => RefreshPolicy::Keep,
                ClientKind::Public => RefreshPolicy::Rotate,
            },
            lifetimes,
            tenants: BTreeSet::new(),
            origins: BTreeSet::new(),
            enabled: true,
            version: 0,
            created_at,
        }
    }

    /// The client as `change` makes it. [`Error::Invalid`] for a value that its kind does not allow.
    pub fn changed(mut self, change: ClientChange) -> Result<Self> {
        self.grants = change.grants.unwrap_or(self.grants);
        self.refresh = change.refresh.unwrap_or(self.refresh);
        self.lifetimes = Lifetimes {
            access: change.access.unwrap_or(self.lifetimes.access),
            idle: change.idle.unwrap_or(self.lifetimes.idle),
            absolute: change.absolute.unwrap_or(self.lifetimes.absolute),
        };
        self.tenants = change.tenants.unwrap_or(self.tenants);
        self.origins = change.origins.unwrap_or(self.origins);
        self.enabled = change.enabled.unwrap_or(self.enabled);
        self.check()?;
        Ok(self)
    }

    fn check(&self) -> Result<()> {
        let Lifetimes {
            access,
            idle,
            absolute,
        } = self.lifetimes;
        let public = self.kind == ClientKind::Public;
        let acts_for_itself = self.grants.contains(&Grant::ClientCredentials);
        let reads_as_a_user = self.id.as_str().parse::<UserId>().is_ok();
        for (broken, field, reason) in [
            (self.grants.is_empty(), "grants", "name no grant"),
            (
                public && acts_for_itself,
                "grants",
                "allow client_credentials, which needs a secret",
            ),
            (
                acts_for_itself && reads_as_a_user,
                "clientId",
                "reads as the id of a user, which client_credentials does not allow (RFC 9068 section 5)",
            ),
            (
                public && self.refresh == RefreshPolicy::Keep,
                "refreshPolicy",
                "is keep, which needs a secret",
            ),
            (
                !(Lifetimes::SHORTEST_ACCESS..=Lifetimes::LONGEST_ACCESS).contains(&access),
                "accessLifetime",
                "is not within a minute and a day",
            ),
            (
                idle < access,
                "idleLifetime",
                "is shorter than the access token's",
            ),
            (
                absolute < idle,
                "absoluteLifetime",
                "is shorter than the idle one",
            ),
            (
                absolute > Lifetimes::LONGEST,
                "absoluteLifetime",
                "is longer than ten years",
            ),
        ] {
            if broken {
                return Err(Error::invalid(field, reason));
            }
        }
        Ok(())
    }

    /// The client with one more secret, in place of all but the newest before it.
    #[must_use]
    pub fn with_secret(mut self, hash: [u8; 32]) -> Self {
        self.secret_hashes.insert(0, hash);
        self.secret_hashes.truncate(Self::LIVE_SECRETS);
        self
    }

    /// Whether it may sign in users of `tenant`.
    pub fn serves(&self, tenant: TenantId) -> bool {
        self.tenants.is_empty() || self.tenants.contains(&tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &str, kind: ClientKind) -> Client {
        let lifetimes = Lifetimes {
            access: Duration::from_mins(10),
            idle: Duration::from_hours(1),
            absolute: Duration::from_hours(2),
        };
        let now = Timestamp::from_unix_seconds(0).unwrap();
        Client::new(id.parse().unwrap(), kind, lifetimes, now)
    }

    #[test]
    fn sec_30_the_password_grant_is_off_for_new_clients() {
        for kind in ClientKind::ALL {
            let client = client("app", *kind);
            assert!(!client.grants.contains(&Grant::Password));
            assert!(client.changed(ClientChange::default()).is_ok());
        }
    }

    #[test]
    fn what_a_client_cannot_be_is_refused_by_the_name_of_its_value() {
        let grants = |grant| ClientChange {
            grants: Some(BTreeSet::from([grant])),
            ..ClientChange::default()
        };
        let access = |access| ClientChange {
            access: Some(access),
            ..ClientChange::default()
        };
        let keep = ClientChange {
            refresh: Some(RefreshPolicy::Keep),
            ..ClientChange::default()
        };
        let none = ClientChange {
            grants: Some(BTreeSet::new()),
            ..ClientChange::default()
        };
        let short = ClientChange {
            absolute: Some(Duration::from_mins(59)),
            ..ClientChange::default()
        };
        let long = ClientChange {
            absolute: Some(Lifetimes::LONGEST + Duration::from_secs(1)),
            ..ClientChange::default()
        };
        let as_a_user = "d08403aec32847de974af1008cef86cc";
        let (confidential, public) = (ClientKind::Confidential, ClientKind::Public);
        for (id, kind, change, refused) in [
            ("app", confidential, none, "grants"),
            ("app", public, grants(Grant::ClientCredentials), "grants"),
            (
                as_a_user,
                confidential,
                grants(Grant::ClientCredentials),
                "clientId",
            ),
            ("app", public, keep, "refreshPolicy"),
            (
                "app",
                public,
                access(Duration::from_secs(59)),
                "accessLifetime",
            ),
            (
                "app",
                public,
                access(Duration::from_hours(25)),
                "accessLifetime",
            ),
            (
                "app",
                public,
                access(Duration::from_mins(61)),
                "idleLifetime",
            ),
            ("app", public, short, "absoluteLifetime"),
            ("app", public, long, "absoluteLifetime"),
        ] {
            let outcome = client(id, kind).changed(change);
            assert!(
                matches!(outcome, Err(Error::Invalid { field, .. }) if field == refused),
                "{refused}"
            );
        }
        assert!(
            client(as_a_user, confidential)
                .changed(grants(Grant::Password))
                .is_ok()
        );
    }

    #[test]
    fn two_secrets_are_live_at_a_time() {
        let client = client("app", ClientKind::Confidential);

        let client = client
            .with_secret([1; 32])
            .with_secret([2; 32])
            .with_secret([3; 32]);

        assert_eq!(client.secret_hashes, [[3; 32], [2; 32]]);
    }
}
