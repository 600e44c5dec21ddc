use std::sync::Arc;

use super::core::Core;
use crate::{
    Error, Result,
    model::{Action, Actor, TenantId, User},
};

/// Shows the users of a tenant.
pub struct UserService(Arc<Core>);

impl UserService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// All users of a tenant, by username. [`Error::NotFound`] if there is no such tenant.
    pub async fn in_tenant(&self, actor: &Actor, tenant: TenantId) -> Result<Vec<User>> {
        let store = &self.0.ports.store;
        actor.may(Action::ListUsers, Some(tenant), None)?;
        store
            .tenant(tenant)
            .await?
            .ok_or(Error::NotFound("tenant"))?;
        store.users_in_tenant(tenant).await
    }
}
