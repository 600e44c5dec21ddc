//! Signing keys: made, sealed, installed, published.

use std::collections::BTreeSet;

use domain::{
    Error,
    model::{KeyState, SigningKey},
    ports::AccessTokens as _,
};
use serde_json::json;

use super::{Issuer, NOW, at, claims, config, published, with};
use crate::{
    MasterKeys,
    access_tokens::{Algorithm, JwtAccessTokens},
    master_keys::new_key,
};

fn in_state(row: &SigningKey, state: KeyState) -> SigningKey {
    row.clone().into_state(state, at(NOW))
}

#[test]
fn a_published_key_names_its_use_and_holds_nothing_private() {
    for (algorithm, members) in [
        (Algorithm::Es256, "alg crv kid kty use x y"),
        (Algorithm::EdDsa, "alg crv kid kty use x"),
        (Algorithm::Rs256, "alg e kid kty n use"),
    ] {
        let issuer = Issuer::new(algorithm);
        let jwk = issuer.public();

        let names = jwk.as_object().unwrap().keys().map(String::as_str);
        assert_eq!(names.collect::<BTreeSet<_>>(), members.split(' ').collect());
        assert_eq!(jwk["kid"], issuer.row.id);
        assert_eq!(jwk["use"], "sig");
        assert_eq!(jwk["alg"], algorithm.name());
    }
}

#[test]
fn all_installed_keys_are_published_and_verify_and_the_current_one_signs() {
    let issuer = Issuer::new(Algorithm::Es256);
    let by_first = issuer.sign(&claims());
    let next = issuer.tokens.generate_key(KeyState::Next, at(NOW)).unwrap();
    assert_eq!((next.state, next.since), (KeyState::Next, at(NOW)));

    let rotations = [
        [issuer.row.clone(), next.clone()],
        [
            in_state(&issuer.row, KeyState::Retired),
            in_state(&next, KeyState::Current),
        ],
    ];
    for rows in rotations {
        issuer.tokens.install_keys(&rows).unwrap();

        let kids: Vec<_> = published(&issuer.tokens)
            .iter()
            .map(|jwk| jwk["kid"].clone())
            .collect();
        assert_eq!(kids, [json!(issuer.row.id), json!(next.id)]);
        assert!(issuer.accepts(&by_first));
        let current = rows
            .iter()
            .find(|row| row.state == KeyState::Current)
            .unwrap();
        let header = super::part(&issuer.sign(&claims()), 0);
        assert_eq!(header["kid"], current.id);
    }

    let by_second = issuer.sign(&claims());
    issuer
        .tokens
        .install_keys(&[in_state(&next, KeyState::Current)])
        .unwrap();
    assert!(issuer.accepts(&by_second));
    assert!(!issuer.accepts(&by_first), "its key is gone");
}

#[test]
fn rel_16_another_replicas_tokens_are_good_before_its_rotation_is_known_here() {
    let issuer = Issuer::new(Algorithm::Es256);
    let next = issuer.tokens.generate_key(KeyState::Next, at(NOW)).unwrap();
    let [before, after] = [(); 2].map(|()| issuer.tokens_of_another_replica());
    before
        .install_keys(&[issuer.row.clone(), next.clone()])
        .unwrap();
    after
        .install_keys(&[in_state(&next, KeyState::Current)])
        .unwrap();

    let token = after.sign(&claims()).unwrap();

    assert!(before.verify(token.expose(), at(NOW)).is_ok());
}

#[test]
fn only_what_reads_as_a_token_of_ours_names_an_unknown_key() {
    let (issuer, stranger) = (Issuer::new(Algorithm::Es256), Issuer::new(Algorithm::EdDsa));
    let unknown = |token: &str| issuer.tokens.names_unknown_key(token);
    let foreign = stranger.sign(&claims());
    let forged = |header| issuer.forge(&header, &json!({}));

    assert!(unknown(&foreign));
    assert!(unknown(&forged(with(
        issuer.header(),
        "kid",
        json!("another")
    ))));
    assert!(!unknown(&issuer.sign(&claims())));
    for (member, value) in [
        ("typ", json!("JWT")),
        ("alg", json!("HS256")),
        ("alg", json!("none")),
        ("kid", json!(1)),
        ("jku", json!("https://members.example/keys")),
    ] {
        let header = with(
            with(issuer.header(), "kid", json!("another")),
            member,
            value,
        );
        assert!(!unknown(&forged(header)), "{member}");
    }
    let long = format!("{foreign}{}", "x".repeat(8 * 1024));
    for text in ["", ".", "..", "a.b.c", &foreign[1..], &long] {
        assert!(!unknown(text), "{text}");
    }
}

#[test]
fn without_keys_nothing_is_signed_judged_or_published() {
    let tokens = JwtAccessTokens::new(&MasterKeys::generate(), config(Algorithm::Es256));

    for outcome in [
        tokens.sign(&claims()).map(drop),
        tokens.verify("a.b.c", at(NOW)).map(drop),
        tokens.key_set().map(drop),
    ] {
        assert!(matches!(outcome, Err(Error::Unavailable { .. })));
    }
}

#[test]
fn a_key_of_another_master_key_is_refused_as_current_and_else_left_out() {
    let (issuer, foreign) = (Issuer::new(Algorithm::Es256), Issuer::new(Algorithm::Es256));
    let token = issuer.sign(&claims());

    let refused = issuer
        .tokens
        .install_keys(std::slice::from_ref(&foreign.row));

    assert!(matches!(refused, Err(Error::Unavailable { .. })));
    assert!(issuer.accepts(&token), "the keys before stay");
    let beside = [
        issuer.row.clone(),
        in_state(&foreign.row, KeyState::Retired),
    ];
    issuer.tokens.install_keys(&beside).unwrap();
    assert!(issuer.accepts(&token));
    assert!(!issuer.accepts(&foreign.sign(&claims())));
    assert_eq!(published(&issuer.tokens).len(), 1);
}

#[test]
fn rel_16_a_key_is_sealed_anew_once_for_each_first_master_key() {
    let (old, new) = (new_key(), new_key());
    let tokens = |ring: &[&str]| {
        JwtAccessTokens::new(&MasterKeys::of(&ring.concat()), config(Algorithm::Es256))
    };
    let row = tokens(&[&old])
        .generate_key(KeyState::Current, at(NOW))
        .unwrap();

    assert!(tokens(&[&old, &new]).reseal_key(&row).unwrap().is_none());
    let resealed = tokens(&[&new, &old]).reseal_key(&row).unwrap().unwrap();

    assert!(
        tokens(&[&new, &old])
            .reseal_key(&resealed)
            .unwrap()
            .is_none()
    );
    let renamed = SigningKey {
        sealed_private: row.sealed_private.clone(),
        ..resealed.clone()
    };
    assert!(renamed == row, "nothing else is changed");
    let after = tokens(&[&new]);
    assert!(after.install_keys(std::slice::from_ref(&row)).is_err());
    assert!(matches!(
        after.reseal_key(&row),
        Err(Error::Unavailable { .. })
    ));
    after.install_keys(&[resealed]).unwrap();
    let token = after.sign(&claims()).unwrap();
    assert!(after.verify(token.expose(), at(NOW)).is_ok());
}
