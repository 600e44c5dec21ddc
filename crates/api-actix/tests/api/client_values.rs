//! What can be said of an OAuth client, and what cannot.

use serde_json::{Value, json};

use crate::{answer::CANARY, app::App, home::Backend};

on_both![
    what_is_left_out_has_a_default,
    only_supplied_values_change,
    unusable_values_are_refused_by_their_name,
    what_a_public_client_cannot_be_is_refused,
    sec_33_nothing_else_can_be_set,
    an_access_token_lives_as_long_as_the_client_says,
];

async fn what_is_left_out_has_a_default(on: Backend) {
    let app = App::start(on).await;

    for (kind, policy, secrets) in [("confidential", "keep", 1), ("public", "rotate", 0)] {
        app.client(kind, kind, json!({})).await;

        let shown = shown(&app, kind).await;
        let expected = json!({
            "clientId": kind, "kind": kind, "grants": ["refresh_token"], "refreshPolicy": policy,
            "accessLifetime": shown["accessLifetime"], "idleLifetime": shown["idleLifetime"],
            "absoluteLifetime": shown["absoluteLifetime"], "tenants": [], "origins": [], "isEnabled": true,
            "secrets": secrets, "createdAt": shown["createdAt"],
        });
        assert_eq!(shown, expected);
        for lifetime in ["accessLifetime", "idleLifetime", "absoluteLifetime"] {
            assert!(
                shown[lifetime].as_u64().is_some_and(|it| it >= 60),
                "{lifetime}"
            );
        }
    }
}

async fn only_supplied_values_change(on: Backend) {
    let app = App::start(on).await;
    let client = app.client("portal", "confidential", json!({})).await;
    let mut expected = shown(&app, "portal").await;

    for (member, value) in [
        ("grants", json!(["password", "client_credentials"])),
        ("grants", json!(["client_credentials"])),
        ("refreshPolicy", json!("rotate")),
        ("refreshPolicy", json!("keep")),
        ("accessLifetime", json!(60)),
        ("idleLifetime", json!(3600)),
        ("absoluteLifetime", json!(7200)),
        ("tenants", json!([app.test.id])),
        ("tenants", json!([])),
        (
            "origins",
            json!(["http://localhost:3000", "https://portal.example.com"]),
        ),
        ("origins", json!([])),
        ("isEnabled", json!(false)),
    ] {
        app.change_client(&client, json!({ member: value })).await;
        expected[member] = value;
        assert_eq!(shown(&app, "portal").await, expected, "{member}");
    }
    app.change_client(&client, json!({"grants": null})).await;
    app.change_client(&client, json!({})).await;
    assert_eq!(shown(&app, "portal").await, expected);
}

async fn unusable_values_are_refused_by_their_name(on: Backend) {
    let app = App::start(on).await;
    app.client("portal", "confidential", json!({})).await;

    for (member, value) in [
        ("clientId", Value::Null),
        ("clientId", json!("")),
        ("clientId", json!(7)),
        ("clientId", json!(format!("{CANARY} x"))),
        ("clientId", json!(format!("{CANARY}\u{0}"))),
        ("clientId", json!(CANARY.repeat(13))),
        ("kind", Value::Null),
        ("kind", json!(CANARY)),
        ("kind", json!("Public")),
        ("grants", json!([])),
        ("grants", json!("password")),
        ("grants", json!(["password", CANARY])),
        ("grants", json!(["password", 7])),
        ("grants", json!({"password": true})),
        ("refreshPolicy", json!(CANARY)),
        ("accessLifetime", json!(59)),
        ("accessLifetime", json!(-60)),
        ("accessLifetime", json!(86401)),
        ("accessLifetime", json!(i64::MAX)),
        ("accessLifetime", json!("600")),
        ("idleLifetime", json!(0)),
        ("absoluteLifetime", json!(60)),
        ("tenants", json!([CANARY])),
        ("tenants", json!(["acme"])),
        ("tenants", json!([[]])),
        ("origins", json!([CANARY])),
        ("origins", json!(["*"])),
        ("origins", json!(["null"])),
        ("origins", json!(["https://portal.example.com/"])),
        ("origins", json!(["https://portal.example.com:443"])),
        ("origins", json!(["https://Portal.example.com"])),
        ("isEnabled", json!(CANARY)),
    ] {
        let mut body = json!({"clientId": "another", "kind": "confidential"});
        body[member] = value.clone();
        let creation = app.as_master(app.post("/clients")).json(&body);
        let refused = app.refuses(creation, 400).await.json();
        assert!(refused["errors"][member].is_array(), "{member} {refused}");
        if !["clientId", "kind"].contains(&member) {
            let change = app.as_master(app.put("/clients/portal"));
            let refused = app
                .refuses(change.json(&json!({ member: value })), 400)
                .await;
            assert!(
                refused.json()["errors"][member].is_array(),
                "{member} {refused}"
            );
        }
    }
    for body in ["[]", "null", "{"] {
        let creation = app.as_master(app.post("/clients"));
        app.refuses(creation.body("application/json", body), 400)
            .await;
    }
}

async fn what_a_public_client_cannot_be_is_refused(on: Backend) {
    let app = App::start(on).await;
    app.client("spa", "public", json!({})).await;

    for (member, value) in [
        ("grants", json!(["client_credentials"])),
        ("refreshPolicy", json!("keep")),
    ] {
        let change = app.as_master(app.put("/clients/spa"));
        let refused = app
            .refuses(change.json(&json!({ member: value })), 400)
            .await;
        assert!(refused.json()["errors"][member].is_array(), "{refused}");
    }
    app.refuses(app.as_master(app.post("/clients/spa/secrets")), 409)
        .await;
}

async fn sec_33_nothing_else_can_be_set(on: Backend) {
    let app = App::start(on).await;
    let smuggled = json!({
        "clientSecret": CANARY, "secretHashes": [CANARY], "secrets": 7, "version": 7, "createdAt": "1970-01-01T00:00:00Z",
    });
    let client = app.client("portal", "confidential", smuggled.clone()).await;
    let made = shown(&app, "portal").await;
    assert_ne!(client.secret.as_deref(), Some(CANARY));
    assert_eq!(made["secrets"], 1);
    assert!(!made["createdAt"].as_str().unwrap().starts_with("1970"));

    let mut change = smuggled;
    (change["clientId"], change["kind"]) = (json!("other"), json!("public"));
    app.change_client(&client, change).await;

    assert_eq!(shown(&app, "portal").await, made);
}

async fn an_access_token_lives_as_long_as_the_client_says(on: Backend) {
    let app = App::start(on).await;
    let robot = json!({"grants": ["client_credentials"], "accessLifetime": 1000});
    let client = app.client("robot", "confidential", robot).await;

    let form = client.form(&[("grant_type", "client_credentials")]);
    let answer = app
        .post("/token")
        .form(&form)
        .send()
        .await
        .expect(200)
        .json();

    let told = answer["expires_in"].as_u64().unwrap();
    assert!(
        (950..=1000).contains(&told),
        "less 5 percent at most: {told}"
    );
}

async fn shown(app: &App, id: &str) -> Value {
    let question = app.as_master(app.get(format!("/clients/{id}")));
    question.send().await.expect(200).json()
}
