use async_trait::async_trait;
use domain::{
    Error, Result,
    model::{AuditEvent, MailSettings, TenantId},
    ports::TenantMail,
};

use super::MemoryStore;

#[async_trait]
impl TenantMail for MemoryStore {
    async fn mail_settings(&self, tenant: TenantId) -> Result<Option<MailSettings>> {
        Ok(self.read(|state| state.mail_settings.get(&tenant).cloned()))
    }

    async fn put_mail_settings(&self, settings: &MailSettings, audit: &AuditEvent) -> Result<()> {
        self.transaction(|state| {
            if !state.tenants.contains_key(&settings.tenant) {
                return Err(Error::NotFound("tenant"));
            }
            let stored = state.mail_settings.get(&settings.tenant);
            if stored.map_or(0, |it| it.version) != settings.version {
                return Err(Error::Stale);
            }
            let next = MailSettings {
                version: settings.version + 1,
                ..settings.clone()
            };
            state.mail_settings.insert(next.tenant, next);
            state.record(audit)
        })
    }
}
