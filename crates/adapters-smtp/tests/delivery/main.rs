//! What arrives, and what becomes of what cannot arrive.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod content;
mod folder;
mod layouts;
mod localised;
mod outside_text;
mod read;
mod smtp;
mod tenants;

use std::{
    path::Path,
    sync::{Arc, LazyLock},
    time::Duration,
};

use adapters_smtp::{Composer, Letters, mailer};
use domain::{
    model::{Link, Mail, MailKind, MailText, MessageId, Secret, Sender, Timestamp},
    ports::Mailer,
};
use uuid::Uuid;
use wording::Wording;

const FROM: &str = "Membership <membership@example.com>";
const TIMEOUT: Duration = Duration::from_secs(30);
const LINK: &str = "https://members.example/account/password-reset?user=0f&token=0197aabb.s3cr3t-t0k3n_of-the-link";

fn mail(kind: MailKind) -> Mail {
    let minutes = match kind {
        MailKind::PasswordReset => Some(30),
        MailKind::Confirmation | MailKind::AddressConfirmation => Some(24 * 60),
        MailKind::Invitation => Some(72 * 60),
        MailKind::PasswordChanged | MailKind::AddressChanged | MailKind::SignedOut => None,
    };
    Mail {
        id: MessageId::from_uuid(Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0001)),
        kind,
        to: "Anna@example.org".parse().unwrap(),
        username: "anna".parse().unwrap(),
        tenant_name: "Acme".to_owned(),
        ordered_at: Timestamp::from_unix_micros(1_769_854_272_123_456).unwrap(),
        link: minutes.map(|minutes: u64| Link {
            url: Secret::new(LINK.to_owned()),
            lifetime: Duration::from_secs(minutes * 60),
        }),
        locale: "en".parse().unwrap(),
        sender: Sender::default(),
        text: MailText::new(),
    }
}

fn mailer_to(url: &str) -> Arc<dyn Mailer> {
    mailer_with_timeout(url, TIMEOUT)
}

fn mailer_with_timeout(url: &str, timeout: Duration) -> Arc<dyn Mailer> {
    mailer(&url.parse().unwrap(), composer(), None, timeout).unwrap()
}

fn composer() -> Composer {
    static BUILT_IN: LazyLock<Composer> = LazyLock::new(|| composer_of(&letters(None).unwrap()));
    BUILT_IN.clone()
}

fn composer_of(letters: &Arc<Letters>) -> Composer {
    Composer::new(FROM, letters.clone()).unwrap()
}

/// With what the folder says; else the problems, one line each.
fn letters(folder: Option<&Path>) -> Result<Arc<Letters>, String> {
    let wording = Wording::load(folder, &"en".parse().unwrap());
    let letters = wording.and_then(Letters::new).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })?;
    Ok(Arc::new(letters))
}
