//! The life of an OAuth client.

use serde_json::{Value, json};

use crate::{app::App, home::Backend, oauth_client::OAuthClient, people::CLIENT_ID};

on_both![
    a_client_is_made_shown_and_listed_and_its_secret_is_told_once,
    a_person_signs_in_by_a_new_client,
    two_secrets_are_good_at_a_time,
    a_disabled_client_is_nobody_until_it_is_enabled,
    a_deleted_client_is_gone_for_ever,
    sec_30_a_new_client_may_not_use_the_password_grant,
    a_client_that_may_not_refresh_gets_no_refresh_token,
    a_client_signs_in_people_of_its_tenants_alone,
    what_is_not_known_is_not_found,
];

async fn a_client_is_made_shown_and_listed_and_its_secret_is_told_once(on: Backend) {
    let app = App::start(on).await;
    let body = json!({
        "clientId": "portal/7", "kind": "confidential", "grants": ["refresh_token", "password"],
        "refreshPolicy": "rotate", "accessLifetime": 300, "idleLifetime": 3600, "absoluteLifetime": 7200,
        "tenants": [app.acme.id], "origins": ["https://portal.example.com"],
    });

    let made = app.as_master(app.post("/clients")).json(&body).send().await;

    let made = made.expect(201).json();
    let secret = made["clientSecret"].as_str().unwrap();
    assert_eq!(
        made,
        json!({"clientId": "portal/7", "clientSecret": secret})
    );
    let shown = shown(&app, "portal%2F7").await;
    let date = shown["createdAt"].as_str().unwrap();
    let form = date.replace(|it: char| it.is_ascii_digit(), "0");
    assert_eq!(form, "0000-00-00T00:00:00.000Z");
    let expected = json!({
        "clientId": "portal/7", "kind": "confidential", "grants": ["password", "refresh_token"],
        "refreshPolicy": "rotate", "accessLifetime": 300, "idleLifetime": 3600, "absoluteLifetime": 7200,
        "tenants": [app.acme.id], "origins": ["https://portal.example.com"], "isEnabled": true, "secrets": 1,
        "createdAt": date,
    });
    assert_eq!(shown, expected);
    let listed = app.clients().await;
    assert_eq!(listed[0]["clientId"], CLIENT_ID);
    assert_eq!(listed[1], expected);
}

async fn a_person_signs_in_by_a_new_client(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for kind in ["confidential", "public"] {
        let client = app.signing_client(kind, kind).await;
        let answer = app
            .sign_in_by(&client, &app.acme, "u")
            .send()
            .await
            .expect(200);
        assert_eq!(answer.json()["canopysimulations:client_id:"], kind);
        let signed_in = app.signed_in_by(&client, &user).await;
        app.bears(&signed_in, true).await;
        app.refresh_by(&client, &signed_in.refresh_token)
            .await
            .expect(200);
    }
}

async fn two_secrets_are_good_at_a_time(on: Backend) {
    let app = App::start(on).await;
    let client = app
        .client(
            "robot",
            "confidential",
            json!({"grants": ["client_credentials"]}),
        )
        .await;
    let rotation = app.as_master(app.post("/clients/robot/secrets"));
    let rotated = async || {
        let made = rotation.clone().send().await.expect(201).json();
        let secret = made["clientSecret"].as_str().unwrap();
        assert_eq!(made, json!({"clientSecret": secret}));
        client.with_secret(secret)
    };

    let second = rotated().await;
    app.token_of(&client).await;
    app.token_of(&second).await;
    assert_eq!(shown(&app, "robot").await["secrets"], 2);

    let third = rotated().await;
    app.token_of(&second).await;
    app.token_of(&third).await;
    let oldest = client.form(&[("grant_type", "client_credentials")]);
    app.refuses_grant(app.post("/token").form(&oldest), "invalid_client")
        .await;
    assert_eq!(shown(&app, "robot").await["secrets"], 2);
}

async fn a_disabled_client_is_nobody_until_it_is_enabled(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let client = app.signing_client("portal", "confidential").await;
    let user_there = app.signed_in_by(&client, &user).await;
    app.bears(&user_there, true).await;

    app.change_client(&client, json!({"isEnabled": false}))
        .await;

    refuses_everything(&app, &client, &user_there.refresh_token).await;
    app.bears(&user_there, false).await;
    app.bears(&user, true).await;

    app.change_client(&client, json!({"isEnabled": true})).await;
    app.refresh_by(&client, &user_there.refresh_token)
        .await
        .expect(200);
    app.bears(&user_there, true).await;
}

async fn a_deleted_client_is_gone_for_ever(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let client = app.signing_client("portal", "confidential").await;
    let user_there = app.signed_in_by(&client, &user).await;
    app.bears(&user_there, true).await;
    let delete = app.as_master(app.delete("/clients/portal"));

    delete.clone().send().await.expect_no_content();

    refuses_everything(&app, &client, &user_there.refresh_token).await;
    app.bears(&user_there, false).await;
    app.bears(&user, true).await;
    app.refuses(delete, 404).await;
    app.refuses(app.as_master(app.get("/clients/portal")), 404)
        .await;
    let body = json!({"clientId": "portal", "kind": "public"});
    app.refuses(app.as_master(app.post("/clients")).json(&body), 409)
        .await;
}

async fn sec_30_a_new_client_may_not_use_the_password_grant(on: Backend) {
    let app = App::start(on).await;
    app.person(&app.acme, "u").await;

    for kind in ["confidential", "public"] {
        let client = app.client(kind, kind, json!({})).await;
        let sign_in = app.sign_in_by(&client, &app.acme, "u");
        app.refuses_grant(sign_in.clone(), "unauthorized_client")
            .await;

        app.change_client(&client, json!({"grants": ["password", "refresh_token"]}))
            .await;
        sign_in.clone().send().await.expect(200);

        app.change_client(&client, json!({"grants": ["refresh_token"]}))
            .await;
        app.refuses_grant(sign_in, "unauthorized_client").await;
    }
}

async fn a_client_that_may_not_refresh_gets_no_refresh_token(on: Backend) {
    let app = App::start(on).await;
    app.person(&app.acme, "u").await;
    let client = app
        .client("portal", "public", json!({"grants": ["password"]}))
        .await;

    let answer = app
        .sign_in_by(&client, &app.acme, "u")
        .send()
        .await
        .expect(200)
        .json();

    assert!(answer["access_token"].is_string());
    assert_eq!(answer.get("refresh_token"), None);
}

async fn a_client_signs_in_people_of_its_tenants_alone(on: Backend) {
    let app = App::start(on).await;
    let (here, there) = (
        app.person(&app.acme, "u").await,
        app.person(&app.test, "u").await,
    );
    let client = app.signing_client("portal", "confidential").await;
    let (by_portal, by_portal_abroad) = (
        app.signed_in_by(&client, &here).await,
        app.signed_in_by(&client, &there).await,
    );

    app.change_client(&client, json!({"tenants": [app.acme.id]}))
        .await;

    app.sign_in_by(&client, &app.acme, "u")
        .send()
        .await
        .expect(200);
    app.refresh_by(&client, &by_portal.refresh_token)
        .await
        .expect(200);
    app.refuses_grant(app.sign_in_by(&client, &app.test, "u"), "invalid_grant")
        .await;
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*by_portal_abroad.refresh_token),
    ];
    app.refuses_grant(
        app.post("/token").form(&client.form(&refresh)),
        "invalid_grant",
    )
    .await;
}

async fn what_is_not_known_is_not_found(on: Backend) {
    let app = App::start(on).await;

    for id in [
        "portal",
        "Canopy",
        "n%C3%B6",
        "%ff",
        "a%20b",
        &"x".repeat(129),
    ] {
        for (method, path) in [
            ("GET", format!("/clients/{id}")),
            ("PUT", format!("/clients/{id}")),
            ("DELETE", format!("/clients/{id}")),
            ("POST", format!("/clients/{id}/secrets")),
        ] {
            let request = app.as_master(app.request(method, path)).json(&json!({}));
            app.refuses(request, 404).await;
        }
    }
}

async fn shown(app: &App, id: &str) -> Value {
    let question = app.as_master(app.get(format!("/clients/{id}")));
    question.send().await.expect(200).json()
}

async fn refuses_everything(app: &App, client: &OAuthClient, refresh_token: &str) {
    let sign_in = app.sign_in_by(client, &app.acme, "u");
    app.refuses_grant(sign_in, "invalid_client").await;
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    let refresh = app.post("/token").form(&client.form(&refresh));
    app.refuses_grant(refresh, "invalid_client").await;
}
