//! SEC-22: the text of a token.

use data_encoding::BASE64URL_NOPAD;
use domain::model::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::{Issuer, NOW, with};
use crate::access_tokens::{Algorithm, verify::MAX_LENGTH};

#[test]
fn sec_22_a_changed_or_over_long_token_is_refused() {
    let issuer = Issuer::new(Algorithm::Es256);
    let token = issuer.forge(&issuer.header(), &issuer.payload());
    for at in 0..token.len() {
        let other = if &token[at..=at] == "A" { "B" } else { "A" };
        let changed = [&token[..at], other, &token[at + 1..]].concat();
        assert!(!issuer.accepts(&changed), "byte {at}");
    }
    for changed in [
        format!("{token}="),
        format!("{token}."),
        format!(" {token}"),
        format!("{token}\n"),
    ] {
        assert!(!issuer.accepts(&changed));
    }
    let padded = with(issuer.payload(), "padding", json!("x".repeat(MAX_LENGTH)));
    assert!(!issuer.accepts(&issuer.forge(&issuer.header(), &padded)));
}

#[test]
fn sec_22_each_member_may_be_there_once() {
    let issuer = Issuer::new(Algorithm::Es256);
    let (header, payload) = (issuer.header(), issuer.payload());
    let (header_text, payload_text) = (header.to_string(), payload.to_string());
    assert!(issuer.accepts(&issuer.forge_text(&header_text, &payload_text)));

    for (name, value) in header.as_object().unwrap() {
        let twice = header_text.replacen('{', &format!("{{{name:?}:{value},"), 1);
        assert!(
            !issuer.accepts(&issuer.forge_text(&twice, &payload_text)),
            "{name}"
        );
    }
    for (name, value) in payload.as_object().unwrap() {
        let twice = payload_text.replacen('{', &format!("{{{name:?}:{value},"), 1);
        assert!(
            !issuer.accepts(&issuer.forge_text(&header_text, &twice)),
            "{name}"
        );
    }
    for trailing in [
        format!("{payload_text}{payload_text}"),
        format!("{payload_text}x"),
    ] {
        assert!(!issuer.accepts(&issuer.forge_text(&header_text, &trailing)));
    }
}

#[test]
fn sec_22_base64_is_read_in_one_way_only() {
    let issuer = Issuer::new(Algorithm::Es256);
    for filling in ["", "x", "xx"] {
        let payload = with(issuer.payload(), "jti", json!(format!("0{filling}")));
        let parts = [issuer.header(), payload]
            .map(|part| BASE64URL_NOPAD.encode(part.to_string().as_bytes()));
        let good = issuer.sign_message(&parts.join("."));
        assert!(issuer.accepts(&good));

        let [header, payload] = &parts;
        for other in ways_to_write(header) {
            assert!(!issuer.accepts(&issuer.sign_message(&format!("{other}.{payload}"))));
        }
        for other in ways_to_write(payload) {
            assert!(!issuer.accepts(&issuer.sign_message(&format!("{header}.{other}"))));
        }
        let (message, signature) = good.rsplit_once('.').unwrap();
        for other in ways_to_write(signature) {
            assert!(!issuer.accepts(&format!("{message}.{other}")));
        }
    }
}

/// What a lenient reader takes for the same bytes: padding, blanks, and bits that no byte has.
fn ways_to_write(part: &str) -> Vec<String> {
    let mut ways = vec![format!("{part}\n"), format!(" {part}")];
    if !part.len().is_multiple_of(4) {
        ways.push(part.to_owned() + &"=".repeat(4 - part.len() % 4));
        let (start, last) = part.split_at(part.len() - 1);
        let stray = char::from(last.as_bytes()[0] + 1);
        ways.push(format!("{start}{stray}"));
    }
    ways
}

proptest! {
    #[test]
    fn sec_52_any_text_is_read_without_panic(text in ".*", parts in "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}") {
        let issuer = Issuer::new(Algorithm::EdDsa);
        prop_assert!(!issuer.accepts(&text));
        prop_assert!(!issuer.accepts(&parts));
    }

    #[test]
    fn sec_52_any_signed_payload_is_read_without_panic(payload in "\\PC{0,64}", number: i64) {
        let issuer = Issuer::new(Algorithm::Es256);
        prop_assert!(!issuer.accepts(&issuer.forge(&issuer.header(), &json!(payload))));
        let odd = with(with(issuer.payload(), "iat", json!(number)), "nbf", json!(number));
        let token = issuer.forge(&issuer.header(), &odd);
        prop_assert_eq!(issuer.accepts(&token), number <= NOW + 30 && Timestamp::from_unix_seconds(number).is_some());
    }
}
