use std::collections::BTreeSet;

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::{
    answer::CANARY,
    app::App,
    home::{Backend, ZENDESK_SECRET},
};

on_both![
    sec_37_the_token_signs_its_owner_in_and_says_only_what_was_verified,
    sec_37_an_unconfirmed_address_gets_no_token,
    sec_37_the_token_is_for_oneself_alone,
    without_a_support_desk_there_is_nothing,
    sec_23_a_support_token_is_no_access_token,
];

async fn sec_37_the_token_signs_its_owner_in_and_says_only_what_was_verified(on: Backend) {
    let app = App::start(on).await;
    let user = app.confirmed(&app.test, "zoë").await;
    let request = app
        .get(user.at("zendesk-token"))
        .bearer(&user.token)
        .accept("text/plain");

    let answers = [
        request.clone().send().await.expect(200),
        request.send().await.expect(200),
    ];

    let mut ids = BTreeSet::new();
    for answer in answers {
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.media_type(), Some("application/json"));
        let body = answer.json();
        let (header, claims) = opened(body["token"].as_str().unwrap());
        assert_eq!(header, r#"{"typ":"JWT","alg":"HS256"}"#);
        assert_eq!(body.as_object().unwrap().len(), 1);
        let text = |claim: &str| claims[claim].as_str().unwrap().to_owned();
        assert_eq!(
            (text("email"), text("name"), text("external_id")),
            (user.email.clone(), user.username.clone(), user.id.clone())
        );
        let signed_in = claims_of(&user.token)["iat"].as_i64().unwrap();
        assert!((signed_in..signed_in + 60).contains(&claims["iat"].as_i64().unwrap()));
        assert!(text("jti").len() >= 22 && ids.insert(text("jti")));
        for overwriting in ["role", "tags", "organizations"] {
            assert_eq!(claims[overwriting], Value::Null);
        }
    }
}

async fn sec_37_an_unconfirmed_address_gets_no_token(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;

    app.refuses(app.get(user.at("zendesk-token")).bearer(&user.token), 409)
        .await;

    let app = App::start_with(on, |settings| {
        settings.zendesk.require_confirmed_email = false;
    })
    .await;
    let user = app.person(&app.test, "u").await;
    app.get(user.at("zendesk-token"))
        .bearer(&user.token)
        .send()
        .await
        .expect(200);
}

async fn sec_37_the_token_is_for_oneself_alone(on: Backend) {
    let app = App::start(on).await;
    let user = app.confirmed(&app.acme, "u").await;
    let admin = app.administrator(&app.acme, "admin").await;
    let twin = app.confirmed(&app.test, "u").await;
    app.get(user.at("zendesk-token"))
        .bearer(&user.token)
        .send()
        .await
        .expect(200);

    for caller in [&admin, &twin, &app.master] {
        app.refuses(app.get(user.at("zendesk-token")).bearer(&caller.token), 403)
            .await;
    }
    app.refuses(app.get(user.at("zendesk-token")), 401).await;
    for path in [
        format!("/membership/zendesk-token/{}/{}", twin.tenant.id, user.id),
        format!("/membership/zendesk-token/{CANARY}/{}", user.id),
        format!("/membership/zendesk-token/{}/{CANARY}", user.tenant.id),
    ] {
        let answer = app.get(path).bearer(&user.token).send().await;
        assert!(matches!(answer.status, 403 | 404), "{answer}");
    }
}

async fn without_a_support_desk_there_is_nothing(on: Backend) {
    let app = App::start_with(on, |settings| settings.zendesk.secret = None).await;
    let user = app.confirmed(&app.test, "u").await;

    app.refuses(app.get(user.at("zendesk-token")).bearer(&user.token), 404)
        .await;
}

async fn sec_23_a_support_token_is_no_access_token(on: Backend) {
    let app = App::start(on).await;
    let user = app.confirmed(&app.test, "u").await;
    let answer = app
        .get(user.at("zendesk-token"))
        .bearer(&user.token)
        .send()
        .await
        .expect(200)
        .json();
    let token = answer["token"].as_str().unwrap();

    app.refuses(app.get(user.at("roles")).bearer(token), 401)
        .await;
    app.refresh(token)
        .await
        .expect_oauth_error(400, "invalid_grant");
    let body = json!({ "token": token });
    app.refuses(app.post("/membership/email-confirmations").json(&body), 400)
        .await;
}

/// Header and claims of a token that the shared secret signed.
fn opened(token: &str) -> (String, Value) {
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, ZENDESK_SECRET.as_bytes());
    hmac::verify(&key, signed.as_bytes(), &decode(signature))
        .expect("the shared secret's signature");
    let (header, _) = signed.split_once('.').unwrap();
    (String::from_utf8(decode(header)).unwrap(), claims_of(token))
}

fn claims_of(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap()
}
