use std::cmp::Reverse;

use async_trait::async_trait;
use domain::{
    Result,
    model::{AuditEvent, TenantId},
    ports::Audit,
};

use super::MemoryStore;

#[async_trait]
impl Audit for MemoryStore {
    async fn append(&self, event: &AuditEvent) -> Result<()> {
        self.transaction(|state| state.record(event))
    }

    async fn in_tenant(&self, tenant: TenantId, limit: u32) -> Result<Vec<AuditEvent>> {
        let mut events: Vec<_> = self.read(|state| {
            let of_tenant = |it: &&AuditEvent| it.tenant == Some(tenant);
            state.audit.values().filter(of_tenant).cloned().collect()
        });
        events.sort_by_key(|it| Reverse((it.at, it.id)));
        events.truncate(usize::try_from(limit).unwrap());
        Ok(events)
    }
}
