//! One initialised instance per test, and what tests do with it.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    Error, Membership, Policy, Ports, Result,
    model::{
        Actor, AuditEvent, ClientChange, ClientKind, Grant, Identity, Mail, NewTenant, Password,
        Secret, SignedInUser, Tenant, TenantId, User, UserId,
    },
    ports::{Tenants as _, Users as _},
    services::{ClientCredentials, Initialized, NewUser, Refresh, SignIn, TokenAnswer},
};
use testkit::{FakeTokens, FixedClock, MemoryStore, PlainHasher, RecordingMailer};

use crate::{
    instance::{Parts, policy, uninitialized},
    world::{OtherTokens, WatchedStore},
};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const CLIENT_SECRET: &str = "a secret of the first client";

pub(crate) struct Lab {
    pub(crate) membership: Membership,
    pub(crate) store: Arc<MemoryStore>,
    /// Between the services and the store.
    pub(crate) watched: Arc<WatchedStore>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) hasher: Arc<PlainHasher>,
    pub(crate) mailer: Arc<RecordingMailer>,
    pub(crate) platform: Tenant,
    pub(crate) tokens: Arc<FakeTokens>,
    ports: Ports,
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

    async fn initialized(parts: Parts) -> Self {
        let membership = &parts.membership;
        membership.signing_keys.tend().await.unwrap();
        let first = membership
            .initialization
            .initialize(&operator(), &|_| ())
            .await
            .unwrap();
        assert_eq!(first, Initialized::Now);
        let platform = parts.store.all_tenants().await.unwrap().remove(0);
        Self {
            membership: parts.membership,
            store: parts.store,
            watched: parts.watched,
            clock: parts.clock,
            hasher: parts.hasher,
            mailer: parts.mailer,
            tokens: parts.tokens,
            ports: parts.ports,
            platform,
        }
    }

    /// Another process over the same store, which has not read the signing keys.
    pub(crate) fn another_process(&self) -> Membership {
        self.another_process_with(|_| ())
    }

    pub(crate) fn another_process_with(&self, change: impl FnOnce(&mut Ports)) -> Membership {
        let mut ports = Ports {
            access_tokens: Arc::new(OtherTokens::new(self.tokens.clone())),
            ..self.ports.clone()
        };
        change(&mut ports);
        Membership::new(ports, policy())
    }

    pub(crate) async fn tenant(&self, short_name: &str) -> Tenant {
        let new = NewTenant {
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

    /// A client with the password and refresh grants and what else `change` says.
    pub(crate) async fn client(
        &self,
        id: &str,
        kind: ClientKind,
        change: ClientChange,
    ) -> ClientCredentials {
        let usual = BTreeSet::from([Grant::Password, Grant::RefreshToken]);
        let change = ClientChange {
            grants: change.grants.or(Some(usual)),
            ..change
        };
        let (client, secret) = self
            .membership
            .clients
            .create(&operator(), id.parse().unwrap(), kind, change)
            .await
            .unwrap();
        ClientCredentials {
            id: client.id.as_str().to_owned(),
            secret,
        }
    }

    pub(crate) async fn change_client(&self, client: &ClientCredentials, change: ClientChange) {
        let id = client.id.parse().unwrap();
        self.membership
            .clients
            .change(&operator(), &id, change)
            .await
            .unwrap();
    }

    pub(crate) async fn sign_in(
        &self,
        tenant: &Tenant,
        name: &str,
        password: &str,
    ) -> Result<SignedIn> {
        let request = sign_in(tenant.short_name.as_str(), name, password);
        self.sign_in_as(&anonymous(), request).await
    }

    /// Signs in with the right password by that client.
    pub(crate) async fn sign_in_by(
        &self,
        client: &ClientCredentials,
        tenant: &Tenant,
        name: &str,
    ) -> Result<SignedIn> {
        let request = SignIn {
            client: client.clone(),
            ..sign_in(tenant.short_name.as_str(), name, PASSWORD)
        };
        self.sign_in_as(&anonymous(), request).await
    }

    pub(crate) async fn sign_in_as(&self, actor: &Actor, request: SignIn) -> Result<SignedIn> {
        let answer = self.membership.tokens.sign_in(actor, request).await?;
        self.signed_in(answer).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Result<SignedIn> {
        self.refresh_by(&canopy(), refresh_token).await
    }

    pub(crate) async fn refresh_by(
        &self,
        client: &ClientCredentials,
        refresh_token: &str,
    ) -> Result<SignedIn> {
        let request = refresh(client, refresh_token);
        let answer = self
            .membership
            .tokens
            .refresh(&anonymous(), request)
            .await?;
        self.signed_in(answer).await
    }

    async fn signed_in(&self, answer: TokenAnswer) -> Result<SignedIn> {
        let access_token = answer.access_token.expose().clone();
        let refresh_token = answer.sign_in.unwrap().refresh_token.unwrap();
        Ok(SignedIn {
            user: self.caller(&access_token).await?,
            access_token,
            refresh_token: refresh_token.expose().clone(),
        })
    }

    /// The user that an access token stands for.
    pub(crate) async fn caller(&self, access_token: &str) -> Result<SignedInUser> {
        caller(&self.membership, access_token).await
    }

    pub(crate) async fn user(&self, tenant: &Tenant, id: UserId) -> User {
        self.store.user(tenant.id, id).await.unwrap().unwrap()
    }

    /// Has orders placed for what was asked for, and delivers none.
    pub(crate) async fn requests_become_orders(&self) {
        let taken = self.membership.delivery.take_up(0).await;
        assert!(taken.unwrap().is_empty());
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
    pub(crate) fn audit(&self, tenant: TenantId) -> Vec<&'static str> {
        let events = self.events(|event| event.tenant == Some(tenant));
        events.iter().map(|event| event.action.name()).collect()
    }

    /// The events of the audit that are so, newest first.
    pub(crate) fn events(&self, are_so: impl Fn(&AuditEvent) -> bool) -> Vec<AuditEvent> {
        self.store.edit(|state| {
            let events = state.audit.values().rev();
            events.filter(|event| are_so(event)).cloned().collect()
        })
    }

    /// Everything that a refusal must not change, but for the audit.
    pub(crate) async fn users(&self, tenant: &Tenant) -> Vec<User> {
        self.store.users_in_tenant(tenant.id).await.unwrap()
    }
}

pub(crate) fn linked(mail: &Mail, key: &str) -> String {
    let url = mail.link.as_ref().unwrap().url.expose();
    let query = url.split_once('?').unwrap().1;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&format!("{key}=")))
        .unwrap()
        .to_owned()
}

/// The user that an access token stands for in that process.
pub(crate) async fn caller(membership: &Membership, access_token: &str) -> Result<SignedInUser> {
    match membership.callers.authenticate(access_token).await? {
        Identity::User(user) => Ok(user),
        _ => Err(Error::Unauthenticated),
    }
}

/// The shortest moment less.
pub(crate) fn just_before(span: Duration) -> Duration {
    span.saturating_sub(Duration::from_micros(1))
}

pub(crate) fn operator() -> Actor {
    Actor::operator("test")
}

pub(crate) fn anonymous() -> Actor {
    Actor::anonymous(None)
}

pub(crate) fn canopy() -> ClientCredentials {
    ClientCredentials {
        id: "canopy".to_owned(),
        secret: Some(Secret::new(CLIENT_SECRET.to_owned())),
    }
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
        locale: None,
    }
}

pub(crate) fn sign_in(tenant: &str, username: &str, password: &str) -> SignIn {
    SignIn {
        client: canopy(),
        tenant: tenant.to_owned(),
        username: username.to_owned(),
        password: Secret::new(password.to_owned()),
    }
}

pub(crate) fn refresh(client: &ClientCredentials, refresh_token: &str) -> Refresh {
    Refresh {
        client: client.clone(),
        refresh_token: Secret::new(refresh_token.to_owned()),
        tenant: None,
    }
}
