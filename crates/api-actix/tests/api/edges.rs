use serde_json::json;

use crate::{answer::CANARY, app::App, home::Backend, people::PASSWORD};

on_both![
    leading_slashes_collapse_before_routing,
    nothing_is_ever_redirected,
    an_empty_bearer_is_unauthenticated,
    ids_are_read_in_every_form_and_printed_in_one,
    path_segments_are_decoded_after_splitting,
    what_does_not_exist_is_not_found,
    sec_43_query_and_path_are_not_repeated,
    two_authorization_headers_are_unauthenticated,
];

async fn leading_slashes_collapse_before_routing(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for slashes in ["/", "//", "///", "//////"] {
        let roles = app
            .get(format!("{slashes}{}", user.at("roles")))
            .bearer(&user.token)
            .accept("text/plain");
        assert_eq!(roles.send().await.expect(200).json(), json!({"roles": []}));
        let path = format!("{slashes}membership/registrations");
        let body = json!({"tenantId": app.acme.id, "email": format!("s{}@b.example", slashes.len()), "username": slashes, "password": PASSWORD});
        app.post(path)
            .bearer(&app.master.token)
            .json(&body)
            .send()
            .await
            .expect_no_content();
    }
    let inner = app
        .get(format!(
            "//membership//roles///{}//{}?x=//",
            app.acme.id, user.id
        ))
        .bearer(&user.token);
    inner.send().await.expect(200);
}

async fn nothing_is_ever_redirected(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for path in [
        format!("{}/", user.at("roles")),
        "/membership".to_owned(),
        "/membership/".to_owned(),
        "/membership/registrations/".to_owned(),
        "/tenants/".to_owned(),
        "/token/".to_owned(),
        "//example.com/%2e%2e".to_owned(),
        "/membership/../token".to_owned(),
    ] {
        for request in [app.get(&path), app.post(&path)] {
            let answer = request
                .bearer(&user.token)
                .header("X-Forwarded-Proto", "http")
                .send()
                .await;
            assert!(
                !(300..400).contains(&answer.status) && answer.header("location").is_none(),
                "{path}: {answer}"
            );
        }
    }
}

async fn an_empty_bearer_is_unauthenticated(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let roles = app
        .get(user.at("roles"))
        .header("Content-Type", "application/json");
    roles.clone().bearer(&user.token).send().await.expect(200);
    roles
        .clone()
        .header("Authorization", &format!("bearer {}", user.token))
        .send()
        .await
        .expect(200);

    for value in [
        "Bearer ",
        "Bearer",
        "",
        " ",
        "Bearer  ",
        "Bearer a b",
        "bearer",
        "Token x",
        "\u{e9}",
    ] {
        app.refuses(roles.clone().header("Authorization", value), 401)
            .await;
    }
    app.refuses(roles, 401).await;
}

async fn ids_are_read_in_every_form_and_printed_in_one(on: Backend) {
    let app = App::start(on).await;
    let registered = app.person(&app.acme, "u").await;
    let dashed = |id: &str| [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-");

    for (number, (tenant, id)) in [
        (app.acme.id.to_uppercase(), registered.id.to_uppercase()),
        (dashed(&app.acme.id), dashed(&registered.id)),
        (dashed(&app.acme.id).to_uppercase(), registered.id.clone()),
    ]
    .iter()
    .enumerate()
    {
        let user = app.signed_in(&app.acme, "u", PASSWORD).await;
        app.get(format!("/membership/roles/{tenant}/{id}"))
            .bearer(&user.token)
            .send()
            .await
            .expect(200);
        let users = app
            .get(format!("/tenants/{tenant}/users"))
            .bearer(&user.token)
            .send()
            .await
            .expect(200);
        assert!(users.text().contains(&registered.id), "{users}");
        let body = json!({"tenantId": tenant, "email": format!("{number}@b.example"), "username": number.to_string(), "password": PASSWORD});
        app.post("/membership/registrations")
            .bearer(&app.master.token)
            .json(&body)
            .send()
            .await
            .expect_no_content();
        let token = app.reset_token(&registered).await;
        app.get(format!(
            "/membership/password-reset-tokens/{id}?token={token}"
        ))
        .send()
        .await
        .expect_no_content();
        let body = json!({"userId": id, "newPassword": PASSWORD, "token": token});
        app.post("/membership/password-reset-confirmations")
            .json(&body)
            .send()
            .await
            .expect_no_content();
        let again = app.signed_in(&app.acme, "u", PASSWORD).await;
        app.delete(format!("/membership/refresh-tokens/{tenant}/{id}"))
            .bearer(&again.token)
            .send()
            .await
            .expect_empty();
        app.refresh(&again.refresh_token)
            .await
            .expect_oauth_error(400, "invalid_grant");
    }
}

async fn path_segments_are_decoded_after_splitting(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let encoded = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<Vec<_>>()
            .concat()
    };

    let path = format!(
        "/membership/roles/{}/{}",
        encoded(&app.acme.id),
        encoded(&user.id).to_lowercase()
    );
    app.get(path).bearer(&user.token).send().await.expect(200);

    for path in [
        format!("/membership/roles/{}%2F{}", app.acme.id, user.id),
        format!("/membership/roles/{}/u%2F1%202", app.acme.id),
        format!("/membership/roles/{}/{}%00", app.acme.id, user.id),
        format!("/membership/roles/{}/%ff%fe", app.acme.id),
        format!("/membership/roles/{}/%zz", app.acme.id),
        format!("/membership/roles/{}/%2e%2e", app.acme.id),
        format!("/membership/roles/{}/ ", app.acme.id).replace(' ', "+"),
    ] {
        app.refuses(app.get(path).bearer(&app.master.token), 404)
            .await;
    }
}

async fn what_does_not_exist_is_not_found(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for path in [
        "/",
        "/membership",
        "/membership/roles",
        "/membership/nothing",
        "/Membership/Registrations",
        "/token/x",
        "/users",
        "/metrics",
        "/livez",
        "/readyz",
        "/health",
        "/%00",
        "/.env",
        "/account/nothing",
        &user.at("upvoty-token"),
        &format!("{}/x", user.at("roles")),
        &format!("/membership/{CANARY}"),
    ] {
        for request in [app.get(path), app.post(path), app.delete(path)] {
            app.refuses(request.bearer(&user.token), 404).await;
        }
    }
}

async fn sec_43_query_and_path_are_not_repeated(on: Backend) {
    let app = App::start(on).await;

    for request in [
        app.get(format!(
            "/membership/roles/{CANARY}/{CANARY}?{CANARY}={CANARY}"
        ))
        .bearer(&app.master.token),
        app.get(format!("/{CANARY}?{CANARY}")),
        app.get(format!("/tenants/{CANARY}"))
            .bearer(&app.master.token),
    ] {
        let request = request
            .header("X-Request-Id", CANARY)
            .header("User-Agent", CANARY);
        app.refuses(request, 404).await;
    }
}

async fn two_authorization_headers_are_unauthenticated(on: Backend) {
    let app = App::start(on).await;

    let request = app.get("/tenants").bearer(&app.master.token);

    app.refuses(request.bearer(&app.master.token), 401).await;
}
