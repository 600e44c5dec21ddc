//! What is not accepted as an access token.

use data_encoding::BASE64URL_NOPAD;
use domain::{
    model::{TenantId, Timestamp},
    ports::AccessTokens as _,
};
use jsonwebtoken::{EncodingKey, crypto};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Issuer, NOW, claims, message, with, without};
use crate::{
    SystemEntropy,
    access_tokens::{Algorithm, verify::MAX_LENGTH},
};

#[test]
fn sec_22_an_unsigned_token_is_refused() {
    let issuer = Issuer::new(Algorithm::Es256);
    let good = issuer.forge(&issuer.header(), &issuer.payload());
    assert!(issuer.accepts(&good));

    for alg in ["none", "None", "NONE", ""] {
        let message = message(&with(issuer.header(), "alg", json!(alg)), &issuer.payload());
        let signature = good.rsplit('.').next().unwrap();
        for token in [
            format!("{message}."),
            message.clone(),
            format!("{message}.{signature}"),
        ] {
            assert!(!issuer.accepts(&token), "{alg}");
        }
    }
    assert!(!issuer.accepts(&good[..=good.rfind('.').unwrap()]));
}

#[test]
fn sec_22_another_algorithm_than_the_keys_is_refused() {
    let issuer = Issuer::new(Algorithm::Es256);
    for alg in ["ES384", "EdDSA", "RS256", "PS256", "HS256", "es256"] {
        let token = issuer.forge(&with(issuer.header(), "alg", json!(alg)), &issuer.payload());
        assert!(!issuer.accepts(&token), "{alg}");
    }
}

#[test]
fn sec_22_the_public_key_as_hmac_secret_is_refused() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let issuer = Issuer::new(algorithm);
        let public: Value = serde_json::from_str(&issuer.row.public_jwk).unwrap();
        let x = public["x"].as_str().or(public["n"].as_str()).unwrap();
        let raw = BASE64URL_NOPAD.decode(x.as_bytes()).unwrap();
        for secret in [issuer.row.public_jwk.as_bytes(), x.as_bytes(), &raw] {
            for claimed in ["HS256", algorithm.name()] {
                let header = with(issuer.header(), "alg", json!(claimed));
                let message = message(&header, &issuer.payload());
                let key = EncodingKey::from_secret(secret);
                let signature =
                    crypto::sign(message.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).unwrap();
                assert!(
                    !issuer.accepts(&format!("{message}.{signature}")),
                    "{claimed}"
                );
            }
        }
    }
}

#[test]
fn sec_22_another_key_is_refused_under_our_kid_and_under_its_own() {
    let (issuer, stranger) = (Issuer::new(Algorithm::Es256), Issuer::new(Algorithm::Es256));

    assert!(!issuer.accepts(&stranger.forge(&issuer.header(), &issuer.payload())));
    assert!(!issuer.accepts(&stranger.forge(&stranger.header(), &issuer.payload())));
}

#[test]
fn sec_22_a_public_key_exchanged_in_the_database_is_not_believed() {
    let (issuer, stranger) = (Issuer::new(Algorithm::Es256), Issuer::new(Algorithm::Es256));
    let mut row = issuer.row.clone();
    row.public_jwk.clone_from(&stranger.row.public_jwk);
    issuer.tokens.install_keys(&[row]).unwrap();

    assert!(!issuer.accepts(&stranger.forge(&issuer.header(), &issuer.payload())));
    assert!(issuer.accepts(&issuer.forge(&issuer.header(), &issuer.payload())));
}

#[test]
fn sec_22_every_header_but_ours_is_refused() {
    let issuer = Issuer::new(Algorithm::Es256);
    for typ in ["JWT", "jwt", "AT+JWT", "application/at+jwt", ""] {
        let token = issuer.forge(&with(issuer.header(), "typ", json!(typ)), &issuer.payload());
        assert!(!issuer.accepts(&token), "{typ}");
    }
    let public: Value = serde_json::from_str(&issuer.row.public_jwk).unwrap();
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("jku", json!("https://members.example/keys")),
        ("jwk", public),
        ("x5u", json!("https://members.example/certificate")),
        ("x5c", json!(["AA=="])),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
        ("other", Value::Null),
    ] {
        let token = issuer.forge(&with(issuer.header(), name, value), &issuer.payload());
        assert!(!issuer.accepts(&token), "{name}");
    }
    for name in ["typ", "alg", "kid"] {
        let token = issuer.forge(&without(issuer.header(), name), &issuer.payload());
        assert!(!issuer.accepts(&token), "without {name}");
    }
    for kid in [json!("unknown"), json!(""), json!(1), json!("../master")] {
        let token = issuer.forge(
            &with(issuer.header(), "kid", kid.clone()),
            &issuer.payload(),
        );
        assert!(!issuer.accepts(&token), "{kid}");
    }
}

#[test]
fn sec_22_another_issuer_or_audience_is_refused() {
    let issuer = Issuer::new(Algorithm::Es256);
    for (name, value) in [
        ("iss", json!("https://members.example/")),
        ("iss", json!("https://evil.example")),
        ("aud", json!("other")),
        ("aud", json!(["platform"])),
        ("aud", json!("")),
    ] {
        let token = issuer.forge(
            &issuer.header(),
            &with(issuer.payload(), name, value.clone()),
        );
        assert!(!issuer.accepts(&token), "{name} {value}");
    }
}

#[test]
fn sec_22_time_is_kept_to_the_second_at_the_end_and_to_thirty_at_the_start() {
    let issuer = Issuer::new(Algorithm::Es256);
    let token = issuer.tokens.sign(&claims()).unwrap();

    for (now, good) in [
        (NOW - 31, false),
        (NOW - 30, true),
        (NOW + 659, true),
        (NOW + 660, false),
    ] {
        assert_eq!(
            issuer.accepts_at(token.expose(), now),
            good,
            "{}",
            now - NOW
        );
    }
    for name in ["nbf", "iat"] {
        let late = with(issuer.payload(), name, json!(NOW + 31));
        assert!(
            !issuer.accepts(&issuer.forge(&issuer.header(), &late)),
            "{name}"
        );
    }
}

#[test]
fn sec_22_every_claim_must_be_there_with_its_type() {
    let issuer = Issuer::new(Algorithm::Es256);
    let payload = issuer.payload();
    for name in payload.as_object().unwrap().keys() {
        let absent = without(payload.clone(), name);
        assert!(
            !issuer.accepts(&issuer.forge(&issuer.header(), &absent)),
            "without {name}"
        );
        for value in [Value::Null, json!({}), json!(1.5), json!(true), json!("")] {
            let other = with(payload.clone(), name, value.clone());
            assert!(
                !issuer.accepts(&issuer.forge(&issuer.header(), &other)),
                "{name} {value}"
            );
        }
    }
    let other_tenant = TenantId::random(&SystemEntropy).to_string();
    for name in ["tenant", "tenant_id"] {
        let torn = with(payload.clone(), name, json!(other_tenant));
        assert!(
            !issuer.accepts(&issuer.forge(&issuer.header(), &torn)),
            "{name}"
        );
    }
    let newer = with(payload, "of_a_newer_release", json!(1));
    assert!(issuer.accepts(&issuer.forge(&issuer.header(), &newer)));
}

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
