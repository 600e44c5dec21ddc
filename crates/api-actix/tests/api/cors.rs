//! Pages of other origins (the Fetch standard, section 3.3).

use std::collections::BTreeSet;

use serde_json::json;

use crate::{answer::Answer, app::App, home::Backend, http::Request, process::until};

const OWN: &str = "https://portal.example.com";
const OTHERS: [&str; 14] = [
    "null",
    "*",
    "",
    "https://other.example.com",
    "https://portal.example.com/",
    "https://portal.example.com:443",
    "https://portal.example.com:8443",
    "http://portal.example.com",
    "https://PORTAL.example.com",
    "https://portal.example.com.evil.example",
    "https://evilportal.example.com",
    "https://portal.example.co",
    "https://p\u{43e}rtal.example.com",
    "https://portal.example.com https://portal.example.com",
];

on_both![
    sec_47_no_origin_is_allowed_by_default,
    sec_47_pages_of_a_clients_origin_may_call_and_read,
    sec_47_other_origins_may_not,
    sec_47_an_origin_goes_with_its_client,
];

async fn sec_47_no_origin_is_allowed_by_default(on: Backend) {
    let app = App::start(on).await;

    for origin in OTHERS.into_iter().chain([OWN]) {
        refuses(&app, origin).await;
    }
}

async fn sec_47_pages_of_a_clients_origin_may_call_and_read(on: Backend) {
    let app = with_client(on).await;

    for (method, path) in [
        ("GET", "/connect/userinfo"),
        ("DELETE", "/tenants/x"),
        ("PUT", "/tenants/x"),
        ("POST", "/token"),
    ] {
        let preflight = preflight(&app, path, OWN, method);
        let preflight = preflight.header(
            "Access-Control-Request-Headers",
            "authorization,content-type",
        );
        let answer = preflight.send().await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(OWN));
        assert_eq!(
            list(&answer, "access-control-allow-methods"),
            BTreeSet::from(["DELETE", "GET", "POST", "PUT"].map(str::to_owned))
        );
        assert_eq!(
            list(&answer, "access-control-allow-headers"),
            BTreeSet::from(["authorization", "content-type"].map(str::to_owned))
        );
        assert_eq!(answer.header("access-control-max-age"), Some("600"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert!(answer.header("x-request-id").is_some(), "{answer}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(list(&answer, "vary").contains("Origin"), "{answer}");
    }
    for request in [
        app.get("/.well-known/jwks.json"),
        app.get("/connect/userinfo").bearer(&app.master.token),
        app.get("/connect/userinfo"),
        app.post("/token"),
        app.get("/nothing"),
    ] {
        let plain = request.clone().send().await;
        assert_eq!(cors_headers(&plain), [""; 0]);
        assert!(list(&plain, "vary").contains("Origin"), "{plain}");

        let answer = request.header("Origin", OWN).send().await;
        assert_eq!(
            (answer.status, answer.media_type()),
            (plain.status, plain.media_type())
        );
        assert_eq!(cors_headers(&answer), ["access-control-allow-origin"]);
        assert_eq!(answer.header("access-control-allow-origin"), Some(OWN));
    }
    for (method, headers) in [
        ("PATCH", "content-type"),
        ("GET", "x-evil"),
        ("TRACE", "authorization"),
    ] {
        let preflight = preflight(&app, "/token", OWN, method);
        let preflight = preflight.header("Access-Control-Request-Headers", headers);
        let refused = preflight.send().await.expect_problem(400);
        assert_eq!(cors_headers(&refused), [""; 0]);
    }
}

async fn sec_47_other_origins_may_not(on: Backend) {
    let app = with_client(on).await;

    for origin in OTHERS {
        refuses(&app, origin).await;
    }
}

async fn sec_47_an_origin_goes_with_its_client(on: Backend) {
    let app = with_client(on).await;
    let change = app.as_master(app.put("/clients/portal"));

    change
        .json(&json!({"isEnabled": false}))
        .send()
        .await
        .expect_no_content();

    until(async || !allows(&app, OWN).await).await;
    refuses(&app, OWN).await;
}

/// With a client whose pages have the origin, once that is known.
async fn with_client(on: Backend) -> App {
    let app = App::start(on).await;
    app.client("portal", "public", json!({"origins": [OWN]}))
        .await;
    until(async || allows(&app, OWN).await).await;
    app
}

async fn allows(app: &App, origin: &str) -> bool {
    let request = app.get("/.well-known/jwks.json").header("Origin", origin);
    let answer = request.send().await.expect(200);
    answer.header("access-control-allow-origin") == Some(origin)
}

/// The page gets no answer that a browser would show it.
async fn refuses(app: &App, origin: &str) {
    let simple = app.get("/.well-known/jwks.json").header("Origin", origin);
    let answer = simple.send().await.expect(200);
    assert_eq!(cors_headers(&answer), [""; 0], "{origin}");

    let answer = preflight(app, "/connect/userinfo", origin, "GET")
        .send()
        .await;
    let answer = answer.expect_problem(400);
    assert_eq!(cors_headers(&answer), [""; 0], "{origin}");
    assert!(answer.header("x-request-id").is_some(), "{answer}");
}

fn preflight(app: &App, path: &str, origin: &str, method: &str) -> Request {
    app.request("OPTIONS", path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
}

fn cors_headers(answer: &Answer) -> Vec<String> {
    let names = answer.headers.iter().map(|it| it.0.to_lowercase());
    names
        .filter(|name| name.starts_with("access-control-"))
        .collect()
}

fn list(answer: &Answer, name: &str) -> BTreeSet<String> {
    let items = answer.header(name).unwrap_or_default().split(',');
    items.map(|item| item.trim().to_owned()).collect()
}
