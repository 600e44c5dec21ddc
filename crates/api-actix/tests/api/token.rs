use serde_json::{Value, json};

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    people::{CLIENT_ID, CLIENT_SECRET, PASSWORD},
};

on_both![
    a_sign_in_answers_completely,
    a_refresh_answers_completely_with_the_same_refresh_token,
    a_refresh_ignores_its_tenant,
    the_other_address_of_the_endpoint_is_the_same_endpoint,
    sec_22_only_what_we_signed_is_an_access_token,
];

async fn a_sign_in_answers_completely(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "us er").await;

    let answer = app.sign_in(&app.acme, "us er", PASSWORD).await.expect(200);

    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(
        (answer.header("cache-control"), answer.header("pragma")),
        (Some("no-store"), Some("no-cache"))
    );
    let body = answer.json();
    assert_complete(&body, &user.id, &app.acme.id, "us er");
    assert_eq!(body["roles"], "");
    let middle = body["access_token"]
        .as_str()
        .unwrap()
        .split('.')
        .nth(1)
        .unwrap();
    let claims: Value = serde_json::from_slice(
        &data_encoding::BASE64URL_NOPAD
            .decode(middle.as_bytes())
            .unwrap(),
    )
    .unwrap();
    assert_eq!(
        (&claims["sub"], &claims["tenant"]),
        (&json!(user.id), &json!(app.acme.id))
    );
    let lives = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!(
        (30..=60).contains(&(lives - body["expires_in"].as_i64().unwrap())),
        "a little longer than it says: {claims}"
    );
}

async fn a_refresh_answers_completely_with_the_same_refresh_token(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for _ in 0..3 {
        let answer = app.refresh(&user.refresh_token).await.expect(200);

        let body = answer.json();
        assert_complete(&body, &user.id, &app.acme.id, "u");
        assert_eq!(body["refresh_token"], user.refresh_token);
        assert_ne!(body["access_token"], user.token);
        assert_eq!(
            (answer.header("cache-control"), answer.header("pragma")),
            (Some("no-store"), Some("no-cache"))
        );
        app.get(user.at("roles"))
            .bearer(body["access_token"].as_str().unwrap())
            .send()
            .await
            .expect(200);
    }
}

async fn a_refresh_ignores_its_tenant(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for tenant in [app.acme.id.as_str(), "acme", "test", CANARY] {
        let answer = refresh(&app, &user.refresh_token, &[("tenant", tenant)])
            .send()
            .await
            .expect(200)
            .json();
        assert_eq!(answer["tenant_id"], app.acme.id);
    }
}

async fn the_other_address_of_the_endpoint_is_the_same_endpoint(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for target in ["/connect/token", "//token", "///token", "//connect/token"] {
        let fields = grant("refresh_token", &[("refresh_token", &user.refresh_token)]);
        app.post(target).form(&fields).send().await.expect(200);
        app.refuses_grant(
            app.post(target)
                .form(&grant("refresh_token", &[("refresh_token", CANARY)])),
            "invalid_grant",
        )
        .await;
    }
}

async fn sec_22_only_what_we_signed_is_an_access_token(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let (head, signature) = user.token.rsplit_once('.').unwrap();
    let (header, claims) = head.split_once('.').unwrap();
    let encode = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
    app.get(user.at("roles"))
        .bearer(&user.token)
        .send()
        .await
        .expect(200);

    for token in [
        format!("{}.{claims}.", encode(r#"{"alg":"none","typ":"at+jwt"}"#)),
        format!(
            "{}.{claims}.{signature}",
            encode(r#"{"alg":"HS256","typ":"at+jwt"}"#)
        ),
        format!(
            "{header}.{}.{signature}",
            encode(&format!(
                r#"{{"sub":"{}","tenant":"{}"}}"#,
                app.master.id, app.test.id
            ))
        ),
        format!("{header}.{claims}"),
        format!("{header}.{claims}.{signature}AA"),
        format!("{}x", user.token),
        CANARY.to_owned(),
        format!("{CANARY}.{CANARY}.{CANARY}"),
        user.refresh_token.clone(),
    ] {
        app.refuses(app.get(user.at("roles")).bearer(&token), 401)
            .await;
    }
    app.refuses(
        app.get(format!("{}?access_token={}", user.at("roles"), user.token)),
        401,
    )
    .await;
    let basic = app
        .get(user.at("roles"))
        .header("Authorization", &format!("Basic {}", user.token));
    app.refuses(basic, 401).await;
}

#[track_caller]
fn assert_complete(body: &Value, user: &str, tenant: &str, username: &str) {
    for text in ["access_token", "refresh_token", ".issued", ".expires"] {
        assert!(
            body[text].as_str().is_some_and(|it| !it.is_empty()),
            "no {text}"
        );
    }
    assert!(
        body["expires_in"].as_i64().is_some_and(|it| it > 0),
        "an integer of seconds"
    );
    assert!(body["roles"].is_string() && body["two_factor_enabled"] == false);
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(
        (&body["user_id"], &body["tenant_id"], &body["username"]),
        (&json!(user), &json!(tenant), &json!(username))
    );
    assert_eq!(body["canopysimulations:client_id:"], CLIENT_ID);
    for date in [".issued", ".expires"] {
        let shown = body[date].as_str().unwrap();
        let form = shown.replace(|it: char| it.is_ascii_digit(), "0");
        assert!(
            form.len() == 29 && form.ends_with(" 0000 00:00:00 GMT"),
            "{form}"
        );
    }
}

pub(crate) fn grant<'a>(name: &'a str, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let client = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
    [&[("grant_type", name)], fields, &client].concat()
}

pub(crate) fn refresh(app: &App, token: &str, more: &[(&str, &str)]) -> Request {
    app.post("/token").form(&grant(
        "refresh_token",
        &[&[("refresh_token", token)], more].concat(),
    ))
}
