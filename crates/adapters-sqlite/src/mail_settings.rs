use async_trait::async_trait;
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{AuditEvent, Locale, MailKind, MailPart, MailSettings, Phrase, TenantId},
    ports::TenantMail,
};

use crate::{
    SqliteStore, audit,
    error::Failure,
    rows::{Id, known, parsed},
    schema::{tenant_mail, tenant_mail_texts},
};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tenant_mail, check_for_backend(diesel::sqlite::Sqlite))]
#[diesel(primary_key(tenant_id), treat_none_as_null = true)]
struct SettingsRow {
    tenant_id: Id,
    locale: Option<String>,
    sender_name: Option<String>,
    sender_address: Option<String>,
    version: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tenant_mail_texts, check_for_backend(diesel::sqlite::Sqlite))]
struct TextRow {
    tenant_id: Id,
    kind: String,
    locale: String,
    part: String,
    text: String,
}

impl From<&MailSettings> for SettingsRow {
    fn from(settings: &MailSettings) -> Self {
        Self {
            tenant_id: Id(settings.tenant.uuid()),
            locale: settings.locale.as_ref().map(ToString::to_string),
            sender_name: settings.sender_name.as_ref().map(ToString::to_string),
            sender_address: settings.sender_address.as_ref().map(ToString::to_string),
            version: settings.version,
        }
    }
}

fn text_rows(settings: &MailSettings) -> Vec<TextRow> {
    let texts = settings.texts.iter();
    let phrases = texts.flat_map(|(of, text)| text.iter().map(move |(part, it)| (of, part, it)));
    phrases
        .map(|((kind, locale), part, phrase)| TextRow {
            tenant_id: Id(settings.tenant.uuid()),
            kind: kind.name().to_owned(),
            locale: locale.to_string(),
            part: part.name().to_owned(),
            text: phrase.to_string(),
        })
        .collect()
}

fn settings(tenant: TenantId, row: SettingsRow) -> Result<MailSettings> {
    let SettingsRow {
        locale,
        sender_name: name,
        sender_address: address,
        version,
        ..
    } = row;
    let locale = locale.map(|it| parsed(&it, "tenant_mail.locale"));
    let name = name.map(|it| parsed(&it, "tenant_mail.sender_name"));
    let address = address.map(|it| parsed(&it, "tenant_mail.sender_address"));
    Ok(MailSettings {
        locale: locale.transpose()?,
        sender_name: name.transpose()?,
        sender_address: address.transpose()?,
        version,
        ..MailSettings::of_platform(tenant)
    })
}

fn phrase(row: &TextRow) -> Result<((MailKind, Locale), MailPart, Phrase)> {
    let kind = known(MailKind::named(&row.kind), "tenant_mail_texts.kind")?;
    let locale = parsed(&row.locale, "tenant_mail_texts.locale")?;
    let part = known(MailPart::named(&row.part), "tenant_mail_texts.part")?;
    let phrase = parsed(&row.text, "tenant_mail_texts.text")?;
    Ok(((kind, locale), part, phrase))
}

/// Stores the row in place of the one that it was read from. [`Error::Stale`] if that is another by now.
fn replace(sqlite: &mut SqliteConnection, row: SettingsRow) -> Result<(), Failure> {
    let read = row.version;
    let row = SettingsRow {
        version: read + 1,
        ..row
    };
    let stored = if read == 0 {
        diesel::insert_into(tenant_mail::table)
            .values(&row)
            .on_conflict_do_nothing()
            .execute(sqlite)
            .map_err(|error| Failure::on_foreign_key(error, Error::NotFound("tenant")))?
    } else {
        let stored = tenant_mail::table.find(row.tenant_id);
        diesel::update(stored.filter(tenant_mail::version.eq(read)))
            .set(&row)
            .execute(sqlite)?
    };
    if stored == 0 {
        return Err(Error::Stale.into());
    }
    Ok(())
}

#[async_trait]
impl TenantMail for SqliteStore {
    async fn mail_settings(&self, tenant: TenantId) -> Result<Option<MailSettings>> {
        let rows: Vec<(SettingsRow, Option<TextRow>)> = self
            .pool
            .query(move |sqlite| {
                tenant_mail::table
                    .left_join(tenant_mail_texts::table)
                    .filter(tenant_mail::tenant_id.eq(Id(tenant.uuid())))
                    .select((SettingsRow::as_select(), Option::<TextRow>::as_select()))
                    .load(sqlite)
            })
            .await?;
        let mut found: Option<MailSettings> = None;
        for (row, text) in rows {
            let whole = match &mut found {
                Some(whole) => whole,
                None => found.insert(settings(tenant, row)?),
            };
            if let Some(text) = text {
                let (of, part, phrase) = phrase(&text)?;
                whole.texts.entry(of).or_default().insert(part, phrase);
            }
        }
        Ok(found)
    }

    async fn put_mail_settings(&self, settings: &MailSettings, audit: &AuditEvent) -> Result<()> {
        let (row, texts) = (SettingsRow::from(settings), text_rows(settings));
        let (tenant, audit) = (row.tenant_id, audit.clone());
        self.pool
            .transaction(move |sqlite| {
                replace(sqlite, row)?;
                let before =
                    tenant_mail_texts::table.filter(tenant_mail_texts::tenant_id.eq(tenant));
                diesel::delete(before).execute(sqlite)?;
                diesel::insert_into(tenant_mail_texts::table)
                    .values(texts)
                    .execute(sqlite)?;
                audit::record(sqlite, &audit)?;
                Ok(())
            })
            .await
    }
}
