use std::sync::Arc;

use domain::model::{Mail, Sender};
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

use crate::{
    Letters, MailConfigError, config,
    letter::{Letter, for_header},
    message::{address, date, part},
};

/// Makes messages of mails.
#[derive(Clone)]
pub struct Composer {
    from: Mailbox,
    letters: Arc<Letters>,
}

/// A mail as it reads.
pub struct Preview {
    /// The names and values of its headers, not encoded.
    pub headers: Vec<(&'static str, String)>,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

impl Composer {
    /// `from` is the sender of the platform, such as `Membership <membership@example.com>`.
    pub fn new(from: &str, letters: Arc<Letters>) -> Result<Self, MailConfigError> {
        Ok(Self {
            from: config::sender(from)?,
            letters,
        })
    }

    /// The mail as it would be sent; why it cannot be sent otherwise.
    pub fn preview(&self, mail: &Mail) -> Result<Preview, String> {
        const SHOWN: [&str; 7] = [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "Content-Language",
        ];
        let letter = self.letter(mail)?;
        let (text, html) = (letter.text.clone(), letter.html.clone());
        let message = self.message(mail, letter)?;
        let headers = message.headers();
        let value = |name| Some((name, headers.get_raw(name)?.to_owned()));
        Ok(Preview {
            headers: SHOWN.into_iter().filter_map(value).collect(),
            text,
            html,
        })
    }

    /// The message of `mail`, the same to the byte at every attempt; why it cannot be built otherwise.
    pub(crate) fn compose(&self, mail: &Mail) -> Result<Message, String> {
        self.message(mail, self.letter(mail)?)
    }

    /// The domain of the platform's sender.
    pub(crate) fn domain(&self) -> &str {
        self.from.email.domain()
    }

    fn letter(&self, mail: &Mail) -> Result<Letter, String> {
        let written = self.letters.write(mail);
        written.map_err(|problem| problem.to_string())
    }

    fn message(&self, mail: &Mail, letter: Letter) -> Result<Message, String> {
        let to = address(&mail.to).ok_or("the address cannot be used in a mail")?;
        let date = date(mail.ordered_at).ok_or("the date cannot be used in a mail")?;
        let raw = |name, value: &str| HeaderValue::new(name, value.to_owned());
        let message = Message::builder()
            .from(self.from(&mail.sender)?)
            .to(to.into())
            .subject(letter.subject)
            .date(date)
            // Always of our own domain, so that it stays the same when a tenant takes another sender.
            .message_id(Some(format!("<{}@{}>", mail.id, self.domain())))
            .raw_header(raw(AUTO_SUBMITTED, "auto-generated"))
            .raw_header(raw(CONTENT_LANGUAGE, letter.locale.as_str()))
            .multipart(
                MultiPart::alternative()
                    .boundary(mail.id.to_string())
                    .singlepart(part(ContentType::TEXT_PLAIN, letter.text))
                    .singlepart(part(ContentType::TEXT_HTML, letter.html)),
            );
        message.map_err(|_| "the mail cannot be built".to_owned())
    }

    fn from(&self, sender: &Sender) -> Result<Mailbox, &'static str> {
        let name = sender.name.as_ref().map(|name| for_header(name.as_str()));
        let own = match &sender.address {
            Some(email) => address(email).ok_or("the tenant's sender cannot be used in a mail")?,
            None => self.from.email.clone(),
        };
        Ok(Mailbox::new(name.or_else(|| self.from.name.clone()), own))
    }
}

const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
const CONTENT_LANGUAGE: HeaderName = HeaderName::new_from_ascii_str("Content-Language");
