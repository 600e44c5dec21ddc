use std::time::Duration;

use askama::Template;
use domain::model::{Mail, MailKind};

/// What a mail says, in both forms.
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Letter {
    /// Writes the mail in English.
    pub(crate) fn write(mail: &Mail) -> askama::Result<Self> {
        let subject = subject(mail.kind, &mail.tenant_name);
        let lifetime = mail.link.as_ref().map(|link| in_words(link.lifetime));
        let letter = Content {
            subject: &subject,
            username: mail.username.as_str(),
            tenant: &mail.tenant_name,
            link: mail
                .link
                .as_ref()
                .zip(lifetime.as_deref())
                .map(|(link, lifetime)| ContentLink {
                    url: link.url.expose(),
                    lifetime,
                }),
        };
        let (text, html) = match mail.kind {
            MailKind::Confirmation => {
                (Text::Confirmation { letter }, Html::Confirmation { letter })
            }
            MailKind::PasswordReset => (
                Text::PasswordReset { letter },
                Html::PasswordReset { letter },
            ),
            MailKind::Invitation => (Text::Invitation { letter }, Html::Invitation { letter }),
            MailKind::PasswordChanged => (
                Text::PasswordChanged { letter },
                Html::PasswordChanged { letter },
            ),
            MailKind::AddressConfirmation => (
                Text::AddressConfirmation { letter },
                Html::AddressConfirmation { letter },
            ),
            MailKind::AddressChanged => (
                Text::AddressChanged { letter },
                Html::AddressChanged { letter },
            ),
            MailKind::SignedOut => (Text::SignedOut { letter }, Html::SignedOut { letter }),
        };
        let (text, html) = (text.render()?, html.render()?);
        Ok(Self {
            subject,
            text,
            html,
        })
    }
}

#[derive(Clone, Copy)]
struct Content<'a> {
    subject: &'a str,
    username: &'a str,
    tenant: &'a str,
    link: Option<ContentLink<'a>>,
}

#[derive(Clone, Copy)]
struct ContentLink<'a> {
    url: &'a str,
    lifetime: &'a str,
}

#[derive(Template)]
enum Text<'a> {
    #[template(path = "confirmation.txt")]
    Confirmation { letter: Content<'a> },
    #[template(path = "password_reset.txt")]
    PasswordReset { letter: Content<'a> },
    #[template(path = "invitation.txt")]
    Invitation { letter: Content<'a> },
    #[template(path = "password_changed.txt")]
    PasswordChanged { letter: Content<'a> },
    #[template(path = "address_confirmation.txt")]
    AddressConfirmation { letter: Content<'a> },
    #[template(path = "address_changed.txt")]
    AddressChanged { letter: Content<'a> },
    #[template(path = "signed_out.txt")]
    SignedOut { letter: Content<'a> },
}

#[derive(Template)]
enum Html<'a> {
    #[template(path = "confirmation.html")]
    Confirmation { letter: Content<'a> },
    #[template(path = "password_reset.html")]
    PasswordReset { letter: Content<'a> },
    #[template(path = "invitation.html")]
    Invitation { letter: Content<'a> },
    #[template(path = "password_changed.html")]
    PasswordChanged { letter: Content<'a> },
    #[template(path = "address_confirmation.html")]
    AddressConfirmation { letter: Content<'a> },
    #[template(path = "address_changed.html")]
    AddressChanged { letter: Content<'a> },
    #[template(path = "signed_out.html")]
    SignedOut { letter: Content<'a> },
}

fn subject(kind: MailKind, tenant: &str) -> String {
    match kind {
        MailKind::Confirmation => format!("Confirm your e-mail address for {tenant}"),
        MailKind::PasswordReset => format!("Set a new password for {tenant}"),
        MailKind::Invitation => format!("Your invitation to {tenant}"),
        MailKind::PasswordChanged => format!("Your password for {tenant} was changed"),
        MailKind::AddressConfirmation => format!("Confirm your new e-mail address for {tenant}"),
        MailKind::AddressChanged => format!("Your e-mail address for {tenant} is about to change"),
        MailKind::SignedOut => format!("You were signed out of {tenant}"),
    }
}

/// `span` in the largest unit that says it exactly, rounded down to minutes; a single day is 24 hours.
fn in_words(span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    let (count, unit) = match minutes {
        _ if minutes >= 2 * 1440 && minutes.is_multiple_of(1440) => (minutes / 1440, "day"),
        _ if minutes >= 60 && minutes.is_multiple_of(60) => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_reads_as_people_say_it() {
        for (minutes, words) in [
            (1, "1 minute"),
            (30, "30 minutes"),
            (60, "1 hour"),
            (90, "90 minutes"),
            (1440, "24 hours"),
            (3 * 1440, "3 days"),
            (3 * 1440 + 60, "73 hours"),
        ] {
            assert_eq!(in_words(Duration::from_secs(minutes * 60)), words);
        }
    }
}
