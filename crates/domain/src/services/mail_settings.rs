use std::{collections::BTreeMap, sync::Arc};

use super::core::Core;
use crate::{
    Error, Result,
    model::{
        Action, Actor, AuditAction, Email, Locale, Locales, MailKind, MailSettings, MailText,
        SenderName, TenantId,
    },
};

/// Lets tenants say who their mails are from, in which language they are, and in which words.
pub struct MailSettingsService(Arc<Core>);

/// What the mail settings of a tenant shall be; the platform's in what is absent.
#[derive(Clone, Debug, Default)]
pub struct NewMailSettings {
    /// For readers who ask for no language themselves.
    pub locale: Option<Locale>,
    /// Who mails are from, in words.
    pub sender_name: Option<SenderName>,
    /// Who mails are from; at a domain that the operator allows.
    pub sender_address: Option<Email>,
    /// What mails say in place of the platform's words.
    pub texts: BTreeMap<(MailKind, Locale), MailText>,
    /// The version that the caller read, for who would not undo what somebody else did meanwhile.
    pub version: Option<i64>,
}

impl MailSettingsService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// The locales that settings may name.
    pub fn locales(&self) -> &Locales {
        &self.0.policy.locales
    }

    /// The settings of a tenant, those of the platform if it never made any. [`Error::NotFound`] if there is no such
    /// tenant.
    pub async fn of(&self, actor: &Actor, tenant: TenantId) -> Result<MailSettings> {
        actor.may(Action::ReadMailSettings, Some(tenant), None)?;
        self.read(tenant).await
    }

    /// Replaces the settings of a tenant. What is as it was changes nothing.
    ///
    /// [`Error::Unacceptable`] for a locale without texts, a sender at a domain that the operator does not allow, and words
    /// that mails of the kind have no place for; [`Error::NotFound`] if there is no such tenant; [`Error::Stale`] if they
    /// changed since the version that `new` names, or this moment.
    pub async fn change(
        &self,
        actor: &Actor,
        tenant: TenantId,
        new: NewMailSettings,
    ) -> Result<()> {
        let core = &self.0;
        actor.may(Action::WriteMailSettings, Some(tenant), None)?;
        let present = self.read(tenant).await?;
        if new.version.is_some_and(|read| read != present.version) {
            return Err(Error::Stale);
        }
        let settings = MailSettings {
            locale: new.locale,
            sender_name: new.sender_name,
            sender_address: new.sender_address,
            texts: new.texts,
            ..present.clone()
        };
        let policy = &core.policy;
        settings.check(&policy.locales, &policy.mail.sender_domains)?;
        let told = differences(&present, &settings);
        if told.is_empty() {
            return Ok(());
        }
        let audit = core
            .audit(actor, AuditAction::MailSettingsChanged)
            .about(tenant, None)
            .with_detail(told.join(", "));
        core.ports.store.put_mail_settings(&settings, &audit).await
    }

    async fn read(&self, tenant: TenantId) -> Result<MailSettings> {
        let store = &self.0.ports.store;
        if store.tenant(tenant).await?.is_none() {
            return Err(Error::NotFound("tenant"));
        }
        let stored = store.mail_settings(tenant).await?;
        Ok(stored.unwrap_or_else(|| MailSettings::of_platform(tenant)))
    }
}

/// What is another, for the audit.
fn differences(one: &MailSettings, other: &MailSettings) -> Vec<&'static str> {
    let differs = [
        (one.locale != other.locale, "locale"),
        (one.sender_name != other.sender_name, "sender name"),
        (one.sender_address != other.sender_address, "sender address"),
        (one.texts != other.texts, "texts"),
    ];
    let told = differs.into_iter().filter(|(differs, _)| *differs);
    told.map(|(_, what)| what).collect()
}
