use std::time::{Duration, SystemTime};

use domain::model::{Email, Mail, Timestamp};
use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use crate::letter::Letter;

/// The message of `mail`, the same to the byte at every attempt; why it cannot be built otherwise.
pub(crate) fn compose(mail: &Mail, from: &Mailbox) -> Result<Message, &'static str> {
    let to = address(&mail.to).ok_or("the address cannot be used in a mail")?;
    let date = date(mail.ordered_at).ok_or("the date cannot be used in a mail")?;
    let letter = Letter::write(mail).map_err(|_| "the template cannot be rendered")?;
    Message::builder()
        .from(from.clone())
        .to(to.into())
        .subject(letter.subject)
        .date(date)
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(
            MultiPart::alternative()
                .boundary(mail.id.to_string())
                .singlepart(part(ContentType::TEXT_PLAIN, letter.text))
                .singlepart(part(ContentType::TEXT_HTML, letter.html)),
        )
        .map_err(|_| "the mail cannot be built")
}

/// A part that people can read in the raw message, links in one piece, wherever RFC 5322 section 2.1.1 allows it.
fn part(content_type: ContentType, text: String) -> SinglePart {
    const LONGEST_LINE: usize = 998;
    let readable = |line: &str| line.len() <= LONGEST_LINE && !line.contains(['\0', '\r']);
    let part = SinglePart::builder().header(content_type);
    if text.is_ascii() && text.lines().all(readable) {
        let lines = text.replace('\n', "\r\n");
        let encoding = ContentTransferEncoding::SevenBit;
        part.body(Body::dangerous_pre_encoded(lines.into_bytes(), encoding))
    } else {
        part.body(text)
    }
}

/// The address with its domain in A-label form, which every mail server understands.
pub(crate) fn address(email: &Email) -> Option<Address> {
    let (local, _) = email.as_str().rsplit_once('@')?;
    let (_, domain) = email.key().rsplit_once('@')?;
    Address::new(local, domain).ok()
}

/// `None` after the year 9999, where the header's form ends.
fn date(at: Timestamp) -> Option<SystemTime> {
    const END: u64 = 253_402_300_800_000;
    (at.unix_millis() < END)
        .then(|| SystemTime::UNIX_EPOCH + Duration::from_millis(at.unix_millis()))
}
