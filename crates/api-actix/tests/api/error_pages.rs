//! What the `type` of a problem document leads to, and what every HTML answer carries.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::json;

use crate::{
    answer::{Answer, CANARY},
    app::{App, Service},
    home::{Backend, PUBLIC_URL},
    people::PASSWORD,
};

on_both![
    sec_41_every_refusal_is_a_problem_whose_type_is_a_page,
    sec_41_all_kinds_are_listed_and_documented,
    sec_40_every_html_answer_has_a_strict_policy,
    sec_40_answers_to_who_is_signed_in_are_not_stored,
    sec_41_nothing_from_outside_names_a_request,
];

async fn sec_41_every_refusal_is_a_problem_whose_type_is_a_page(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let deep = format!("{{\"role\": {}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let large = format!("{{\"role\": \"{}\"}}", "x".repeat(300_000));
    let role = || app.put(user.at("roles")).bearer(&app.master.token);
    let json = |body: &str| role().body("application/json", body);
    let weak = json!({"tenantId": app.acme.id, "email": "w@b.example", "username": "w", "password": "short"});
    let taken = json!({"tenantId": app.acme.id, "email": "u2@b.example", "username": "u", "password": PASSWORD});
    let register = || {
        app.post("/membership/registrations")
            .bearer(&app.master.token)
    };

    for (request, status, code) in [
        (
            json(&format!("{{\"role\": {CANARY}}}")),
            400,
            "malformed_body",
        ),
        (json(&format!("[\"{CANARY}\"]")), 400, "malformed_body"),
        (json(&deep), 400, "malformed_body"),
        (json(""), 400, "missing_body"),
        (
            json("{\"role\": 7, \"isEnabled\": true}"),
            400,
            "invalid_value",
        ),
        (
            json("{\"role\": \"Support\", \"isEnabled\": \"x\"}"),
            400,
            "invalid_value",
        ),
        (
            json("{\"role\": {\"a\": 1}, \"isEnabled\": true}"),
            400,
            "invalid_value",
        ),
        (json("{}"), 400, "invalid_value"),
        (app.get(user.at("roles")), 401, "unauthenticated"),
        (
            app.get(user.at("roles")).bearer(CANARY),
            401,
            "unauthenticated",
        ),
        (app.get("/tenants").bearer(&user.token), 403, "forbidden"),
        (
            app.get(format!("/tenants/{CANARY}"))
                .bearer(&app.master.token),
            404,
            "not_found",
        ),
        (app.get(format!("/{CANARY}")), 404, "not_found"),
        (
            app.request("PATCH", "/tenants").bearer(&app.master.token),
            405,
            "method_not_allowed",
        ),
        (register().json(&taken), 409, "conflict"),
        (json(&large), 413, "body_too_large"),
        (
            role().body("text/plain", CANARY),
            415,
            "unsupported_media_type",
        ),
        (register().json(&weak), 422, "unacceptable_value"),
        (
            app.get("/").header("X-Large", &"x".repeat(200_000)),
            431,
            "head_too_large",
        ),
    ] {
        let answer = request.send().await;
        assert_eq!(answer.status, status, "{code}: {answer}");
        let answer = answer.expect_problem(status);
        let problem = answer.json();
        assert_eq!(problem["code"], code, "{answer}");
        assert_eq!(answer.header("x-request-id"), problem["requestId"].as_str());
        let page = problem["type"]
            .as_str()
            .unwrap()
            .strip_prefix(PUBLIC_URL)
            .unwrap();
        let page = app.get(page).send().await.expect(200);
        assert_eq!(page.media_type(), Some("text/html"));
        let title = problem["title"].as_str().unwrap();
        assert!(
            page.text().contains(title) && page.text().contains(code),
            "{page}"
        );
    }
}

async fn sec_41_all_kinds_are_listed_and_documented(on: Backend) {
    let service = Service::start(on).await;
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api.md");
    let guide = fs::read_to_string(guide).unwrap();

    let index = service.get("/docs/errors").send().await.expect(200);
    let links = index.text().split("href=\"errors/").skip(1);
    let codes: BTreeSet<_> = links.map(|rest| rest.split('"').next().unwrap()).collect();

    assert!(codes.len() > 20, "{codes:?}");
    for code in codes {
        service
            .get(format!("/docs/errors/{code}"))
            .send()
            .await
            .expect(200);
        assert!(
            guide.contains(&format!("`{code}`")),
            "{code} is not in docs/api.md"
        );
    }
    let missing = service.get(format!("/docs/errors/{CANARY}")).send().await;
    missing.expect_problem(404);
}

async fn sec_40_every_html_answer_has_a_strict_policy(on: Backend) {
    let app = App::start(on).await;

    for (path, status) in [
        ("/docs", 200),
        ("/docs/", 200),
        ("/docs/errors", 200),
        ("/docs/errors/not_found", 200),
        ("/account/password-reset", 400),
        ("/account/invitation", 400),
        ("/account/email-confirmation", 400),
        ("/account/email-confirmation?token=x", 400),
    ] {
        let page = app.get(path).send().await.expect(status);
        assert_eq!(page.media_type(), Some("text/html"), "{path}");
        let policy = page.header("content-security-policy").unwrap();
        for directive in ["default-src 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(directive), "{path}: {policy}");
        }
        // The browser of the document is the one page with script, its own, and styles itself.
        let is_ours = !matches!(path, "/docs" | "/docs/");
        assert_eq!(
            policy.contains("base-uri 'none'"),
            is_ours,
            "{path}: {policy}"
        );
        assert_eq!(
            policy.contains("unsafe-inline"),
            !is_ours,
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("script-src 'unsafe") && !policy.contains("http"),
            "{policy}"
        );
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            page.header("cross-origin-opener-policy"),
            Some("same-origin")
        );
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    }
}

async fn sec_40_answers_to_who_is_signed_in_are_not_stored(on: Backend) {
    let app = App::start(on).await;
    let document = app.get("/openapi.json").send().await.expect(200).json();
    let tenant = format!("/tenants/{}/users", app.acme.id);

    let mut answers: Vec<(String, Answer)> = Vec::new();
    for path in [
        "/tenants",
        "/clients",
        "/connect/userinfo",
        &tenant,
        &app.master.at("roles"),
    ] {
        let answer = app
            .get(path)
            .bearer(&app.master.token)
            .send()
            .await
            .expect(200);
        answers.push((path.to_owned(), answer));
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"].to_string().contains("bearer") {
                let request = app.request(&method.to_uppercase(), path.replace(['{', '}'], ""));
                let answer = request.bearer(&app.master.token).send().await;
                answers.push((format!("{method} {path}"), answer));
            }
        }
    }

    for (asked, answer) in answers {
        assert_eq!(
            answer.header("cache-control"),
            Some("no-store"),
            "{asked}: {answer}"
        );
    }
}

async fn sec_41_nothing_from_outside_names_a_request(on: Backend) {
    let service = Service::start(on).await;

    let answer = service
        .get("/nothing")
        .header("X-Request-Id", CANARY)
        .header(
            "Traceparent",
            &format!("00-{}-{}-01", "a".repeat(32), "b".repeat(16)),
        )
        .send()
        .await
        .expect_problem(404);

    let id = answer.header("x-request-id").unwrap();
    assert!(
        id.len() == 16 && id.bytes().all(|it| it.is_ascii_hexdigit()),
        "{id}"
    );
}
