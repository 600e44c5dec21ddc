use async_trait::async_trait;
use domain::{
    Error, Result,
    model::{
        Email, MailLimit, PasswordHash, RoleName, TenantId, TokenPurpose, User, UserId, Username,
    },
    ports::{Effects, UserChange, Users},
};

use super::{MemoryStore, State};

#[async_trait]
impl Users for MemoryStore {
    async fn add_user(&self, user: &User, effects: &Effects) -> Result<()> {
        self.transaction(|state| {
            state.add_user(user)?;
            state.add_effects(effects)
        })
    }

    async fn update_user(
        &self,
        user: &User,
        voids: &[TokenPurpose],
        effects: &Effects,
        limit: MailLimit,
    ) -> Result<UserChange> {
        self.transaction(|state| {
            if !user.enabled && state.is_last_administrator(user) {
                return Ok(UserChange::LastAdministrator);
            }
            if !state.allows(&effects.mail, limit) {
                return Ok(UserChange::MailLimited);
            }
            state.replace_user(user)?;
            state.void(user, voids, effects.audit.at);
            state.add_effects(effects)?;
            Ok(UserChange::Done)
        })
    }

    async fn user(&self, tenant: TenantId, id: UserId) -> Result<Option<User>> {
        Ok(self.read(|state| state.user(tenant, id).cloned()))
    }

    async fn user_by_username(
        &self,
        tenant: TenantId,
        username: &Username,
    ) -> Result<Option<User>> {
        Ok(self.find(tenant, |it| it.username.key() == username.key()))
    }

    async fn user_by_email(&self, tenant: TenantId, email: &Email) -> Result<Option<User>> {
        Ok(self.find(tenant, |it| it.email.key() == email.key()))
    }

    async fn users_in_tenant(&self, tenant: TenantId) -> Result<Vec<User>> {
        let mut users: Vec<_> = self.read(|state| {
            let of_tenant = |it: &&User| it.tenant == tenant;
            state.users.values().filter(of_tenant).cloned().collect()
        });
        users.sort_by(|one, other| one.username.key().cmp(other.username.key()));
        Ok(users)
    }

    async fn replace_password_hash(
        &self,
        tenant: TenantId,
        id: UserId,
        from: &PasswordHash,
        to: &PasswordHash,
    ) -> Result<()> {
        self.transaction(|state| {
            let user = state
                .user_mut(tenant, id)
                .filter(|it| it.password.as_ref() == Some(from));
            if let Some(user) = user {
                user.password = Some(to.clone());
                user.version += 1;
            }
            Ok(())
        })
    }
}

impl State {
    fn is_last_administrator(&self, user: &User) -> bool {
        let stored = self.user(user.tenant, user.id).filter(|it| it.enabled);
        stored.is_some_and(|it| {
            let mut held = it.roles.iter().filter(|role| role.is_administrative());
            held.any(|role: &RoleName| !self.has_other_holder(it, role))
        })
    }

    /// The roles stay; the version counts on.
    pub(super) fn replace_user(&mut self, user: &User) -> Result<()> {
        let stored = self
            .user(user.tenant, user.id)
            .filter(|it| it.version == user.version)
            .ok_or(Error::Stale)?;
        let replaced = User {
            roles: stored.roles.clone(),
            version: user.version + 1,
            created_at: stored.created_at,
            ..user.clone()
        };
        self.check_user(&replaced)?;
        self.users.insert(replaced.id, replaced);
        Ok(())
    }
}

impl MemoryStore {
    fn find(&self, tenant: TenantId, is_it: impl Fn(&User) -> bool) -> Option<User> {
        self.read(|state| {
            let mut users = state.users.values();
            users.find(|it| it.tenant == tenant && is_it(it)).cloned()
        })
    }
}
