use async_trait::async_trait;

use crate::{
    Result,
    model::{AuditEvent, MailSettings, TenantId},
};

/// How the mails of each tenant differ from the platform's. A tenant's settings go when it does.
#[async_trait]
pub trait TenantMail: Send + Sync {
    /// The settings of the tenant, with all texts; `None` if they were never made.
    async fn mail_settings(&self, tenant: TenantId) -> Result<Option<MailSettings>>;

    /// Replaces the settings, texts and all, and counts a version. [`Error::Stale`](crate::Error::Stale) if they changed
    /// since they were read, [`Error::NotFound`](crate::Error::NotFound) if there is no such tenant.
    async fn put_mail_settings(&self, settings: &MailSettings, audit: &AuditEvent) -> Result<()>;
}
