//! All storage ports over maps, one transaction a call.

mod audit;
mod clients;
mod clock;
mod mail_requests;
mod mail_settings;
mod one_time_tokens;
mod outbox;
mod roles;
mod sessions;
mod signing_keys;
mod tenants;
mod throttle;
mod users;

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Mutex,
};

use domain::{
    Error, Result,
    model::{
        AuditEvent, AuditEventId, Client, ClientId, MailOrder, MailRequest, MailRequestId,
        MailSettings, Mailing, MessageId, OneTimeToken, OneTimeTokenId, RoleName, Session,
        SessionId, SigningKey, Spent, Standing, Tenant, TenantId, ThrottleKey, Timestamp, User,
        UserId,
    },
    ports::Effects,
};

use crate::conflict;

/// A store that forgets. Each call is atomic: an error leaves everything as it was.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

/// What a [`MemoryStore`] holds.
#[derive(Clone, Default)]
pub struct State {
    /// By id.
    pub tenants: BTreeMap<TenantId, Tenant>,
    /// Of tenants that made any.
    pub mail_settings: BTreeMap<TenantId, MailSettings>,
    /// By id, with their roles.
    pub users: BTreeMap<UserId, User>,
    /// By id.
    pub clients: BTreeMap<ClientId, Client>,
    /// What is not given out again.
    pub deleted_clients: BTreeSet<ClientId>,
    /// By id, over or not.
    pub sessions: BTreeMap<SessionId, Session>,
    /// By id, live or not.
    pub tokens: BTreeMap<OneTimeTokenId, OneTimeToken>,
    /// By id, sent or not.
    pub mail: BTreeMap<MessageId, MailOrder>,
    /// By id.
    pub mail_requests: BTreeMap<MailRequestId, MailRequest>,
    /// By id.
    pub signing_keys: BTreeMap<String, SigningKey>,
    /// What attempts are counted under.
    pub throttle: BTreeMap<ThrottleKey, Spent>,
    /// Until when a place is familiar.
    pub familiar_places: BTreeMap<ThrottleKey, Timestamp>,
    /// The time at the database, where it shall have a clock of its own.
    pub clock: Option<Timestamp>,
    /// By id, which sorts by time.
    pub audit: BTreeMap<AuditEventId, AuditEvent>,
}

impl MemoryStore {
    /// For what no port does: a user who gets disabled, the audit of no tenant.
    pub fn edit<T>(&self, edit: impl FnOnce(&mut State) -> T) -> T {
        edit(&mut self.state.lock().unwrap())
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.lock().unwrap())
    }

    /// Keeps what `change` did, unless it fails.
    fn transaction<T>(&self, change: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = self.state.lock().unwrap();
        let mut changed = state.clone();
        let outcome = change(&mut changed)?;
        *state = changed;
        Ok(outcome)
    }
}

impl State {
    fn user(&self, tenant: TenantId, id: UserId) -> Option<&User> {
        self.users.get(&id).filter(|it| it.tenant == tenant)
    }

    fn user_mut(&mut self, tenant: TenantId, id: UserId) -> Option<&mut User> {
        self.users.get_mut(&id).filter(|it| it.tenant == tenant)
    }

    /// As a join of session, user, tenant and client finds it.
    fn standing(&self, session: &Session) -> Option<Standing> {
        let user = self.user(session.tenant, session.user)?;
        let tenant = self.tenants.get(&session.tenant)?;
        let client = self.clients.get(&session.client)?;
        Some(Standing {
            tenant: user.tenant,
            user: user.id,
            username: user.username.clone(),
            roles: user.roles.clone(),
            enabled: user.enabled && tenant.enabled && client.enabled,
            epoch: user.epoch,
        })
    }

    fn has_other_holder(&self, user: &User, role: &RoleName) -> bool {
        self.users.values().any(|it| {
            it.tenant == user.tenant && it.id != user.id && it.enabled && it.roles.contains(role)
        })
    }

    /// Refuses a tenant whose short name another one has.
    fn check_tenant(&self, tenant: &Tenant) -> Result<()> {
        let taken = |it: &Tenant| it.id != tenant.id && it.short_name == tenant.short_name;
        if self.tenants.values().any(taken) {
            return Err(Error::Conflict(conflict::SHORT_NAME));
        }
        Ok(())
    }

    /// Refuses a user without a tenant or whose names another one of it has.
    fn check_user(&self, user: &User) -> Result<()> {
        if !self.tenants.contains_key(&user.tenant) {
            return Err(Error::NotFound("tenant"));
        }
        let others = || {
            let users = self.users.values();
            users.filter(|it| it.tenant == user.tenant && it.id != user.id)
        };
        if others().any(|it| it.username.key() == user.username.key()) {
            return Err(Error::Conflict(conflict::USERNAME));
        }
        if others().any(|it| it.email.key() == user.email.key()) {
            return Err(Error::Conflict(conflict::EMAIL));
        }
        Ok(())
    }

    fn add_tenant(&mut self, tenant: &Tenant) -> Result<()> {
        self.check_tenant(tenant)?;
        insert(&mut self.tenants, tenant.id, tenant)
    }

    fn add_user(&mut self, user: &User) -> Result<()> {
        self.check_user(user)?;
        insert(&mut self.users, user.id, user)
    }

    fn add_mail(&mut self, mail: &[Mailing]) -> Result<()> {
        for Mailing { order, token } in mail {
            self.user(order.tenant, order.user)
                .ok_or(Error::NotFound("user"))?;
            insert(&mut self.mail, order.id, order)?;
            if let Some(token) = token {
                insert(&mut self.tokens, token.id, token)?;
            }
        }
        Ok(())
    }

    fn record(&mut self, event: &AuditEvent) -> Result<()> {
        insert(&mut self.audit, event.id, event)
    }

    fn add_effects(&mut self, effects: &Effects) -> Result<()> {
        self.add_mail(&effects.mail)?;
        self.record(&effects.audit)
    }
}

/// As a primary key has it: an id that is there already is an error.
fn insert<K: Ord, V: Clone>(rows: &mut BTreeMap<K, V>, id: K, row: &V) -> Result<()> {
    match rows.entry(id) {
        Entry::Vacant(place) => {
            place.insert(row.clone());
            Ok(())
        }
        Entry::Occupied(_) => Err(Error::unavailable(
            "memory store",
            "the id is there already",
        )),
    }
}

/// Takes at most `limit` rows out of `rows`; says how many.
fn purge<K: Ord + Copy, V>(
    rows: &mut BTreeMap<K, V>,
    limit: u32,
    mut over: impl FnMut(&V) -> bool,
) -> usize {
    let limit = usize::try_from(limit).unwrap();
    let over: BTreeSet<K> = rows
        .iter()
        .filter_map(|(id, row)| over(row).then_some(*id))
        .take(limit)
        .collect();
    rows.retain(|id, _| !over.contains(id));
    over.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestStore;

    crate::conformance!(async || TestStore::new(MemoryStore::default(), ()));
}
