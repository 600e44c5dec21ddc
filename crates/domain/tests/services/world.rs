//! Parts of the world that tests look into and disturb.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    Error, Result,
    model::{
        AccessClaims, Attempt, AuditEvent, Client, ClientId, Email, Founding, KeyState, MailLimit,
        MailOrder, MailRequest, MailSettings, MailState, MessageId, OneTimeToken, OneTimeTokenId,
        PasswordHash, RoleName, Secret, Session, SessionId, Settlement, ShortName, SigningKey,
        Standing, Success, Tenant, TenantId, Timestamp, TokenPurpose, User, UserId, Username,
    },
    ports::{
        AccessTokens, Audit, Clients, DatabaseClock, Effects, MailRequests, OneTimeTokens, Outbox,
        RequestEnd, RoleChange, Roles, Sessions, SigningKeys, TenantMail, Tenants, Throttle,
        UserChange, Users,
    },
};
use testkit::{FakeTokens, MemoryStore};

/// A memory store that counts its calls, lets others go first at each, and can be disturbed at one by name.
pub(crate) struct WatchedStore {
    store: Arc<MemoryStore>,
    calls: Mutex<HashMap<&'static str, usize>>,
    disturbance: Mutex<Option<(&'static str, Disturbance)>>,
}

/// What happens at a call, once.
pub(crate) enum Disturbance {
    /// It fails, and nothing is stored.
    FailsBefore,
    /// It fails after everything was stored: the answer got lost.
    FailsAfter,
    /// Somebody else does something just before.
    Preceded(Box<dyn FnOnce(&MemoryStore) + Send>),
}

impl WatchedStore {
    pub(crate) fn new(store: Arc<MemoryStore>) -> Self {
        Self {
            store,
            calls: Mutex::default(),
            disturbance: Mutex::default(),
        }
    }

    /// How often the method was called.
    pub(crate) fn calls(&self, method: &str) -> usize {
        let calls = self.calls.lock().unwrap();
        calls.get(method).copied().unwrap_or_default()
    }

    /// The calls of every method since this was asked last.
    pub(crate) fn take_calls(&self) -> BTreeMap<&'static str, usize> {
        let calls = mem::take(&mut *self.calls.lock().unwrap());
        calls.into_iter().collect()
    }

    /// The next call of the method is disturbed.
    pub(crate) fn disturb(&self, method: &'static str, disturbance: Disturbance) {
        *self.disturbance.lock().unwrap() = Some((method, disturbance));
    }

    /// Whether the disturbance took place.
    pub(crate) fn is_quiet(&self) -> bool {
        self.disturbance.lock().unwrap().is_none()
    }

    async fn call<T: Send>(
        &self,
        method: &'static str,
        effect: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        tokio::task::yield_now().await;
        *self.calls.lock().unwrap().entry(method).or_default() += 1;
        let disturbance = {
            let mut disturbance = self.disturbance.lock().unwrap();
            disturbance.take_if(|(at, _)| *at == method)
        };
        match disturbance {
            None => effect.await,
            Some((_, Disturbance::FailsBefore)) => Err(lost()),
            Some((_, Disturbance::FailsAfter)) => effect.await.and(Err(lost())),
            Some((_, Disturbance::Preceded(meanwhile))) => {
                meanwhile(&self.store);
                effect.await
            }
        }
    }
}

fn lost() -> Error {
    Error::unavailable("database", "the test cut the line")
}

macro_rules! watched {
    ($($port:ident { $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)+ })+) => {
        $(
            #[async_trait]
            impl $port for WatchedStore {
                $(
                    async fn $method(&self, $($name: $type),*) -> Result<$answer> {
                        self.call(stringify!($method), self.store.$method($($name),*)).await
                    }
                )+
            }
        )+
    };
}

watched! {
    Audit {
        append(event: &AuditEvent) -> ();
        in_tenant(tenant: TenantId, limit: u32) -> Vec<AuditEvent>;
    }
    DatabaseClock {
        database_time() -> Option<Timestamp>;
    }
    Clients {
        client(id: &ClientId) -> Option<Client>;
        all_clients() -> Vec<Client>;
        add_client(client: &Client, audit: &AuditEvent) -> ();
        update_client(client: &Client, audit: &AuditEvent) -> ();
        delete_client(id: &ClientId, audit: &AuditEvent) -> bool;
        replace_secret_hash(id: &ClientId, from: &[u8; 32], to: &[u8; 32]) -> ();
    }
    MailRequests {
        request_mail(request: &MailRequest) -> ();
        lease_requests(now: Timestamp, lease: Duration, limit: u32) -> Vec<MailRequest>;
        end_request(leased: &MailRequest, effects: &Effects, limit: MailLimit) -> RequestEnd;
        purge_requests(before: Timestamp, limit: u32) -> usize;
    }
    OneTimeTokens {
        one_time_token(id: OneTimeTokenId) -> Option<OneTimeToken>;
        prolong(id: OneTimeTokenId, expires_at: Timestamp) -> bool;
        redeem(
            token: &OneTimeToken,
            now: Timestamp,
            user: &User,
            voids: &[TokenPurpose],
            effects: &Effects
        ) -> bool;
        purge_one_time_tokens(before: Timestamp, limit: u32) -> usize;
    }
    Outbox {
        lease(now: Timestamp, lease: Duration, limit: u32) -> Vec<MailOrder>;
        settle(leased: &MailOrder, settlement: &Settlement) -> bool;
        mail_order(id: MessageId) -> Option<MailOrder>;
        mail_in_state(state: MailState, limit: u32) -> Vec<MailOrder>;
        retry_mail(id: MessageId, now: Timestamp) -> bool;
        drop_mail(id: MessageId) -> bool;
        purge_mail(before: Timestamp, limit: u32) -> usize;
    }
    Roles {
        grant(tenant: TenantId, user: UserId, role: &RoleName, audit: &AuditEvent) -> RoleChange;
        revoke(
            tenant: TenantId,
            user: UserId,
            role: &RoleName,
            keep_one: bool,
            audit: &AuditEvent
        ) -> RoleChange;
    }
    Sessions {
        open(session: &Session, audit: &AuditEvent, success: &Success) -> bool;
        session(id: SessionId) -> Option<(Session, Standing)>;
        refresh(session: &Session, from: u32) -> bool;
        sessions_of(tenant: TenantId, user: UserId, now: Timestamp, limit: u32) -> Vec<Session>;
        end_session(tenant: TenantId, user: UserId, id: SessionId, audit: &AuditEvent) -> bool;
        end_all(tenant: TenantId, user: UserId, effects: &Effects) -> bool;
        purge_sessions(before: Timestamp, limit: u32) -> usize;
    }
    SigningKeys {
        signing_keys() -> Vec<SigningKey>;
        add_signing_key(key: &SigningKey) -> bool;
        rotate_signing_keys(
            retired: &SigningKey,
            current: &SigningKey,
            next: &SigningKey,
            audit: &AuditEvent
        ) -> bool;
        reseal_signing_key(id: &str, from: &[u8], to: &[u8]) -> ();
        drop_signing_key(id: &str, audit: &AuditEvent) -> bool;
        purge_signing_keys(before: Timestamp) -> usize;
    }
    TenantMail {
        mail_settings(tenant: TenantId) -> Option<MailSettings>;
        put_mail_settings(settings: &MailSettings, audit: &AuditEvent) -> ();
    }
    Tenants {
        initialize(founding: &Founding) -> bool;
        is_initialized() -> bool;
        add_tenant(tenant: &Tenant, audit: &AuditEvent) -> ();
        update_tenant(tenant: &Tenant, audit: &AuditEvent) -> ();
        delete_tenant(id: TenantId, audit: &AuditEvent) -> bool;
        tenant(id: TenantId) -> Option<Tenant>;
        tenant_by_short_name(name: &ShortName) -> Option<Tenant>;
        all_tenants() -> Vec<Tenant>;
    }
    Throttle {
        attempt(attempt: &Attempt) -> bool;
        succeed(now: Timestamp, success: &Success) -> ();
        purge_throttle(now: Timestamp, limit: u32) -> usize;
    }
    Users {
        add_user(user: &User, effects: &Effects) -> ();
        update_user(
            user: &User,
            voids: &[TokenPurpose],
            effects: &Effects,
            limit: MailLimit
        ) -> UserChange;
        user(tenant: TenantId, id: UserId) -> Option<User>;
        user_by_username(tenant: TenantId, username: &Username) -> Option<User>;
        user_by_email(tenant: TenantId, email: &Email) -> Option<User>;
        users_in_tenant(tenant: TenantId) -> Vec<User>;
        replace_password_hash(
            tenant: TenantId,
            id: UserId,
            from: &PasswordHash,
            to: &PasswordHash
        ) -> ();
    }
}

/// The access tokens of another process: made by the same maker, good while this process knows their key.
pub(crate) struct OtherTokens {
    maker: Arc<FakeTokens>,
    known: FakeTokens,
}

impl OtherTokens {
    pub(crate) fn new(maker: Arc<FakeTokens>) -> Self {
        Self {
            maker,
            known: FakeTokens::default(),
        }
    }
}

impl AccessTokens for OtherTokens {
    fn generate_key(&self, state: KeyState, now: Timestamp) -> Result<SigningKey> {
        self.maker.generate_key(state, now)
    }

    fn reseal_key(&self, key: &SigningKey) -> Result<Option<SigningKey>> {
        self.maker.reseal_key(key)
    }

    fn install_keys(&self, keys: &[SigningKey]) -> Result<()> {
        self.known.install_keys(keys)
    }

    fn key_set(&self) -> Result<Arc<str>> {
        self.known.key_set()
    }

    fn sign(&self, claims: &AccessClaims) -> Result<Secret<String>> {
        self.known.sign(claims)?;
        self.maker.sign(claims)
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims> {
        if self.names_unknown_key(token) {
            return Err(Error::Unauthenticated);
        }
        self.maker.verify(token, now)
    }

    fn names_unknown_key(&self, token: &str) -> bool {
        self.known.names_unknown_key(token)
    }
}
