//! The table of everything that is said, with the places that each phrase may have.

use std::time::Duration;

use domain::model::{MailKind, MailPart, Password, PasswordFault, Phrase, Place};

use crate::read::{Read, Reader, words};

words! {
    /// Everything that is said in one locale.
    Words {
        /// In mails.
        mail: MailWords [Tenant, Username];
        /// On the hosted pages.
        page: PageWords [];
    }

    /// What mails say.
    MailWords {
        /// The first line.
        greeting: Phrase;
        /// How often and how long the link works.
        link: Phrase [Tenant, Username, Lifetime];
        /// What stands between an action and the address that follows, where there are no buttons.
        colon: Phrase;
        /// What to do if the link does not open; its address follows.
        copy: Phrase;
        /// The last line.
        signature: Phrase;
        /// How long a link works.
        lifetime: LifetimeWords [Count];
        /// [`MailKind::Confirmation`]
        confirmation: LinkMailWords [Tenant, Username, Lifetime];
        /// [`MailKind::PasswordReset`]
        password_reset: LinkMailWords [Tenant, Username, Lifetime];
        /// [`MailKind::Invitation`]
        invitation: LinkMailWords [Tenant, Username, Lifetime];
        /// [`MailKind::PasswordChanged`]
        password_changed: NoticeMailWords;
        /// [`MailKind::AddressConfirmation`]
        address_confirmation: LinkMailWords [Tenant, Username, Lifetime];
        /// [`MailKind::AddressChanged`]
        address_changed: NoticeMailWords;
        /// [`MailKind::SignedOut`]
        signed_out: NoticeMailWords;
    }

    /// A length of time in its largest unit, for one and for more.
    LifetimeWords {
        /// One minute.
        minute: Phrase;
        /// Several, or none.
        minutes: Phrase;
        /// One hour.
        hour: Phrase;
        /// Several.
        hours: Phrase;
        /// One day.
        day: Phrase;
        /// Several.
        days: Phrase;
    }

    /// What a mail with a link says.
    LinkMailWords {
        /// [`MailPart::Subject`]
        subject: Phrase;
        /// [`MailPart::Message`]
        message: Phrase;
        /// [`MailPart::Action`]
        action: Phrase;
        /// [`MailPart::Note`]
        note: Phrase;
    }

    /// What a mail without a link says.
    NoticeMailWords {
        /// [`MailPart::Subject`]
        subject: Phrase;
        /// [`MailPart::Message`]
        message: Phrase;
        /// [`MailPart::Note`]
        note: Phrase;
    }

    /// What the hosted pages say.
    PageWords {
        /// What the title of a page begins with that tells of a mistake.
        error: Phrase;
        /// The form of a new password.
        form: PasswordFormWords;
        /// What is wrong with a password.
        fault: FaultWords;
        /// Where a reset link leads.
        password_reset: TaskWords;
        /// Where an invitation leads.
        invitation: TaskWords;
        /// Where a confirmation link leads, of a first or a new address.
        confirmation: TaskWords;
        /// A form that another site sent.
        foreign_form: NoticeWords;
        /// A form that did not arrive whole.
        unreadable_form: NoticeWords;
        /// We cannot do it right now.
        busy: NoticeWords;
    }

    /// The labels of the form of a new password.
    PasswordFormWords {
        /// Whose password it is.
        username: Phrase;
        /// What is asked of a password, which has so many characters at least.
        hint: Phrase [Count];
        /// The password.
        password: Phrase;
        /// The same again.
        repeat: Phrase;
    }

    /// What is wrong with a password, as a sentence.
    FaultWords {
        /// There is none.
        missing: Phrase;
        /// It has more characters than so many.
        too_long: Phrase [Count];
        /// It has fewer characters than so many.
        too_short: Phrase [Count];
        /// It is a common one, or was breached.
        common: Phrase;
        /// It is little more than the user name or address.
        names_account: Phrase;
        /// It is little more than the tenant's name.
        names_tenant: Phrase;
        /// It is little more than the name of the service.
        names_product: Phrase;
        /// It was not typed the same way twice.
        not_repeated: Phrase;
    }

    /// A page on which a person does something.
    TaskWords {
        /// The page before.
        title: Phrase [Tenant];
        /// What it is about.
        intro: Phrase [Tenant];
        /// What sends the form.
        button: Phrase [Tenant];
        /// The page after.
        done: NoticeWords;
        /// The page of a link that does not work.
        void: NoticeWords;
    }

    /// A page that only says something.
    NoticeWords {
        /// In short.
        title: Phrase;
        /// What happened.
        message: Phrase;
        /// What to do next.
        next: Phrase;
    }
}

impl MailWords {
    /// What a mail of the kind says in a part; `None` for the action of a kind without a link.
    pub fn part(&self, kind: MailKind, part: MailPart) -> Option<&Phrase> {
        match kind {
            MailKind::Confirmation => self.confirmation.part(part),
            MailKind::PasswordReset => self.password_reset.part(part),
            MailKind::Invitation => self.invitation.part(part),
            MailKind::AddressConfirmation => self.address_confirmation.part(part),
            MailKind::PasswordChanged => self.password_changed.part(part),
            MailKind::AddressChanged => self.address_changed.part(part),
            MailKind::SignedOut => self.signed_out.part(part),
        }
    }
}

impl LinkMailWords {
    fn part(&self, part: MailPart) -> Option<&Phrase> {
        Some(match part {
            MailPart::Subject => &self.subject,
            MailPart::Message => &self.message,
            MailPart::Action => &self.action,
            MailPart::Note => &self.note,
        })
    }
}

impl NoticeMailWords {
    fn part(&self, part: MailPart) -> Option<&Phrase> {
        match part {
            MailPart::Subject => Some(&self.subject),
            MailPart::Message => Some(&self.message),
            MailPart::Action => None,
            MailPart::Note => Some(&self.note),
        }
    }
}

impl FaultWords {
    /// The sentence for a fault.
    pub fn of(&self, fault: PasswordFault) -> String {
        let (phrase, count) = match fault {
            PasswordFault::Missing => (&self.missing, 0),
            PasswordFault::TooLong => (&self.too_long, Password::MAX_LENGTH),
            PasswordFault::TooShort { min } => (&self.too_short, min),
            PasswordFault::Common => (&self.common, 0),
            PasswordFault::NamesAccount => (&self.names_account, 0),
            PasswordFault::NamesTenant => (&self.names_tenant, 0),
            PasswordFault::NamesProduct => (&self.names_product, 0),
            PasswordFault::NotRepeated => (&self.not_repeated, 0),
        };
        let count = count.to_string();
        phrase.fill(|_| &count)
    }
}

impl Words {
    /// `span` in the largest unit that says it exactly, rounded down to minutes; a single day is 24 hours.
    pub fn lifetime(&self, span: Duration) -> String {
        let words = &self.mail.lifetime;
        let minutes = span.as_secs() / 60;
        let (count, one, several) = match minutes {
            _ if minutes >= 2 * 1440 && minutes.is_multiple_of(1440) => {
                (minutes / 1440, &words.day, &words.days)
            }
            _ if minutes >= 60 && minutes.is_multiple_of(60) => {
                (minutes / 60, &words.hour, &words.hours)
            }
            _ => (minutes, &words.minute, &words.minutes),
        };
        let phrase = if count == 1 { one } else { several };
        let count = count.to_string();
        phrase.fill(|_| &count)
    }
}
