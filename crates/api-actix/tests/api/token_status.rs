//! Introspection (RFC 7662) and revocation (RFC 7009).

use serde_json::{Value, json};

use crate::{
    answer::{Answer, CANARY},
    app::App,
    home::{Backend, PUBLIC_URL},
    http::Request,
    oauth_client::{OAuthClient, claims},
};

on_both![
    sec_27_an_active_token_tells_whom_it_stands_for,
    sec_27_an_inactive_token_tells_nothing_else,
    sec_27_only_proved_confidential_clients_may_ask,
    sec_27_a_revoked_sign_in_is_over_and_others_are_not,
    sec_27_what_is_unknown_or_anothers_is_answered_alike_and_untouched,
    sec_27_whoever_does_not_say_who_it_is_revokes_nothing,
    sec_28_the_forms_are_read_as_strictly_as_the_token_endpoints,
];

async fn sec_27_an_active_token_tells_whom_it_stands_for(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "us er").await;
    app.grant(&user, "Support").await;
    let (first, said) = (OAuthClient::first(), claims(&user.token));
    let asker = app
        .client(
            "asker",
            "confidential",
            json!({"grants": ["client_credentials"]}),
        )
        .await;

    let access_token = json!({
        "active": true, "client_id": "canopy", "sub": user.id, "exp": said["exp"], "iat": said["iat"], "iss": PUBLIC_URL,
        "token_type": "Bearer", "jti": said["jti"], "aud": PUBLIC_URL, "username": "us er", "tenant": app.acme.id,
        "sid": said["sid"], "roles": ["Support"],
    });
    for client in [&first, &asker] {
        let answer = introspect(&app, client, &user.token).await;
        assert_eq!(answer.json(), access_token);
        assert_eq!(
            (answer.header("cache-control"), answer.header("pragma")),
            (Some("no-store"), Some("no-cache"))
        );
    }

    let told = introspect(&app, &first, &user.refresh_token).await.json();
    let refresh_token = json!({
        "active": true, "client_id": "canopy", "sub": user.id, "exp": told["exp"], "iat": told["iat"], "iss": PUBLIC_URL,
        "username": "us er", "tenant": app.acme.id, "sid": said["sid"], "roles": ["Support"],
    });
    assert_eq!(told, refresh_token);
    assert!(told["exp"].as_i64() > said["exp"].as_i64(), "{told}");

    let own = app.token_of(&asker).await;
    let (told, said) = (introspect(&app, &first, &own).await.json(), claims(&own));
    let own = json!({
        "active": true, "client_id": "asker", "sub": "asker", "exp": said["exp"], "iat": said["iat"], "iss": PUBLIC_URL,
        "token_type": "Bearer", "jti": said["jti"], "aud": PUBLIC_URL,
    });
    assert_eq!(told, own);
    app.refresh(&user.refresh_token).await.expect(200);
}

async fn sec_27_an_inactive_token_tells_nothing_else(on: Backend) {
    let app = App::start(on).await;
    let (user, over) = (
        app.person(&app.acme, "u").await,
        app.person(&app.test, "u").await,
    );
    let confirmation = app.confirmation_token(&user).await;
    let first = OAuthClient::first();
    let stranger = app.signing_client("stranger", "confidential").await;
    let abroad = app
        .client("abroad", "confidential", json!({"tenants": [app.test.id]}))
        .await;
    app.delete(over.at("refresh-tokens"))
        .send()
        .await
        .expect_empty();

    for (client, token) in [
        (&first, CANARY),
        (&first, &*format!("{CANARY}.{CANARY}.{CANARY}")),
        (&first, &confirmation),
        (&first, &over.token),
        (&first, &over.refresh_token),
        (&stranger, &user.refresh_token),
        (&abroad, &user.token),
    ] {
        let answer = introspect(&app, client, token).await;
        assert_eq!(
            answer.text(),
            r#"{"active":false}"#,
            "{} {token}",
            client.id
        );
    }
}

async fn sec_27_only_proved_confidential_clients_may_ask(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let public = app.signing_client("spa", "public").await;
    let there = app.signed_in_by(&public, &user).await;
    let first = OAuthClient::first();

    for (client, token) in [
        (&public, &there.token),
        (&public, &there.refresh_token),
        (&first.with_secret(CANARY), &user.token),
        (
            &OAuthClient {
                secret: None,
                ..first.clone()
            },
            &user.token,
        ),
        (
            &OAuthClient {
                id: CANARY.to_owned(),
                secret: None,
            },
            &user.token,
        ),
    ] {
        let form = asked("/oauth/introspect", &app, &client.form(&[("token", token)]));
        app.refuses_client(form, 401, "invalid_client").await;
        let basic = asked("/oauth/introspect", &app, &[("token", token)]);
        let basic = basic.header("Authorization", &client.basic());
        app.refuses_client(basic, 401, "invalid_client").await;
    }
    for request in [
        asked("/oauth/introspect", &app, &[("token", &user.token)]),
        asked("/oauth/introspect", &app, &[("token", &user.token)]).bearer(&user.token),
    ] {
        app.refuses_client(request, 401, "invalid_client").await;
    }
}

async fn sec_27_a_revoked_sign_in_is_over_and_others_are_not(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let clients = [
        OAuthClient::first(),
        app.signing_client("spa", "public").await,
    ];

    for client in &clients {
        for by_access_token in [true, false] {
            let over = app.signed_in_by(client, &user).await;
            let token = if by_access_token {
                &over.token
            } else {
                &over.refresh_token
            };
            app.bears(&over, true).await;

            // The hint is wrong or unknown, and no matter.
            for hint in ["refresh_token", "access_token", CANARY, "refresh_token"] {
                let fields = client.form(&[("token", token), ("token_type_hint", hint)]);
                revoked(asked("/oauth/revoke", &app, &fields)).await;
            }

            app.refresh_by(client, &over.refresh_token)
                .await
                .expect_oauth_error(400, "invalid_grant");
            app.bears(&over, false).await;
            app.bears(&user, true).await;
            app.refresh(&user.refresh_token).await.expect(200);
        }
    }
    let fields = [("token", &*user.refresh_token)];
    let basic = asked("/oauth/revoke", &app, &fields);
    revoked(basic.header("Authorization", &clients[0].basic())).await;
    app.bears(&user, false).await;
}

async fn sec_27_what_is_unknown_or_anothers_is_answered_alike_and_untouched(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let confirmation = app.confirmation_token(&user).await;
    let stranger = app.signing_client("stranger", "confidential").await;
    let own = asked(
        "/oauth/revoke",
        &app,
        &OAuthClient::first().form(&[("token", CANARY)]),
    );
    let known = revoked(own).await;

    for token in [&*user.token, &user.refresh_token, &confirmation, CANARY] {
        let fields = stranger.form(&[("token", token)]);
        let answer = revoked(asked("/oauth/revoke", &app, &fields)).await;
        assert_eq!(answer.face(), known.face());
    }

    app.bears(&user, true).await;
    app.refresh(&user.refresh_token).await.expect(200);
    let body = json!({"token": confirmation});
    let confirming = app.post("/membership/email-confirmations").json(&body);
    confirming.send().await.expect_no_content();
}

async fn sec_27_whoever_does_not_say_who_it_is_revokes_nothing(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let first = OAuthClient::first();
    let token = [("token", &*user.refresh_token)];

    for request in [
        asked("/oauth/revoke", &app, &token),
        asked("/oauth/revoke", &app, &token).bearer(&user.token),
        asked(
            "/oauth/revoke",
            &app,
            &first.with_secret(CANARY).form(&token),
        ),
        asked(
            "/oauth/revoke",
            &app,
            &OAuthClient {
                secret: None,
                ..first.clone()
            }
            .form(&token),
        ),
    ] {
        app.refuses_client(request, 401, "invalid_client").await;
    }
    app.bears(&user, true).await;
    app.refresh(&user.refresh_token).await.expect(200);
}

async fn sec_28_the_forms_are_read_as_strictly_as_the_token_endpoints(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let first = OAuthClient::first();
    let good = first.form(&[("token", &user.refresh_token)]);

    for path in ["/oauth/introspect", "/oauth/revoke"] {
        for fields in [
            first.form(&[]),
            first.form(&[("token", "")]),
            first.form(&[("token", "x"), ("token", "x")]),
            first.form(&[("token", "x"), ("token_type_hint", "")]),
        ] {
            app.refuses_grant(asked(path, &app, &fields), "invalid_request")
                .await;
        }
        let in_query = format!("{path}?{}", serde_urlencoded::to_string(&good).unwrap());
        app.refuses_grant(asked(&in_query, &app, &good), "invalid_request")
            .await;
        let body: Value = good.iter().map(|(name, value)| (*name, *value)).collect();
        app.refuses_grant(app.post(path).json(&body), "invalid_request")
            .await;
        app.get(path).send().await.expect_problem(405);
    }
    app.refresh(&user.refresh_token).await.expect(200);
}

fn asked(path: &str, app: &App, fields: &[(&str, &str)]) -> Request {
    app.post(path).form(fields)
}

async fn introspect(app: &App, client: &OAuthClient, token: &str) -> Answer {
    let request = asked("/oauth/introspect", app, &client.form(&[("token", token)]));
    request.send().await.expect(200)
}

/// RFC 7009 section 2.2: 200, and the body is of no interest.
async fn revoked(request: Request) -> Answer {
    let answer = request.send().await.expect_empty();
    assert_eq!(
        (answer.header("cache-control"), answer.header("pragma")),
        (Some("no-store"), Some("no-cache"))
    );
    answer
}
