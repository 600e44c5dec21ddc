//! Who a tenant's mails are from, in which language and in which words, for its administrators.

use actix_web::{HttpResponse, get, put, web::Data};
use domain::{
    Error, Result,
    model::{Locale, Locales, MailKind, MailPart, MailSettings, MailText, Phrase},
    services::NewMailSettings,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Caller,
    contract::{Body, Fields, OfTenant, Read, Reply},
    problem::Problem,
};

/// How a tenant's mails differ from the platform's.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MailSettings, rename_all = "camelCase")]
struct SettingsView {
    /// For readers who ask for no language themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_address: Option<String>,
    texts: Vec<Text>,
    /// Counts changes; 0 before the first.
    version: i64,
    /// Those that can be named, the platform's own first.
    locales: Vec<String>,
    /// Those that can be named.
    kinds: Vec<&'static str>,
}

/// What mails of one kind say in one locale, in place of the platform's words: plain text of at most 2,000 characters a
/// part, with places for `{{ tenant }}`, `{{ username }}` and, in kinds with a link, `{{ lifetime }}`.
#[derive(Serialize, ToSchema)]
#[schema(as = MailText)]
struct Text {
    #[schema(example = "password_reset")]
    kind: String,
    #[schema(example = "de")]
    locale: String,
    /// One line.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// What happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// What opening the link does; in kinds with a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    /// What to do if the reader did not expect the mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl SettingsView {
    fn of(settings: MailSettings, locales: &Locales) -> Self {
        Self {
            locale: settings.locale.map(|it| it.to_string()),
            sender_name: settings.sender_name.map(|it| it.to_string()),
            sender_address: settings.sender_address.map(|it| it.to_string()),
            texts: settings.texts.iter().map(Text::from).collect(),
            version: settings.version,
            locales: locales.all().map(ToString::to_string).collect(),
            kinds: MailKind::ALL.map(MailKind::name).into(),
        }
    }
}

impl From<(&(MailKind, Locale), &MailText)> for Text {
    fn from(((kind, locale), text): (&(MailKind, Locale), &MailText)) -> Self {
        let part = |part| text.get(&part).map(ToString::to_string);
        Self {
            kind: kind.name().to_owned(),
            locale: locale.to_string(),
            subject: part(MailPart::Subject),
            message: part(MailPart::Message),
            action: part(MailPart::Action),
            note: part(MailPart::Note),
        }
    }
}

/// What a tenant's mail settings shall be; the platform's in what is left out or empty.
#[expect(dead_code, reason = "for the document alone: `New` reads the body")]
#[derive(ToSchema)]
#[schema(as = NewMailSettings, rename_all = "camelCase")]
struct NewSettings {
    /// For readers who ask for no language themselves.
    locale: Option<String>,
    /// 1 to 100 characters without `@`, angle brackets and control characters.
    sender_name: Option<String>,
    /// At a domain that the operator allows tenants to send from.
    sender_address: Option<String>,
    /// At most one for each kind and locale.
    texts: Option<Vec<Text>>,
    /// As it was read: refused with 409 if the settings changed since. Whatever is there is replaced if it is left out.
    version: Option<i32>,
}

struct New(NewMailSettings);

impl Read for New {
    fn read(fields: &Fields) -> Result<Self> {
        const TEXTS: &str = "texts";
        let mut new = NewMailSettings {
            locale: fields.filled("locale")?,
            sender_name: fields.filled("senderName")?,
            sender_address: fields.filled("senderAddress")?,
            version: fields.integer("version")?.map(i64::from),
            ..NewMailSettings::default()
        };
        for (number, fields) in (1..).zip(fields.objects(TEXTS)?) {
            let (of, text) = entry(fields).map_err(|error| within(number, error))?;
            if new.texts.insert(of, text).is_some() {
                return Err(Error::invalid(TEXTS, "hold two for one kind and locale"));
            }
        }
        new.texts.retain(|_, text| !text.is_empty());
        Ok(Self(new))
    }
}

fn entry(fields: &Fields) -> Result<((MailKind, Locale), MailText)> {
    let kind = MailKind::named(fields.needed("kind")?)
        .ok_or_else(|| Error::invalid("kind", "is not one of the kinds of mail"))?;
    let locale = fields.parsed("locale")?;
    let mut text = MailText::new();
    for part in MailPart::ALL {
        if let Some(phrase) = fields.filled::<Phrase>(part.name())? {
            text.insert(part, phrase);
        }
    }
    Ok(((kind, locale), text))
}

/// What is wrong with a member of an entry, said of the list.
fn within(number: usize, error: Error) -> Error {
    match error {
        Error::Invalid { field, reason } => Error::invalid(
            "texts",
            format!("hold one (number {number}) whose {field} {reason}"),
        ),
        error => error,
    }
}

/// Who a tenant's mails are from, in which language and in which words, for its administrators.
#[utoipa::path(
    tag = "Tenancy",
    operation_id = "getMailSettings",
    security(("bearer" = [])),
    params(OfTenant),
    responses((status = 200, description = "The settings", body = SettingsView)),
)]
#[get("/tenants/{tenantId}/mail")]
pub(super) async fn show(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfTenant,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let service = &app.membership.mail_settings;
    let settings = service.of(&actor, of.tenant).await?;
    reply.json(&SettingsView::of(settings, service.locales()))
}

/// Replaces the mail settings of a tenant: what is left out is the platform's again.
#[utoipa::path(
    tag = "Tenancy",
    operation_id = "putMailSettings",
    security(("bearer" = [])),
    params(OfTenant),
    request_body = NewSettings,
    responses(
        (status = 204, description = "Replaced"),
        (status = 409, description = "Somebody else changed them meanwhile: read them again and retry"),
        (status = 422, description = "A locale without texts, a sender that the operator does not allow, or words that mails of the kind have no place for"),
    )
)]
#[put("/tenants/{tenantId}/mail")]
pub(super) async fn replace(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfTenant,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let New(new) = body.read().await?;
    let service = &app.membership.mail_settings;
    service.change(&actor, of.tenant, new).await?;
    Ok(HttpResponse::NoContent().finish())
}
