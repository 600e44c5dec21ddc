use uuid::Uuid;

use super::{Link, Locale, Mail, MailKind, MailText, MessageId, Secret, Sender, Timestamp};
use crate::{Error, Result};

impl Mail {
    /// A mail of that kind to somebody who does not exist, from the platform and in its words, to see how it reads.
    pub fn sample(kind: MailKind, locale: Locale) -> Result<Self> {
        const LINK: &str = "https://membership.example.com/account/sample?token=0123456789abcdef";
        let ordered_at = Timestamp::from_unix_seconds(1_800_000_000);
        Ok(Self {
            id: MessageId::from_uuid(Uuid::nil()),
            kind,
            to: "anna@example.com".parse()?,
            username: "anna".parse()?,
            tenant_name: "Example".to_owned(),
            ordered_at: ordered_at.ok_or_else(|| Error::invalid("orderedAt", "is no time"))?,
            link: kind.token_purpose().map(|purpose| Link {
                url: Secret::new(LINK.to_owned()),
                lifetime: purpose.lifetime(),
            }),
            locale,
            sender: Sender::default(),
            text: MailText::new(),
        })
    }
}
