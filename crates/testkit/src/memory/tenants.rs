use async_trait::async_trait;
use domain::{
    Error, Result,
    model::{AuditEvent, Founding, ShortName, Tenant, TenantId},
    ports::Tenants,
};

use super::{MemoryStore, State, insert};
use crate::conflict;

#[async_trait]
impl Tenants for MemoryStore {
    async fn initialize(&self, founding: &Founding) -> Result<bool> {
        self.transaction(|state| {
            if is_initialized(state) {
                return Ok(false);
            }
            let client = &founding.client;
            state.add_tenant(&founding.tenant)?;
            state.add_user(&founding.administrator)?;
            insert(&mut state.clients, client.id.clone(), client)?;
            state.add_mail(&founding.mail)?;
            state.record(&founding.audit)?;
            Ok(true)
        })
    }

    async fn is_initialized(&self) -> Result<bool> {
        Ok(self.read(is_initialized))
    }

    async fn add_tenant(&self, tenant: &Tenant, audit: &AuditEvent) -> Result<()> {
        self.transaction(|state| {
            state.add_tenant(tenant)?;
            state.record(audit)
        })
    }

    async fn update_tenant(&self, tenant: &Tenant, audit: &AuditEvent) -> Result<()> {
        self.transaction(|state| {
            let stored = state.tenants.get(&tenant.id);
            if stored.map(|it| it.version) != Some(tenant.version) {
                return Err(Error::Stale);
            }
            state.check_tenant(tenant)?;
            let next = Tenant {
                version: tenant.version + 1,
                ..tenant.clone()
            };
            state.tenants.insert(next.id, next);
            state.record(audit)
        })
    }

    async fn delete_tenant(&self, id: TenantId, audit: &AuditEvent) -> Result<bool> {
        self.transaction(|state| {
            if state.users.values().any(|it| it.tenant == id) {
                return Err(Error::Conflict(conflict::HAS_USERS));
            }
            if state.tenants.remove(&id).is_none() {
                return Ok(false);
            }
            state.mail_settings.remove(&id);
            state.record(audit)?;
            Ok(true)
        })
    }

    async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>> {
        Ok(self.read(|state| state.tenants.get(&id).cloned()))
    }

    async fn tenant_by_short_name(&self, name: &ShortName) -> Result<Option<Tenant>> {
        Ok(self.read(|state| {
            let mut tenants = state.tenants.values();
            tenants.find(|it| it.short_name == *name).cloned()
        }))
    }

    async fn all_tenants(&self) -> Result<Vec<Tenant>> {
        let mut tenants: Vec<_> = self.read(|state| state.tenants.values().cloned().collect());
        tenants.sort_by(|one, other| one.short_name.cmp(&other.short_name));
        Ok(tenants)
    }
}

fn is_initialized(state: &State) -> bool {
    state.tenants.values().any(|it| it.platform)
}
