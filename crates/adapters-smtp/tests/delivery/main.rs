//! What arrives, and what becomes of what cannot arrive.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod content;
mod folder;
mod smtp;

use std::{sync::Arc, time::Duration};

use adapters_smtp::mailer;
use domain::{
    model::{Link, Mail, MailKind, MailText, MessageId, Secret, Sender, Timestamp},
    ports::Mailer,
};
use uuid::Uuid;

const FROM: &str = "Membership <membership@example.com>";
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
    mailer_with_timeout(url, Duration::from_secs(30))
}

fn mailer_with_timeout(url: &str, timeout: Duration) -> Arc<dyn Mailer> {
    mailer(&url.parse().unwrap(), FROM, timeout).unwrap()
}
