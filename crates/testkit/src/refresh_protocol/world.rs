//! The services over a store.

use std::{cell::Cell, collections::HashMap, sync::Arc, time::Duration};

use domain::{
    Membership, Policy, Ports,
    model::{
        AuditAction, ClientChange, ClientId, ClientKind, Grant, Lifetimes, Locales, MailLimit,
        PasswordPolicy, Rate, RefreshPolicy, RoleCatalogue,
    },
    services::{Bootstrap, ClientCredentials, MailPolicy, OpenOperations, ThrottlePolicy},
};

use super::{
    model::{ABSOLUTE, IDLE},
    steps::Program,
    walk::{Walk, operator},
};
use crate::{
    FakeKeyRing, FakeSecrets, FakeTokens, FixedClock, ListedPasswords, PlainHasher,
    RecordingMailer, SeededEntropy, TestStore, at, audit, effects, tenant, user,
};

/// An instance, which many walks use one after the other.
pub(super) struct World {
    pub(super) membership: Arc<Membership>,
    pub(super) store: TestStore,
    pub(super) clock: Arc<FixedClock>,
    pub(super) tokens: Arc<FakeTokens>,
    walks: Cell<u32>,
}

impl World {
    pub(super) async fn new(store: TestStore) -> Self {
        let (clock, tokens) = <(Arc<FixedClock>, Arc<FakeTokens>)>::default();
        let ports = Ports {
            store: store.store(),
            clock: clock.clone(),
            entropy: Arc::new(SeededEntropy::default()),
            master_keys: Arc::new(FakeKeyRing),
            hasher: Arc::new(PlainHasher::default()),
            common_passwords: Arc::new(ListedPasswords),
            secrets: Arc::new(FakeSecrets::default()),
            access_tokens: tokens.clone(),
            mailer: Arc::new(RecordingMailer::default()),
            support_desk: None,
        };
        let membership = Arc::new(Membership::new(ports, policy()));
        membership.signing_keys.tend().await.unwrap();
        Self {
            membership,
            store,
            clock,
            tokens,
            walks: Cell::default(),
        }
    }

    /// How many walks were begun.
    pub(super) fn walks(&self) -> u32 {
        self.walks.get()
    }

    pub(super) async fn begin(&self) -> Walk<'_> {
        let number = self.walks.get();
        self.walks.set(number + 1);
        let tenant = tenant(&format!("walk-{number}"));
        let users = ["anna", "bert"].map(|name| user(&tenant, name));
        let store = self.store.store();
        let event = audit(AuditAction::TenantCreated, &users[0], at(0));
        store.add_tenant(&tenant, &event).await.unwrap();
        for user in &users {
            let effects = effects(AuditAction::UserRegistered, user, at(0), []);
            store.add_user(user, &effects).await.unwrap();
        }
        let mut clients = HashMap::new();
        for program in Program::ALL {
            let id = format!("{program:?}-{number}").parse().unwrap();
            clients.insert(program, self.client(id, program).await);
        }
        Walk::new(self, tenant, users, clients)
    }

    async fn client(&self, id: ClientId, program: Program) -> ClientCredentials {
        let (kind, refresh) = match program {
            Program::Keeping => (ClientKind::Confidential, RefreshPolicy::Keep),
            Program::Rotating => (ClientKind::Confidential, RefreshPolicy::Rotate),
            Program::Public => (ClientKind::Public, RefreshPolicy::Rotate),
        };
        let change = ClientChange {
            grants: Some([Grant::Password, Grant::RefreshToken].into()),
            refresh: Some(refresh),
            ..ClientChange::default()
        };
        let clients = &self.membership.clients;
        let (client, secret) = clients.create(&operator(), id, kind, change).await.unwrap();
        ClientCredentials {
            id: client.id.as_str().to_owned(),
            secret,
        }
    }
}

fn policy() -> Policy {
    let unlimited = Rate {
        count: u32::MAX,
        window: Duration::from_mins(1),
    };
    Policy {
        public_url: "https://id.example.com".to_owned(),
        roles: RoleCatalogue::new([]),
        passwords: PasswordPolicy { min_length: 15 },
        open: OpenOperations {
            sign_out: false,
            confirmation_request: false,
            initialize: false,
        },
        locales: Locales::new("en".parse().unwrap(), []),
        throttle: ThrottlePolicy {
            per_account: unlimited,
            guesses_per_source: unlimited,
            open_per_user: unlimited,
            open_per_source: unlimited,
        },
        mail: MailPolicy {
            lease: Duration::from_mins(5),
            max_attempts: 8,
            retention: Duration::from_hours(720),
            per_account: MailLimit {
                count: 3,
                window: Duration::from_mins(15),
            },
            sender_domains: Vec::new(),
        },
        session_retention: Duration::from_hours(720),
        lifetimes: Lifetimes {
            access: Lifetimes::SHORTEST_ACCESS,
            idle: IDLE,
            absolute: ABSOLUTE,
        },
        key_rotation: Duration::from_hours(720),
        bootstrap: Bootstrap {
            tenant_name: "Platform".to_owned(),
            tenant: "platform".parse().unwrap(),
            username: "admin".parse().unwrap(),
            email: "admin@example.com".parse().unwrap(),
            password: None,
            client_id: "web".parse().unwrap(),
            client_secret: None,
            generate_secrets: false,
        },
    }
}
