//! An instance that nobody initialised.

use std::{sync::Arc, time::Duration};

use domain::{
    Membership, Policy, Ports,
    model::{Lifetimes, Locales, MailLimit, PasswordPolicy, RoleCatalogue, Secret},
    services::{Bootstrap, MailPolicy, OpenOperations, ThrottlePolicy},
};
use testkit::{
    FakeKeyRing, FakeSecrets, FakeSupportDesk, FakeTokens, FixedClock, ListedPasswords,
    MemoryStore, PlainHasher, RecordingMailer, SeededEntropy,
};

use crate::{
    lab::{CLIENT_SECRET, PASSWORD, password},
    world::WatchedStore,
};

/// The services and the world that they act in.
pub(crate) struct Parts {
    pub(crate) membership: Membership,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) watched: Arc<WatchedStore>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) hasher: Arc<PlainHasher>,
    pub(crate) mailer: Arc<RecordingMailer>,
    pub(crate) tokens: Arc<FakeTokens>,
    pub(crate) ports: Ports,
}

pub(crate) fn uninitialized(
    change_policy: impl FnOnce(&mut Policy),
    change_world: impl FnOnce(&mut Ports, &Arc<MemoryStore>),
) -> Parts {
    let mut policy = policy();
    change_policy(&mut policy);
    let store = Arc::new(MemoryStore::default());
    let watched = Arc::new(WatchedStore::new(store.clone()));
    let clock = Arc::new(FixedClock::default());
    let hasher = Arc::new(PlainHasher::default());
    let mailer = Arc::new(RecordingMailer::default());
    let tokens = Arc::new(FakeTokens::default());
    let support_desk = Arc::new(FakeSupportDesk::default());
    support_desk.require_confirmed_email(true);
    let mut ports = Ports {
        store: watched.clone(),
        clock: clock.clone(),
        entropy: Arc::new(SeededEntropy::default()),
        master_keys: Arc::new(FakeKeyRing),
        hasher: hasher.clone(),
        common_passwords: Arc::new(ListedPasswords),
        secrets: Arc::new(FakeSecrets::default()),
        access_tokens: tokens.clone(),
        mailer: mailer.clone(),
        support_desk: Some(support_desk),
    };
    change_world(&mut ports, &store);
    Parts {
        membership: Membership::new(ports.clone(), policy),
        store,
        watched,
        clock,
        hasher,
        mailer,
        tokens,
        ports,
    }
}

pub(crate) fn policy() -> Policy {
    Policy {
        public_url: "https://id.example.com".to_owned(),
        roles: RoleCatalogue::new(["Support".parse().unwrap(), "User".parse().unwrap()]),
        passwords: PasswordPolicy { min_length: 15 },
        open: OpenOperations {
            sign_out: true,
            confirmation_request: true,
            initialize: true,
        },
        locales: Locales::new("en".parse().unwrap(), ["de".parse().unwrap()]),
        throttle: ThrottlePolicy {
            per_account: "10/h".parse().unwrap(),
            guesses_per_source: "20/min".parse().unwrap(),
            open_per_user: "5/h".parse().unwrap(),
            open_per_source: "20/min".parse().unwrap(),
        },
        mail: MailPolicy {
            lease: Duration::from_mins(5),
            max_attempts: 8,
            retention: Duration::from_hours(720),
            per_account: MailLimit {
                count: 3,
                window: Duration::from_mins(15),
            },
            sender_domains: vec!["acme.example".parse().unwrap()],
        },
        session_retention: Duration::from_hours(720),
        lifetimes: Lifetimes {
            access: Duration::from_mins(10),
            idle: Duration::from_hours(720),
            absolute: Duration::from_hours(8760),
        },
        key_rotation: Duration::from_hours(24 * 30),
        bootstrap: Bootstrap {
            tenant_name: "Platform".to_owned(),
            tenant: "platform".parse().unwrap(),
            username: "admin".parse().unwrap(),
            email: "admin@example.com".parse().unwrap(),
            password: Some(password(PASSWORD)),
            client_id: "canopy".parse().unwrap(),
            client_secret: Some(Secret::new(CLIENT_SECRET.to_owned())),
            generate_secrets: false,
        },
    }
}
