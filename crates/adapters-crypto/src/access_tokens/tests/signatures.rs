//! SEC-22: who signed, with which key and algorithm, and what the header says of it.

use data_encoding::BASE64URL_NOPAD;
use domain::{
    model::{KeyState, SigningKey},
    ports::AccessTokens as _,
};
use jsonwebtoken::{EncodingKey, crypto};
use serde_json::{Value, json};

use super::{Issuer, NOW, at, claims, message, with, without};
use crate::access_tokens::Algorithm;

#[test]
fn sec_22_an_unsigned_token_is_refused() {
    let issuer = Issuer::new(Algorithm::Es256);
    let good = issuer.forge(&issuer.header(), &issuer.payload());
    assert!(issuer.accepts(&good));

    for alg in ["none", "None", "NONE", ""] {
        let header = with(issuer.header(), "alg", json!(alg));
        let message = message(&header.to_string(), &issuer.payload().to_string());
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
fn sec_22_the_kid_of_another_algorithms_key_is_refused() {
    let (issuer, other) = (Issuer::new(Algorithm::Es256), Issuer::new(Algorithm::EdDsa));
    let beside = other
        .row_sealed_for(&issuer)
        .into_state(KeyState::Retired, at(NOW));
    issuer
        .tokens
        .install_keys(&[issuer.row.clone(), beside])
        .unwrap();
    let good = other.sign(&claims());
    assert!(issuer.accepts(&good), "both keys are installed");

    for (kid, alg) in [
        (&other.row.id, "ES256"),
        (&other.row.id, "EdDSA"),
        (&issuer.row.id, "EdDSA"),
    ] {
        let header = json!({"typ": "at+jwt", "alg": alg, "kid": kid});
        let token = issuer.forge(&header, &issuer.payload());
        assert!(!issuer.accepts(&token), "{alg} under {kid}");
    }
}

#[test]
fn sec_22_the_public_key_as_hmac_secret_is_refused() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let issuer = Issuer::new(algorithm);
        let jwk = issuer.public();
        let (text, x) = (
            jwk.to_string(),
            jwk["x"].as_str().or(jwk["n"].as_str()).unwrap(),
        );
        let raw = BASE64URL_NOPAD.decode(x.as_bytes()).unwrap();
        for secret in [text.as_bytes(), x.as_bytes(), &raw, b""] {
            for claimed in ["HS256", algorithm.name()] {
                let header = with(issuer.header(), "alg", json!(claimed));
                let message = message(&header.to_string(), &issuer.payload().to_string());
                let key = EncodingKey::from_secret(secret);
                let hmac = jsonwebtoken::Algorithm::HS256;
                let signature = crypto::sign(message.as_bytes(), &key, hmac).unwrap();
                let token = format!("{message}.{signature}");
                assert!(!issuer.accepts(&token), "{claimed}");
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
fn sec_22_a_key_that_the_token_brings_is_not_used() {
    let (issuer, stranger) = (Issuer::new(Algorithm::Es256), Issuer::new(Algorithm::Es256));
    for kid in [&issuer.row.id, &stranger.row.id] {
        let header = with(
            with(issuer.header(), "kid", json!(kid)),
            "jwk",
            stranger.public(),
        );
        assert!(!issuer.accepts(&stranger.forge(&header, &issuer.payload())));
    }
}

#[test]
fn sec_22_a_key_put_into_the_database_without_the_master_key_is_not_believed() {
    let (issuer, stranger) = (Issuer::new(Algorithm::Es256), Issuer::new(Algorithm::Es256));
    let (id, state) = (issuer.row.id.clone(), KeyState::Retired);
    let rows = [
        SigningKey {
            state,
            ..stranger.row.clone()
        },
        SigningKey {
            id,
            state,
            ..stranger.row_sealed_for(&issuer)
        },
        issuer.row.clone(),
    ];

    issuer.tokens.install_keys(&rows).unwrap();

    let token = |header| stranger.forge(&header, &issuer.payload());
    assert!(!issuer.accepts(&token(stranger.header())));
    assert!(!issuer.accepts(&token(issuer.header())));
    assert!(issuer.accepts(&issuer.sign(&claims())));
}

#[test]
fn sec_22_every_header_but_ours_is_refused() {
    let (issuer, stranger) = (Issuer::new(Algorithm::Es256), Issuer::new(Algorithm::Es256));
    for typ in ["JWT", "jwt", "AT+JWT", "application/at+jwt", ""] {
        let token = issuer.forge(&with(issuer.header(), "typ", json!(typ)), &issuer.payload());
        assert!(!issuer.accepts(&token), "{typ}");
    }
    let public = stranger.public();
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("jku", json!("https://members.example/keys")),
        ("jwk", public),
        ("x5u", json!("https://members.example/certificate")),
        ("x5c", json!(["AA=="])),
        ("x5t", json!("AA")),
        ("x5t#S256", json!("AA")),
        ("cty", json!("JWT")),
        ("enc", json!("A256GCM")),
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
