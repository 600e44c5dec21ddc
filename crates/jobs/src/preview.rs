//! `membership-jobs mail preview`: a mail as it would be sent.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use domain::model::{Actor, Locale, Mail, MailKind, ShortName};
use wiring::settings::Settings;

use crate::{Failure, say};

#[derive(Args)]
pub(crate) struct Preview {
    /// Which mail
    #[arg(value_parser = kinds())]
    kind: MailKind,
    /// The language, such as de; the default one otherwise
    #[arg(long)]
    locale: Option<Locale>,
    /// The short name of the tenant whose mail it is; without one, no database is needed
    #[arg(long)]
    tenant: Option<ShortName>,
    /// The HTML part alone, in place of the headers and the text part
    #[arg(long)]
    html: bool,
}

fn kinds() -> impl TypedValueParser<Value = MailKind> {
    let names = PossibleValuesParser::new(MailKind::ALL.map(MailKind::name));
    names.try_map(|name| MailKind::named(&name).ok_or("is no kind of mail"))
}

/// Prints it with values that nobody has.
pub(crate) async fn run(
    settings: &Settings,
    actor: &Actor,
    preview: Preview,
) -> Result<(), Failure> {
    let locale = preview.locale.map(|locale| spoken(settings, locale));
    let locale = locale.transpose()?;
    let mail = match preview.tenant {
        None => Mail::sample(preview.kind, chosen(settings, locale.as_ref()))?,
        Some(name) => of_tenant(settings, actor, preview.kind, locale, &name).await?,
    };
    let written = wiring::preview(settings, &mail)?;
    if preview.html {
        return Ok(say(&written.html)?);
    }
    for (name, value) in written.headers {
        say(&format!("{name}: {value}"))?;
    }
    Ok(say(&format!("\n{}", written.text))?)
}

fn spoken(settings: &Settings, locale: Locale) -> Result<Locale, Failure> {
    let wording = settings.wording();
    if wording.locales().has(&locale) {
        return Ok(locale);
    }
    let there: Vec<_> = wording
        .all()
        .map(|(locale, _)| locale.to_string())
        .collect();
    let there = there.join(", ");
    Err(format!("there are no texts for {locale}, but for {there}").into())
}

fn chosen<'a>(settings: &Settings, wanted: impl IntoIterator<Item = &'a Locale>) -> Locale {
    settings.wording().locales().choose(wanted)
}

/// As the tenant of that short name says it.
async fn of_tenant(
    settings: &Settings,
    actor: &Actor,
    kind: MailKind,
    locale: Option<Locale>,
    short_name: &ShortName,
) -> Result<Mail, Failure> {
    let membership = wiring::assemble(settings).await?;
    let tenants = membership.tenants.all(actor).await?;
    let tenant = tenants.into_iter().find(|it| it.short_name == *short_name);
    let tenant = tenant.ok_or(domain::Error::NotFound("tenant"))?;
    let own = membership.mail_settings.of(actor, tenant.id).await?;
    let locale = chosen(settings, locale.iter().chain(&own.locale));
    let text = own.texts.get(&(kind, locale.clone())).cloned();
    Ok(Mail {
        tenant_name: tenant.name,
        sender: own.sender(&settings.mail.sender_domains),
        text: text.unwrap_or_default(),
        ..Mail::sample(kind, locale)?
    })
}
