//! Passwords over HTTP: which may be chosen, which cost no hash, and those that people bring from another program.

use std::sync::Arc;

use domain::{
    model::{Actor, Secret},
    services::ImportedUser,
};
use serde_json::{Value, json};
use testkit::PlainHasher;

use crate::{
    app::App,
    home::Backend,
    http::Request,
    people::{CLIENT_ID, CLIENT_SECRET, PASSWORD, Person, email_of},
};

on_both![
    sec_02_a_refused_password_is_told_why,
    sec_02_a_tenant_raises_its_minimum_and_platform_administrators_alone_set_it,
    sec_03_an_over_long_password_costs_no_hash_at_any_endpoint,
    sec_09_an_imported_password_signs_in_and_its_hash_is_renewed,
];

async fn sec_02_a_refused_password_is_told_why(on: Backend) {
    let app = App::start(on).await;

    for (password, status, reason, words) in [
        ("", 400, "missing", "is missing"),
        (
            &"x".repeat(257),
            400,
            "too_long",
            "is longer than 256 characters",
        ),
        (
            "fourteen chars",
            422,
            "too_short",
            "is shorter than 15 characters",
        ),
        (
            "CorrectHorseBatteryStaple",
            422,
            "common",
            "is on the list of common and breached passwords",
        ),
        (
            "$un5h1ne-2026-12-31",
            422,
            "common",
            "is on the list of common and breached passwords",
        ),
        (
            "Anna.Smith-2026!",
            422,
            "names_account",
            "is little more than the user name or address",
        ),
        (
            "acme-ACME-2026-12",
            422,
            "names_tenant",
            "is little more than the name of the tenant",
        ),
        (
            "Membership-2026-1",
            422,
            "names_product",
            "is little more than the name of this service",
        ),
    ] {
        let body = json!({
            "tenantId": app.acme.id, "username": "anna smith", "email": email_of("anna"), "password": password,
        });
        let request = app
            .post("/membership/registrations")
            .bearer(&app.master.token);
        let problem = app.refuses(request.json(&body), status).await.json();

        assert_eq!(
            problem["errors"],
            json!({"password": [words]}),
            "{password}"
        );
        assert_eq!(problem["reason"], reason, "{password}");
    }
    let registration = app
        .registration(&app.acme, "anna smith")
        .bearer(&app.master.token);
    registration.send().await.expect_success();
}

async fn sec_02_a_tenant_raises_its_minimum_and_platform_administrators_alone_set_it(on: Backend) {
    let app = App::start(on).await;
    let owner = app.administrator(&app.acme, "owner").await;
    let change = |caller: &Person, length: Value| {
        let request = app
            .put(format!("/tenants/{}", app.acme.id))
            .bearer(&caller.token);
        request.json(&json!({"minPasswordLength": length}))
    };
    let shown = async || {
        let request = app
            .get(format!("/tenants/{}", app.acme.id))
            .bearer(&app.master.token);
        request.send().await.expect(200).json()["minPasswordLength"].clone()
    };

    app.refuses(change(&owner, json!(40)), 403).await;
    for (length, status) in [
        (json!(14), 422),
        (json!(65), 422),
        (json!(-1), 400),
        (json!("many"), 400),
    ] {
        app.refuses(change(&app.master, length), status).await;
    }
    assert_eq!(shown().await, Value::Null);
    change(&app.master, json!(37)).send().await.expect_empty();
    assert_eq!(shown().await, 37);

    // 36 characters.
    let registration = app.registration(&app.acme, "late").bearer(&owner.token);
    let problem = app.refuses(registration, 422).await.json();
    assert_eq!(
        problem["errors"],
        json!({"password": ["is shorter than 37 characters"]})
    );
    app.person(&app.test, "late").await;
    app.signed_in(&app.acme, "owner", PASSWORD).await;
}

async fn sec_03_an_over_long_password_costs_no_hash_at_any_endpoint(on: Backend) {
    let hasher = Arc::new(PlainHasher::default());
    let counting = hasher.clone();
    let app = App::start_over(on, |ports| ports.hasher = counting).await;
    let anna = app.person(&app.acme, "anna").await;
    let token = app.reset_token(&anna).await;
    let work = || (hasher.hashed(), hasher.verified());

    for password in [257, 1_000_000, 10_000_000].map(|length| "x".repeat(length)) {
        for (request, status) in requests(&app, &anna, &token, &password) {
            let before = work();
            let answer = request.send().await;
            let expected = if password.len() > 1_000 { 413 } else { status };
            assert_eq!(
                answer.status,
                expected,
                "{} characters: {answer}",
                password.len()
            );
            assert_eq!(work(), before, "{} characters: {answer}", password.len());
        }
    }
    let before = work();
    app.signed_in(&app.acme, "anna", PASSWORD).await;
    assert_ne!(work(), before);
}

/// Every request that takes a password, and what answers one of 257 characters.
fn requests(app: &App, anna: &Person, token: &str, password: &str) -> Vec<(Request, u16)> {
    let registration = json!({
        "tenantId": app.acme.id, "username": "bert", "email": email_of("bert"), "password": password,
    });
    let confirmation = json!({"userId": anna.id, "token": token, "newPassword": password});
    let settings = |new: &str, current: &str| {
        let path = format!("/account-settings/{}/{}", anna.tenant.id, anna.id);
        let body = json!({"newPassword": new, "currentPassword": current});
        (app.put(path).bearer(&anna.token).json(&body), 400)
    };
    let page = |name: &str| {
        let form = [
            ("user", anna.id.as_str()),
            ("token", token),
            ("password", password),
            ("repeat", password),
        ];
        (app.post(format!("/account/{name}")).form(&form), 422)
    };
    let grant = [
        ("grant_type", "password"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("tenant", "acme"),
        ("username", "anna"),
        ("password", password),
    ];
    vec![
        (
            app.post("/membership/registrations")
                .bearer(&app.master.token)
                .json(&registration),
            400,
        ),
        (
            app.post("/membership/password-reset-confirmations")
                .json(&confirmation),
            400,
        ),
        settings(password, PASSWORD),
        settings("another long password", password),
        page("password-reset"),
        page("invitation"),
        (app.post("/token").form(&grant), 400),
    ]
}

/// Of "pässwörd of Zoë, 42", made by argon2-cffi, passlib, Django and libxcrypt, and as ASP.NET Core Identity does.
const IMPORTED: [&str; 6] = [
    "$argon2id$v=19$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$2Y2cT9m6tgCJue+G5PAHpUe3++9ozjHulHr3c3fyHX4",
    "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$n07+YLitQO9Eih7cPsw4dNOrfHvdR/0WiqjUZfqFevQ",
    "pbkdf2_sha256$1000$Xk3djangosalt$La3j5aun6p+Gw1JfYBL5t7qtXQOV6eNEwp7yLC2pS20=",
    "AQAAAAEAAAPoAAAAEDAxMjM0NTY3ODlhYmNkZWZ66ZTtXfgXSsEJV6URzHBinFA8IjVhY4DCloGx5e2e6A==",
    "$2y$05$/OK.fbVrR/bpIqNJ5ianF.wy5O7onkDgJu1RCY4QNvp9G4UTml1/m",
    "$2x$05$/OK.fbVrR/bpIqNJ5ianF.92dN4Sa/N28V53HUmtmS1M5lLlA7rIy",
];

async fn sec_09_an_imported_password_signs_in_and_its_hash_is_renewed(on: Backend) {
    let app = App::start(on).await;
    let password = "pässwörd of Zoë, 42";
    let operator = Actor::operator("import");
    let stored = async || {
        let acme = app.acme.id.parse().unwrap();
        let users = app
            .membership()
            .users
            .in_tenant(&operator, acme)
            .await
            .unwrap();
        let hashes = users.into_iter().map(|user| user.password.unwrap());
        hashes.map(|it| it.as_str().to_owned()).collect::<Vec<_>>()
    };

    for (number, hash) in IMPORTED.iter().enumerate() {
        let username = format!("zoe-{number}");
        let new = ImportedUser {
            tenant: app.acme.id.parse().unwrap(),
            email: email_of(&username).parse().unwrap(),
            username: username.parse().unwrap(),
            locale: None,
            password_hash: Secret::new((*hash).to_owned()),
        };
        app.membership()
            .registration
            .import(&operator, new)
            .await
            .unwrap();
        assert!(stored().await.iter().any(|it| it == hash), "{hash}");

        let refused = app
            .sign_in(&app.acme, &username, "pässwörd of Zoë, 43")
            .await;
        refused.expect_oauth_error(400, "invalid_grant");
        assert!(stored().await.iter().any(|it| it == hash), "{hash}");
        app.signed_in(&app.acme, &username, password).await;

        let renewed = stored().await;
        assert_eq!(renewed.len(), number + 1);
        let ours = |it: &String| it.starts_with("$bcrypt-hmac-sha384$");
        assert!(renewed.iter().all(ours), "{hash}");
        app.signed_in(&app.acme, &username, password).await;
        assert_eq!(stored().await, renewed, "{hash}");
    }
}
