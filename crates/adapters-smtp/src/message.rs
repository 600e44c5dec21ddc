use std::time::{Duration, SystemTime};

use domain::model::{Email, Timestamp};
use lettre::{
    Address,
    message::{
        Body, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
};

/// A part that people can read in the raw message, links in one piece, wherever RFC 5322 section 2.1.1 allows it.
pub(crate) fn part(content_type: ContentType, text: String) -> SinglePart {
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
pub(crate) fn date(at: Timestamp) -> Option<SystemTime> {
    const END: u64 = 253_402_300_800_000;
    (at.unix_millis() < END)
        .then(|| SystemTime::UNIX_EPOCH + Duration::from_millis(at.unix_millis()))
}
