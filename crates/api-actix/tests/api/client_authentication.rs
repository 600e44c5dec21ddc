//! How a client says who it is (RFC 6749 section 2.3), and what it is given for itself.

use data_encoding::BASE64;
use serde_json::json;

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    oauth_client::{OAuthClient, claims},
    people::CLIENT_ID,
};

on_both![
    http_basic_is_as_good_as_the_form,
    a_client_that_http_basic_does_not_prove_is_challenged,
    sec_28_one_way_at_a_time_and_whole,
    a_bearer_token_is_ignored,
    a_public_client_names_itself_and_no_more,
    a_client_is_given_a_token_of_its_own,
    a_clients_own_token_opens_nothing_of_a_person,
];

const REFRESH: &str = "refresh_token";

async fn http_basic_is_as_good_as_the_form(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let first = OAuthClient::first();
    let raw = format!("{}:{}", first.id, first.secret.as_deref().unwrap());

    for header in [
        first.basic(),
        first.basic().replace("Basic", "basic"),
        format!("Basic {}", BASE64.encode(raw.as_bytes())),
    ] {
        let request = refresh(&app, &user.refresh_token, &[]);
        let answer = request.header("Authorization", &header).send().await;
        assert_eq!(answer.expect(200).json()["user_id"], user.id);
    }
    let named = refresh(&app, &user.refresh_token, &[("client_id", CLIENT_ID)]);
    named
        .header("Authorization", &first.basic())
        .send()
        .await
        .expect(200);
}

async fn a_client_that_http_basic_does_not_prove_is_challenged(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for (id, secret) in [
        (CLIENT_ID, Some(CANARY)),
        (CLIENT_ID, None),
        (CANARY, Some(CANARY)),
    ] {
        let client = OAuthClient {
            id: id.to_owned(),
            secret: secret.map(str::to_owned),
        };
        let request = refresh(&app, &user.refresh_token, &[]);
        let request = request.header("Authorization", &client.basic());
        app.refuses_client(request, 401, "invalid_client").await;
    }
    let digest = refresh(&app, &user.refresh_token, &[]).header("Authorization", "Digest x");
    app.refuses_client(digest, 401, "invalid_client").await;
    app.refresh(&user.refresh_token).await.expect(200);
}

async fn sec_28_one_way_at_a_time_and_whole(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let first = OAuthClient::first();
    let (good, secret) = (first.basic(), first.secret.as_deref().unwrap());

    for (headers, more) in [
        (
            &[&*good][..],
            &[("client_id", CLIENT_ID), ("client_secret", secret)][..],
        ),
        (&[&good], &[("client_secret", secret)]),
        (&[&good], &[("client_id", CANARY)]),
        (&[&good, &good], &[]),
        (&[&good, "Bearer x"], &[]),
        (&["Basic"], &[]),
        (&["Basic !"], &[]),
        (&["Basic Y2Fub3B5"], &[]),
        (
            &["Basic !"],
            &[("client_id", CLIENT_ID), ("client_secret", secret)],
        ),
    ] {
        let request = refresh(&app, &user.refresh_token, more);
        let request = headers.iter().fold(request, |request, value| {
            request.header("Authorization", value)
        });
        app.refuses_grant(request, "invalid_request").await;
    }
    app.refresh(&user.refresh_token).await.expect(200);
}

async fn a_bearer_token_is_ignored(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let first = OAuthClient::first();
    let own = first.form(&[]);

    for bearer in [&*user.token, CANARY, ""] {
        let request = refresh(&app, &user.refresh_token, &own);
        request.bearer(bearer).send().await.expect(200);
    }
}

async fn a_public_client_names_itself_and_no_more(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let client = app.signing_client("spa", "public").await;
    let there = app.signed_in_by(&client, &user).await;

    let request = refresh(&app, &there.refresh_token, &[]);
    let answer = request
        .header("Authorization", &client.basic())
        .send()
        .await;
    let next = answer.expect(200).json()[REFRESH]
        .as_str()
        .unwrap()
        .to_owned();
    app.refresh_by(&client, &next).await.expect(200);
    let own_token = client.form(&[("grant_type", "client_credentials")]);
    app.refuses_grant(app.post("/token").form(&own_token), "unauthorized_client")
        .await;
}

async fn a_client_is_given_a_token_of_its_own(on: Backend) {
    let app = App::start(on).await;
    let client = app
        .client(
            "robot",
            "confidential",
            json!({"grants": ["client_credentials"]}),
        )
        .await;
    let grant = [("grant_type", "client_credentials")];

    for request in [
        app.post("/token").form(&client.form(&grant)),
        app.post("/connect/token")
            .form(&grant)
            .header("Authorization", &client.basic()),
    ] {
        let answer = request.send().await.expect(200);

        assert_eq!(
            (answer.header("cache-control"), answer.header("pragma")),
            (Some("no-store"), Some("no-cache"))
        );
        let body = answer.json();
        let expected = json!({
            "access_token": body["access_token"], "token_type": "bearer", "expires_in": body["expires_in"],
        });
        assert_eq!(body, expected);
        let claims = claims(body["access_token"].as_str().unwrap());
        assert_eq!(
            (&claims["sub"], &claims["client_id"]),
            (&json!("robot"), &json!("robot"))
        );
        assert!(
            claims.get("tenant").is_none() && claims.get("sid").is_none(),
            "{claims}"
        );
    }
    let first = OAuthClient::first();
    let request = app.post("/token").form(&first.form(&grant));
    app.refuses_grant(request, "unauthorized_client").await;
}

async fn a_clients_own_token_opens_nothing_of_a_person(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let client = app
        .client(
            "robot",
            "confidential",
            json!({"grants": ["client_credentials"]}),
        )
        .await;
    let token = app.token_of(&client).await;

    for path in [
        "/connect/userinfo".to_owned(),
        "/tenants".to_owned(),
        "/clients".to_owned(),
        user.at("roles"),
        format!("/sessions/{}/{}", app.acme.id, user.id),
    ] {
        app.refuses(app.get(path).bearer(&token), 403).await;
    }
    let grant = [("grant_type", REFRESH), (REFRESH, &*token)];
    app.refuses_grant(
        app.post("/token").form(&client.form(&grant)),
        "unauthorized_client",
    )
    .await;
}

fn refresh(app: &App, token: &str, more: &[(&str, &str)]) -> Request {
    let grant = [("grant_type", REFRESH), (REFRESH, token)];
    app.post("/token").form(&[&grant, more].concat())
}
