use serde_json::json;

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    people::{CLIENT_ID, CLIENT_SECRET, PASSWORD},
    token::{grant, refresh},
};

on_both![
    sec_26_a_refresh_token_that_is_not_one_is_refused,
    a_client_that_is_not_known_is_invalid,
    sec_28_missing_empty_and_repeated_parameters_are_invalid,
    sec_28_credentials_in_the_query_are_invalid,
    other_grants_are_unsupported,
    other_media_types_are_invalid,
];

async fn sec_26_a_refresh_token_that_is_not_one_is_refused(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let (confirmation, reset) = (
        app.confirmation_token(&user).await,
        app.reset_token(&user).await,
    );
    let mut forged = user.refresh_token.clone();
    forged.replace_range(40..41, if &forged[40..41] == "A" { "B" } else { "A" });

    for token in [
        CANARY,
        &user.token,
        &confirmation,
        &reset,
        &forged,
        &user.refresh_token[1..],
        "a b+c&=",
    ] {
        app.refuses_grant(refresh(&app, token, &[]), "invalid_grant")
            .await;
    }
    app.refresh(&user.refresh_token).await.expect(200);
}

async fn a_client_that_is_not_known_is_invalid(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for (id, secret) in [
        (CANARY, CLIENT_SECRET),
        (CLIENT_ID, CANARY),
        (CLIENT_ID, "None"),
        ("Canopy", CLIENT_SECRET),
        ("n\u{f6} client", CLIENT_SECRET),
    ] {
        for first in [
            vec![
                ("grant_type", "password"),
                ("username", "u"),
                ("tenant", "acme"),
                ("password", PASSWORD),
            ],
            vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", &user.refresh_token),
            ],
        ] {
            let fields = [first, vec![("client_id", id), ("client_secret", secret)]].concat();
            app.refuses_grant(app.post("/token").form(&fields), "invalid_client")
                .await;
        }
    }
    app.refresh(&user.refresh_token).await.expect(200);
}

async fn sec_28_missing_empty_and_repeated_parameters_are_invalid(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for fields in [
        grant(
            "password",
            &[
                ("username", "u"),
                ("tenant", "acme"),
                ("password", PASSWORD),
            ],
        ),
        grant("refresh_token", &[("refresh_token", &user.refresh_token)]),
    ] {
        app.post("/token").form(&fields).send().await.expect(200);
        for (at, (name, value)) in fields.iter().enumerate() {
            let without: Vec<_> = fields.iter().filter(|it| it.0 != *name).copied().collect();
            let mut empty = fields.clone();
            empty[at].1 = "";
            let twice = [fields.clone(), vec![(name, value)]].concat();
            // Without a secret the client is a public one, which ours is not.
            let missing = if *name == "client_secret" {
                "invalid_client"
            } else {
                "invalid_request"
            };
            let answer = app.post("/token").form(&without).send().await;
            assert!(
                answer.json()["error"] == missing || answer.json()["error"] == "invalid_request",
                "{name}: {answer}"
            );
            answer.expect(400);
            app.refuses_grant(app.post("/token").form(&empty), "invalid_request")
                .await;
            app.refuses_grant(app.post("/token").form(&twice), "invalid_request")
                .await;
        }
    }
    for body in [
        "",
        "&&&",
        "grant_type",
        "grant_type=%ff&username=%zz",
        "\u{0}\u{1}",
    ] {
        let request = app
            .post("/token")
            .body("application/x-www-form-urlencoded", body);
        app.refuses_grant(request, "invalid_request").await;
    }
}

async fn sec_28_credentials_in_the_query_are_invalid(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let fields = grant("refresh_token", &[("refresh_token", &user.refresh_token)]);
    let query = serde_urlencoded::to_string(&fields).unwrap();

    for (query, body) in [
        (query.as_str(), &fields[..0]),
        (query.as_str(), &fields),
        ("client_secret=x", &fields),
        ("password=x", &fields),
        ("refresh_token=x", &fields),
    ] {
        app.refuses_grant(
            app.post(format!("/token?{query}")).form(body),
            "invalid_request",
        )
        .await;
    }
    app.get(format!("/token?{query}")).send().await.expect(405);
}

async fn other_grants_are_unsupported(on: Backend) {
    let app = App::start(on).await;

    for name in [CANARY, "authorization_code", "Password"] {
        app.refuses_grant(
            app.post("/token").form(&grant(name, &[])),
            "unsupported_grant_type",
        )
        .await;
    }
}

async fn other_media_types_are_invalid(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let fields = grant("refresh_token", &[("refresh_token", &user.refresh_token)]);
    let form = serde_urlencoded::to_string(&fields).unwrap();

    let body = json!({"grant_type": "refresh_token", "refresh_token": user.refresh_token, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET});
    app.refuses_grant(app.post("/token").json(&body), "invalid_request")
        .await;
    for media_type in [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "nonsense",
    ] {
        app.refuses_grant(
            app.post("/token").body(media_type, form.clone()),
            "invalid_request",
        )
        .await;
    }
    app.refuses_grant(app.post("/token"), "invalid_request")
        .await;
    for media_type in [
        "Application/X-WWW-Form-URLencoded",
        "application/x-www-form-urlencoded;charset=UTF-8",
    ] {
        app.post("/token")
            .body(media_type, form.clone())
            .accept("text/plain")
            .send()
            .await
            .expect(200);
    }
}
