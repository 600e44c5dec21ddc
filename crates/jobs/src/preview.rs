//! `membership-jobs mail preview`: a mail as it would be sent.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use domain::{
    Membership,
    model::{Actor, Locale, Mail, MailKind, ShortName},
};
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
    let locale = match preview.locale {
        Some(locale) => spoken(settings, locale)?,
        None => settings.wording().locales().choose([]),
    };
    let mut mail = Mail::sample(preview.kind, locale)?;
    if let Some(short_name) = preview.tenant {
        let membership = wiring::assemble(settings).await?;
        dress(&mut mail, &membership, actor, &short_name).await?;
    }
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

/// Makes it a mail of the tenant.
async fn dress(
    mail: &mut Mail,
    membership: &Membership,
    actor: &Actor,
    short_name: &ShortName,
) -> Result<(), Failure> {
    let tenants = membership.tenants.all(actor).await?;
    let tenant = tenants.into_iter().find(|it| it.short_name == *short_name);
    let tenant = tenant.ok_or(domain::Error::NotFound("tenant"))?;
    mail.tenant_name = tenant.name;
    Ok(())
}
