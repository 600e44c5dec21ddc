//! One initialised instance per test, and what tests do with it.

use std::{sync::Arc, time::Duration};

use domain::{
    Membership, Policy, Ports, Result,
    model::{
        Actor, Lifetimes, Mail, Password, PasswordPolicy, RoleCatalogue, Secret, SignedInUser,
        Tenant, TenantId, User, UserId,
    },
    ports::{Audit as _, Tenants as _, Users as _},
    services::{
        Bootstrap, Initialized, MailPolicy, NewUser, OpenOperations, Refresh, SignIn, TokenAnswer,
    },
};
use testkit::{
    FakeSecrets, FakeSupportDesk, FakeTokens, FixedClock, MemoryStore, PlainHasher,
    RecordingMailer, SeededEntropy,
};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const CLIENT_SECRET: &str = "a secret of the first client";

pub(crate) struct Lab {
    pub(crate) membership: Membership,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) hasher: Arc<PlainHasher>,
    pub(crate) mailer: Arc<RecordingMailer>,
    pub(crate) platform: Tenant,
}

/// A sign-in, reduced to what tests use.
pub(crate) struct SignedIn {
    pub(crate) user: SignedInUser,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

impl Lab {
    /// With the tenant `platform`, its administrator `admin` and the client `canopy`.
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Policy)) -> Self {
        Self::initialized(uninitialized(change, |_, _| ())).await
    }

    /// With another part of the world, over the same store.
    pub(crate) async fn in_world(change: impl FnOnce(&mut Ports, &Arc<MemoryStore>)) -> Self {
        Self::initialized(uninitialized(|_| (), change)).await
    }

    async fn initialized((membership, store, clock, hasher, mailer): Parts) -> Self {
        membership.housekeeping.load_signing_keys().await.unwrap();
        let first = membership
            .initialization
            .initialize(&operator(), &|_| ())
            .await
            .unwrap();
        assert_eq!(first, Initialized::Now);
        let platform = store.all_tenants().await.unwrap().remove(0);
        Self {
            membership,
            store,
            clock,
            hasher,
            mailer,
            platform,
        }
    }

    pub(crate) async fn tenant(&self, short_name: &str) -> Tenant {
        let new = domain::model::NewTenant {
            name: short_name.to_uppercase(),
            short_name: short_name.to_owned(),
            ..Default::default()
        };
        self.membership
            .tenants
            .create(&operator(), new)
            .await
            .unwrap()
    }

    pub(crate) async fn register(&self, tenant: &Tenant, name: &str) -> UserId {
        self.membership
            .registration
            .register(&operator(), new_user(tenant.id, name))
            .await
            .unwrap()
    }

    /// Registered and signed in, holding `role`.
    pub(crate) async fn holder_of(&self, role: &str, tenant: &Tenant, name: &str) -> Actor {
        let user = self.register(tenant, name).await;
        self.membership
            .roles
            .set(&operator(), tenant.id, user, role, true)
            .await
            .unwrap();
        self.actor(tenant, name).await
    }

    pub(crate) async fn actor(&self, tenant: &Tenant, name: &str) -> Actor {
        Actor::user(
            self.sign_in(tenant, name, PASSWORD).await.unwrap().user,
            None,
        )
    }

    pub(crate) async fn admin(&self) -> Actor {
        self.actor(&self.platform, "admin").await
    }

    pub(crate) async fn sign_in(
        &self,
        tenant: &Tenant,
        name: &str,
        password: &str,
    ) -> Result<SignedIn> {
        let request = sign_in(tenant.short_name.as_str(), name, password);
        let answer = self
            .membership
            .tokens
            .sign_in(&anonymous(), request)
            .await?;
        self.signed_in(answer).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Result<SignedIn> {
        let request = Refresh {
            client_id: "canopy".to_owned(),
            client_secret: Some(Secret::new(CLIENT_SECRET.to_owned())),
            refresh_token: Secret::new(refresh_token.to_owned()),
        };
        let answer = self.membership.tokens.refresh(request).await?;
        self.signed_in(answer).await
    }

    async fn signed_in(&self, answer: TokenAnswer) -> Result<SignedIn> {
        let access_token = answer.access_token.expose().clone();
        let user = self.membership.tokens.authenticate(&access_token).await?;
        Ok(SignedIn {
            user,
            access_token,
            refresh_token: answer.refresh_token.expose().clone(),
        })
    }

    pub(crate) async fn user(&self, tenant: &Tenant, id: UserId) -> User {
        self.store.user(tenant.id, id).await.unwrap().unwrap()
    }

    /// Delivers what is due and takes it from the mailbox.
    pub(crate) async fn mail(&self) -> Vec<Mail> {
        while self.membership.delivery.run_once(10).await.unwrap() > 0 {}
        self.mailer.take()
    }

    /// The value of `key` in the link of the only mail due.
    pub(crate) async fn mailed(&self, key: &str) -> String {
        let mail = self.mail().await;
        assert_eq!(mail.len(), 1);
        linked(&mail[0], key)
    }

    /// What the audit of the tenant says, newest first.
    pub(crate) async fn audit(&self, tenant: TenantId) -> Vec<&'static str> {
        let events = self.store.in_tenant(tenant, 100).await.unwrap();
        events.iter().map(|event| event.action.name()).collect()
    }

    /// Everything that a refusal must not change, but for the audit.
    pub(crate) async fn users(&self, tenant: &Tenant) -> Vec<User> {
        self.store.users_in_tenant(tenant.id).await.unwrap()
    }
}

/// The parts of an instance that nobody initialised.
pub(crate) fn uninitialized(
    change_policy: impl FnOnce(&mut Policy),
    change_world: impl FnOnce(&mut Ports, &Arc<MemoryStore>),
) -> Parts {
    let mut policy = policy();
    change_policy(&mut policy);
    let store = Arc::new(MemoryStore::default());
    let clock = Arc::new(FixedClock::default());
    let hasher = Arc::new(PlainHasher::default());
    let mailer = Arc::new(RecordingMailer::default());
    let support_desk = Arc::new(FakeSupportDesk::default());
    support_desk.require_confirmed_email(true);
    let mut ports = Ports {
        store: store.clone(),
        clock: clock.clone(),
        entropy: Arc::new(SeededEntropy::default()),
        hasher: hasher.clone(),
        secrets: Arc::new(FakeSecrets::default()),
        access_tokens: Arc::new(FakeTokens::default()),
        mailer: mailer.clone(),
        support_desk: Some(support_desk),
    };
    change_world(&mut ports, &store);
    (Membership::new(ports, policy), store, clock, hasher, mailer)
}

pub(crate) type Parts = (
    Membership,
    Arc<MemoryStore>,
    Arc<FixedClock>,
    Arc<PlainHasher>,
    Arc<RecordingMailer>,
);

pub(crate) fn linked(mail: &Mail, key: &str) -> String {
    let url = mail.link.as_ref().unwrap().url.expose();
    let query = url.split_once('?').unwrap().1;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&format!("{key}=")))
        .unwrap()
        .to_owned()
}

pub(crate) fn operator() -> Actor {
    Actor::operator("test")
}

pub(crate) fn anonymous() -> Actor {
    Actor::anonymous(None)
}

pub(crate) fn password(text: &str) -> Password {
    Password::parse("password", text.to_owned()).unwrap()
}

pub(crate) fn new_user(tenant: TenantId, name: &str) -> NewUser {
    NewUser {
        tenant,
        email: format!("{name}@example.com").parse().unwrap(),
        username: name.parse().unwrap(),
        password: Some(password(PASSWORD)),
    }
}

pub(crate) fn sign_in(tenant: &str, username: &str, password: &str) -> SignIn {
    SignIn {
        client_id: "canopy".to_owned(),
        client_secret: Some(Secret::new(CLIENT_SECRET.to_owned())),
        tenant: tenant.to_owned(),
        username: username.to_owned(),
        password: Secret::new(password.to_owned()),
    }
}

fn policy() -> Policy {
    Policy {
        public_url: "https://id.example.com".to_owned(),
        roles: RoleCatalogue::new(["Support".parse().unwrap(), "User".parse().unwrap()]),
        passwords: PasswordPolicy { min_length: 15 },
        open: OpenOperations {
            sign_out: true,
            confirmation_request: true,
            initialize: true,
        },
        mail: MailPolicy {
            lease: Duration::from_mins(5),
            max_attempts: 8,
            retention: Duration::from_hours(720),
        },
        session_retention: Duration::from_hours(720),
        bootstrap: Bootstrap {
            tenant_name: "Platform".to_owned(),
            tenant: "platform".parse().unwrap(),
            username: "admin".parse().unwrap(),
            email: "admin@example.com".parse().unwrap(),
            password: Some(password(PASSWORD)),
            client_id: "canopy".parse().unwrap(),
            client_secret: Some(Secret::new(CLIENT_SECRET.to_owned())),
            lifetimes: Lifetimes {
                access: Duration::from_mins(10),
                idle: Duration::from_hours(720),
                absolute: Duration::from_hours(8760),
            },
            generate_secrets: false,
        },
    }
}
