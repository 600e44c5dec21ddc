//! SEC-22: whom, what and when a token is for.

use domain::model::TenantId;
use serde_json::{Value, json};

use super::{Issuer, NOW, claims, client_claims, with, without};
use crate::{SystemEntropy, access_tokens::Algorithm};

#[test]
fn sec_22_another_issuer_or_audience_is_refused() {
    let issuer = Issuer::new(Algorithm::Es256);
    for (name, value) in [
        ("iss", json!("https://members.example/")),
        ("iss", json!("https://evil.example")),
        ("aud", json!("other")),
        ("aud", json!(["platform"])),
        ("aud", json!(["other", "platform"])),
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
    for token in [issuer.sign(&claims()), issuer.sign(&client_claims())] {
        for (now, good) in [
            (NOW - 31, false),
            (NOW - 30, true),
            (NOW + 659, true),
            (NOW + 660, false),
            (NOW + 719, false),
        ] {
            assert_eq!(issuer.accepts_at(&token, now), good, "{}", now - NOW);
        }
    }
    for name in ["nbf", "iat"] {
        let late = with(issuer.payload(), name, json!(NOW + 31));
        assert!(
            !issuer.accepts(&issuer.forge(&issuer.header(), &late)),
            "{name}"
        );
        let early = with(issuer.payload(), name, json!(NOW + 30));
        assert!(
            issuer.accepts(&issuer.forge(&issuer.header(), &early)),
            "{name}"
        );
    }
}

#[test]
fn sec_22_every_claim_must_be_there_with_its_type() {
    let issuer = Issuer::new(Algorithm::Es256);
    for payload in [issuer.payload(), issuer.client_payload()] {
        let accepts = |payload: &Value| issuer.accepts(&issuer.forge(&issuer.header(), payload));
        assert!(accepts(&payload));
        for (name, right) in payload.as_object().unwrap() {
            assert!(!accepts(&without(payload.clone(), name)), "without {name}");
            let wrong = match right {
                Value::Number(_) => [json!(NOW.to_string()), json!(1.8e9), json!(u64::MAX)],
                Value::String(_) => [json!(""), json!([right]), json!(NOW)],
                _ => [json!("Support"), json!([1]), json!([""])],
            };
            for value in [Value::Null, json!({}), json!(true)]
                .into_iter()
                .chain(wrong)
            {
                let other = with(payload.clone(), name, value.clone());
                assert!(!accepts(&other), "{name} {value}");
            }
        }
        assert!(accepts(&with(payload, "of_a_newer_release", json!(1))));
    }
}

#[test]
fn sec_22_a_users_token_is_of_one_tenant() {
    let issuer = Issuer::new(Algorithm::Es256);
    let other = TenantId::random(&SystemEntropy).to_string();
    for name in ["tenant", "tenant_id"] {
        let torn = with(issuer.payload(), name, json!(other));
        assert!(
            !issuer.accepts(&issuer.forge(&issuer.header(), &torn)),
            "{name}"
        );
    }
}

#[test]
fn sec_22_a_token_is_a_users_or_a_clients_and_nothing_between() {
    let issuer = Issuer::new(Algorithm::Es256);
    let (user, client) = (issuer.payload(), issuer.client_payload());
    let accepts = |payload: &Value| issuer.accepts(&issuer.forge(&issuer.header(), payload));
    let members = ["tenant", "tenant_id", "sid", "epoch", "roles"];

    for some in 1..(1_u32 << members.len()) - 1 {
        let chosen = (0..).zip(members).filter(|(bit, _)| some & (1 << bit) != 0);
        let mut mixture = client.clone();
        for (_, name) in chosen {
            mixture[name] = user[name].clone();
        }
        assert!(!accepts(&mixture), "{mixture}");
        assert!(
            !accepts(&with(mixture, "sub", user["sub"].clone())),
            "{some}"
        );
    }
    let nulls = members
        .into_iter()
        .fold(client.clone(), |it, name| with(it, name, Value::Null));
    assert!(!accepts(&nulls));
    let bare = members.into_iter().fold(user.clone(), without);
    assert!(!accepts(&bare), "a user without a sign-in");
    assert!(!accepts(&with(client, "sub", json!("another"))));
    assert!(
        !accepts(&with(user, "sub", json!("cid"))),
        "a client with a sign-in"
    );
}
