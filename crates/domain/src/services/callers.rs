use std::{
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use quick_cache::sync::{Cache, EntryAction, EntryResult};

use super::core::{Core, Ports};
use crate::{
    Error, Result,
    model::{
        AccessClaims, ClientId, Identity, SessionId, SignedInUser, Standing, Subject, Timestamp,
        UserId,
    },
    ports::Store,
};

/// Proves access tokens.
pub struct CallerService(Arc<Core>);

impl CallerService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Who an access token stands for, a user with the roles held now. [`Error::Unauthenticated`] for any other text; for a
    /// user, tenant or client that is disabled; and after the session ended. What another replica changed is noticed
    /// within 4 seconds, what this one changed at once.
    pub async fn authenticate(&self, access_token: &str) -> Result<Identity> {
        self.prove(access_token).await.map(|(identity, _)| identity)
    }

    /// The same, with all that the token says.
    pub(super) async fn prove(&self, access_token: &str) -> Result<(Identity, AccessClaims)> {
        let core = &self.0;
        let claims = self.claims(access_token).await?;
        let (store, now) = (&*core.ports.store, core.now());
        let identity = match &claims.subject {
            Subject::Client => {
                let enabled = core.callers.client(store, &claims.client, now).await?;
                enabled.then(|| Identity::Client(claims.client.clone()))
            }
            Subject::User {
                user,
                tenant,
                session,
                epoch,
                ..
            } => {
                let standing = core.callers.session(store, *session, now).await?;
                let same =
                    |it: &Arc<Standing>| (it.user, it.tenant, it.epoch) == (*user, *tenant, *epoch);
                standing.filter(same).map(|standing| {
                    Identity::User(SignedInUser {
                        tenant: *tenant,
                        user: *user,
                        session: *session,
                        username: standing.username.clone(),
                        roles: standing.roles.clone(),
                    })
                })
            }
        };
        Ok((identity.ok_or(Error::Unauthenticated)?, claims))
    }

    /// Another replica may have begun to sign with a key that this one has not read yet.
    async fn claims(&self, access_token: &str) -> Result<AccessClaims> {
        let (core, tokens) = (&self.0, &self.0.ports.access_tokens);
        match tokens.verify(access_token, core.now()) {
            Err(Error::Unauthenticated) if tokens.names_unknown_key(access_token) => {
                core.callers.look_for_keys(&core.ports, core.now()).await?;
                tokens.verify(access_token, core.now())
            }
            outcome => outcome,
        }
    }
}

/// What is known of callers from a moment ago, so that a busy one costs a query now and then.
pub(super) struct Callers {
    sessions: Cache<SessionId, Known<Option<Arc<Standing>>>>,
    clients: Cache<ClientId, Known<bool>>,
    changed_users: Cache<UserId, Timestamp>,
    /// When everybody changed, in microseconds since 1970.
    all_changed: AtomicI64,
    /// When new keys were looked for.
    key_search: Cache<(), Timestamp>,
}

/// Asked for `at` that moment, so that a change after it is newer.
#[derive(Clone)]
struct Known<T> {
    it: T,
    at: Timestamp,
    /// When somebody last set out to ask again.
    asked_again: Timestamp,
}

impl<T> Known<T> {
    fn new(it: T, at: Timestamp) -> Self {
        Self {
            it,
            at,
            asked_again: at,
        }
    }
}

impl Callers {
    /// How long an answer is good; as long again for the others while one asks anew.
    pub(super) const KEPT: Duration = Duration::from_secs(2);
    /// How many are kept; some 500 bytes each.
    const CAPACITY: usize = 20_000;
    /// Between two searches for new keys that unknown names in tokens cause.
    const KEY_SEARCH: Duration = Duration::from_secs(1);

    pub(super) fn new() -> Self {
        Self {
            sessions: Cache::new(Self::CAPACITY),
            clients: Cache::new(Self::CAPACITY / 10),
            changed_users: Cache::new(Self::CAPACITY),
            all_changed: AtomicI64::new(i64::MIN),
            key_search: Cache::new(1),
        }
    }

    /// This process changed the user's roles, password, sessions or right to sign in.
    pub(super) fn user_changed(&self, user: UserId, now: Timestamp) {
        self.changed_users.insert(user, now);
    }

    /// This process changed a tenant or a client.
    pub(super) fn everybody_changed(&self, now: Timestamp) {
        self.all_changed.store(now.unix_micros(), Ordering::SeqCst);
    }

    /// The standing of a sign-in that holds; `None` if it does not.
    async fn session(
        &self,
        store: &dyn Store,
        id: SessionId,
        now: Timestamp,
    ) -> Result<Option<Arc<Standing>>> {
        let unchanged = |known: &Known<Option<Arc<Standing>>>| {
            let user = known.it.as_ref().map(|it| it.user);
            !user.is_some_and(|user| self.changed_since(user, known.at))
        };
        if let Some(known) = self.recent(&self.sessions, &id, now, unchanged) {
            return Ok(known);
        }
        let found = store.session(id).await?;
        let holding =
            found.filter(|(session, standing)| standing.enabled && standing.epoch == session.epoch);
        let it = holding.map(|(_, standing)| Arc::new(standing));
        self.sessions.insert(id, Known::new(it.clone(), now));
        Ok(it)
    }

    /// Whether there is such a client and it is enabled.
    async fn client(&self, store: &dyn Store, id: &ClientId, now: Timestamp) -> Result<bool> {
        if let Some(known) = self.recent(&self.clients, id, now, |_| true) {
            return Ok(known);
        }
        let it = store.client(id).await?.is_some_and(|client| client.enabled);
        self.clients.insert(id.clone(), Known::new(it, now));
        Ok(it)
    }

    /// What is known and holds. Of callers who come when it has just grown old one gets `None`, and asks; the others are
    /// content with it meanwhile.
    fn recent<K: Hash + Eq + Clone, T: Clone>(
        &self,
        cache: &Cache<K, Known<T>>,
        key: &K,
        now: Timestamp,
        holds: impl Fn(&Known<T>) -> bool,
    ) -> Option<T> {
        let known = cache.get(key)?;
        let all_changed = self.all_changed.load(Ordering::SeqCst);
        let possible = known.at <= now && known.at.unix_micros() > all_changed;
        if !possible || !holds(&known) || now >= known.at.plus(2 * Self::KEPT) {
            return None;
        }
        if now >= known.asked_again.plus(Self::KEPT) {
            let asked_again = Known {
                asked_again: now,
                ..known
            };
            cache.insert(key.clone(), asked_again);
            return None;
        }
        Some(known.it)
    }

    fn changed_since(&self, user: UserId, at: Timestamp) -> bool {
        self.changed_users
            .get(&user)
            .is_some_and(|changed| at <= changed)
    }

    /// Takes up the keys that are stored, unless somebody did so a moment ago; waits for whoever is about to.
    async fn look_for_keys(&self, ports: &Ports, now: Timestamp) -> Result<()> {
        let recent = |(): &(), at: &mut Timestamp| {
            if *at <= now && now < at.plus(Self::KEY_SEARCH) {
                EntryAction::Retain(())
            } else {
                EntryAction::ReplaceWithGuard
            }
        };
        let (EntryResult::Vacant(search) | EntryResult::Replaced(search, _)) =
            self.key_search.entry_async(&(), recent).await
        else {
            return Ok(());
        };
        let keys = ports.store.signing_keys().await;
        let installed = keys.and_then(|keys| ports.access_tokens.install_keys(&keys));
        // Also if it failed: those who waited shall not try one after the other.
        let _ = search.insert(now);
        installed
    }
}
