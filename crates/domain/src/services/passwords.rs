use super::core::Core;
use crate::{
    Error, Result,
    model::{Password, PasswordOwner, Tenant, User},
};

impl Core {
    /// Refuses a password that its owner may not choose: [`Error::Password`] for `field`. To be asked before anything is
    /// hashed.
    pub(super) fn judge(
        &self,
        field: &'static str,
        password: &Password,
        owner: &PasswordOwner<'_>,
    ) -> Result<()> {
        let common = &*self.ports.common_passwords;
        let verdict = self.policy.passwords.judge(password, owner, common);
        verdict.map_err(|fault| Error::Password { field, fault })
    }

    /// The tenant that a user who was read belongs to.
    pub(super) async fn tenant_of(&self, user: &User) -> Result<Tenant> {
        let tenant = self.ports.store.tenant(user.tenant).await?;
        tenant.ok_or(Error::NotFound("tenant"))
    }
}
