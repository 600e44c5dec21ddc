use async_trait::async_trait;
use domain::{
    Result,
    model::{Email, PasswordHash, TenantId, User, UserId, Username},
    ports::{Effects, Users},
};

use super::MemoryStore;

#[async_trait]
impl Users for MemoryStore {
    async fn add_user(&self, user: &User, effects: &Effects) -> Result<()> {
        self.transaction(|state| {
            state.add_user(user)?;
            state.add_effects(effects)
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

impl MemoryStore {
    fn find(&self, tenant: TenantId, is_it: impl Fn(&User) -> bool) -> Option<User> {
        self.read(|state| {
            let mut users = state.users.values();
            users.find(|it| it.tenant == tenant && is_it(it)).cloned()
        })
    }
}
