use std::time::Duration;

use serde_json::json;

use crate::{
    answer::{Answer, CANARY},
    app::{App, Service},
    home::Backend,
    http::exchange,
};

on_both![
    other_methods_are_not_allowed_and_told_which_are,
    too_large_a_head_is_refused,
    rel_12_a_client_that_stalls_in_its_body_is_told_so,
    sec_48_ambiguous_framing_and_unknown_codings_are_refused,
    answers_carry_reason_phrases_and_only_204_has_no_length,
    sec_41_every_problem_has_its_own_request_id_and_type,
];

async fn other_methods_are_not_allowed_and_told_which_are(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for (path, allowed) in [
        (user.at("roles").as_str(), &["GET", "PUT"] as &[&str]),
        (&user.at("refresh-tokens"), &["DELETE"]),
        (&user.at("zendesk-token"), &["GET"]),
        (&user.at("email-confirmation-requests"), &["POST"]),
        (
            &format!("/membership/password-reset-tokens/{}", user.id),
            &["GET"],
        ),
        ("/membership/registrations", &["POST"]),
        ("/membership/initialize", &["POST"]),
        ("/membership/identified-users", &["POST"]),
        ("/membership/email-confirmations", &["POST"]),
        ("/membership/password-reset-requests", &["POST"]),
        ("/membership/password-reset-confirmations", &["POST"]),
        ("/token", &["POST"]),
        ("/connect/token", &["POST"]),
        ("/tenants", &["GET", "POST"]),
        (
            &format!("/tenants/{}", app.acme.id),
            &["DELETE", "GET", "PUT"],
        ),
        (&format!("/tenants/{}/users", app.acme.id), &["GET"]),
    ] {
        for method in [
            "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW",
        ] {
            if allowed.contains(&method) {
                continue;
            }
            let answer = app
                .request(method, path)
                .bearer(&app.master.token)
                .send()
                .await
                .expect(405);
            let mut told: Vec<_> = answer
                .header("allow")
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .collect();
            told.retain(|method| !matches!(*method, "HEAD" | "OPTIONS"));
            told.sort_unstable();
            assert_eq!(told, allowed, "{method} {path}");
            if !path.ends_with("token") {
                answer.expect_problem(405);
            }
        }
    }
    assert!(app.refresh(&user.refresh_token).await.status == 200);
}

async fn too_large_a_head_is_refused(on: Backend) {
    let app = App::start(on).await;
    let large = CANARY.repeat(20_000);

    for request in [
        app.get(app.master.at("roles")).header("X-Large", &large),
        app.get(app.master.at("roles")).bearer(&large),
    ] {
        assert_eq!(request.send().await.status, 431);
    }
    let long = app
        .get(format!("/membership/password-reset-tokens/x?token={large}"))
        .send()
        .await;
    assert!(matches!(long.status, 414 | 431), "{long}");
}

async fn rel_12_a_client_that_stalls_in_its_body_is_told_so(on: Backend) {
    let short = |settings: &mut wiring::settings::Settings| {
        settings.server.request_timeout = Duration::from_secs(3);
    };
    let service = Service::start_with(on, short).await;
    let stalled = async |path: &str, media_type: &str| {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media_type}\r\nContent-Length: 100\r\n\r\n{CANARY}"
        );
        let answer = exchange(service.address, request.as_bytes()).await;
        Answer::read(&answer, false).unwrap().expect(408)
    };
    let form = "application/x-www-form-urlencoded";

    let (operation, token, page) = tokio::join!(
        stalled("/membership/email-confirmations", "application/json"),
        stalled("/token", form),
        stalled("/account/email-confirmation", form),
    );

    let problem = operation.expect_problem(408).json();
    assert_eq!(problem["code"], "request_timeout");
    let problem = token.expect_oauth_error(408, "invalid_request").json();
    assert_eq!(problem["code"], "request_timeout");
    assert_eq!(page.media_type(), Some("text/html"));
}

async fn sec_48_ambiguous_framing_and_unknown_codings_are_refused(on: Backend) {
    let app = App::start(on).await;
    let body = json!({"tenant": "test", "username": "master"}).to_string();
    let head = "POST /membership/password-reset-requests HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n";
    let before = app.state().await;

    for framing in [
        format!(
            "Content-Length: {0}\r\nContent-Length: {0}1\r\n",
            body.len()
        ),
        format!(
            "Content-Length: {}\r\nTransfer-Encoding: chunked\r\n",
            body.len()
        ),
        format!("Content-Length: +{}\r\n", body.len()),
        "Content-Length: -1\r\n".to_owned(),
        "Transfer-Encoding: chunked, identity\r\n".to_owned(),
        format!("Content-Length : {}\r\n", body.len()),
    ] {
        let answer = exchange(app.address, format!("{head}{framing}\r\n{body}").as_bytes()).await;
        let answer = Answer::read(&answer, false).unwrap();
        assert!(matches!(answer.status, 400 | 501), "{framing}: {answer}");
    }
    for coding in ["br", "gzip", "nonsense"] {
        let request = app
            .post("/membership/password-reset-requests")
            .header("Content-Encoding", coding);
        request
            .body("application/json", body.clone())
            .send()
            .await
            .expect(415);
    }
    assert_eq!(app.state().await, before);
}

async fn answers_carry_reason_phrases_and_only_204_has_no_length(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for (request, status, reason) in [
        (app.get(user.at("roles")).bearer(&user.token), 200, "OK"),
        (app.post("/membership/initialize"), 200, "OK"),
        (
            app.post(user.at("email-confirmation-requests")),
            204,
            "No Content",
        ),
        (
            app.post("/membership/email-confirmations"),
            400,
            "Bad Request",
        ),
        (app.get("/tenants"), 401, "Unauthorized"),
        (app.get("/tenants").bearer(&user.token), 403, "Forbidden"),
        (app.get("/nothing"), 404, "Not Found"),
        (app.get("/membership/initialize"), 405, "Method Not Allowed"),
        (
            app.get(user.at("zendesk-token")).bearer(&user.token),
            409,
            "Conflict",
        ),
        (
            app.post("/membership/email-confirmations")
                .body("text/plain", "x"),
            415,
            "Unsupported Media Type",
        ),
    ] {
        let answer = request.send().await;
        assert_eq!(
            (answer.status, answer.reason.as_str()),
            (status, reason),
            "{answer}"
        );
        assert_eq!(
            answer.header("content-length").is_some(),
            status != 204,
            "{answer}"
        );
    }
}

async fn sec_41_every_problem_has_its_own_request_id_and_type(on: Backend) {
    let app = App::start(on).await;

    let (one, other) = (
        app.get("/tenants").send().await.json(),
        app.get("/tenants").send().await.json(),
    );
    let missing = app.get("/nothing").send().await.json();

    assert_ne!(one["requestId"], other["requestId"]);
    assert_eq!(
        (&one["type"], &one["code"]),
        (&other["type"], &other["code"])
    );
    assert_ne!(one["code"], missing["code"]);
}
