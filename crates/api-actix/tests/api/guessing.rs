//! Limits of guessing, as they are by default (SEC-07, SEC-08).

use futures_util::future::join_all;
use serde_json::json;
use wiring::settings::Settings;

use crate::{
    answer::Answer,
    app::{Api, App},
    home::{Backend, Home},
    http::Request,
    oauth_client::OAuthClient,
    people::{PASSWORD, Tenant},
    replicas::Replicas,
};

on_both![
    sec_07_a_limited_guess_is_answered_as_any_other_and_the_right_password_too,
    sec_07_a_source_makes_twenty_guesses_a_minute_whatever_it_says_of_itself,
    sec_07_the_present_password_is_not_guessed_without_end,
    sec_07_the_secret_of_a_client_is_not_guessed_without_end,
    sec_07_links_are_not_guessed_without_end,
    sec_08_after_a_thousand_failures_by_strangers_the_owner_signs_in,
];

pub(crate) const WRONG: &str = "a wrong password of somebody";
const NEW_PASSWORD: &str = "a new password of mine";

/// Behind a proxy that tells where callers are.
fn behind_a_proxy(settings: &mut Settings) {
    usual(settings);
    settings.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
}

/// The limits that hold where the operator says nothing.
pub(crate) fn usual(settings: &mut Settings) {
    settings.ratelimit.per_account = "10/h".parse().unwrap();
    settings.ratelimit.login_per_ip = "20/min".parse().unwrap();
    settings.ratelimit.anonymous_per_user = "5/h".parse().unwrap();
    settings.ratelimit.anonymous_per_ip = "20/min".parse().unwrap();
}

/// A source of its own for each number, none in the network of another.
pub(crate) fn source(number: usize) -> String {
    format!("10.{}.{}.1", number / 256, number % 256)
}

fn guess(api: Api, name: &str, password: &str) -> Request {
    let fields = [
        ("grant_type", "password"),
        ("tenant", "acme"),
        ("username", name),
        ("password", password),
    ];
    api.post("/token").form(&OAuthClient::first().form(&fields))
}

impl App {
    async fn guess_from(&self, source: &str, name: &str, password: &str) -> Answer {
        let request = guess(***self, name, password);
        request.header("X-Forwarded-For", source).send().await
    }

    async fn registered(&self, name: &str) {
        let registration = self
            .registration(&self.acme, name)
            .bearer(&self.master.token);
        registration.send().await.expect_success();
    }
}

async fn sec_07_a_limited_guess_is_answered_as_any_other_and_the_right_password_too(on: Backend) {
    let app = App::start_with(on, behind_a_proxy).await;
    app.registered("u").await;

    for name in ["u", "nobody"] {
        let first = app.guess_from(&source(0), name, WRONG).await;
        let first = first.expect_oauth_error(400, "invalid_grant");
        let guesses = (1..40).map(|number| {
            let app = &app;
            async move { app.guess_from(&source(number), name, WRONG).await }
        });
        for answer in join_all(guesses).await {
            assert_eq!(answer.face(), first.face());
        }
        let right = app.guess_from(&source(99), name, PASSWORD).await;
        assert_eq!(right.face(), first.face());
    }
}

async fn sec_07_a_source_makes_twenty_guesses_a_minute_whatever_it_says_of_itself(on: Backend) {
    let app = App::start_with(on, usual).await;
    app.registered("u").await;

    for number in 0..20 {
        let name = format!("nobody{number}");
        let guess = app.guess_from(&source(number), &name, WRONG).await;
        guess.expect_oauth_error(400, "invalid_grant");
    }

    let right = app.guess_from(&source(99), "u", PASSWORD).await;
    right.expect_oauth_error(400, "invalid_grant");
    app.signed_in(&Tenant::named("test"), "master", PASSWORD)
        .await;
}

async fn sec_07_the_present_password_is_not_guessed_without_end(on: Backend) {
    let app = App::start_with(on, usual).await;
    let user = app.person(&app.acme, "u").await;
    let change = |current: &str| {
        let settings = format!("/account-settings/{}/{}", user.tenant.id, user.id);
        let body = json!({"currentPassword": current, "newPassword": NEW_PASSWORD});
        app.put(settings).bearer(&user.token).json(&body)
    };

    for _ in 0..10 {
        change(WRONG).send().await.expect_problem(422);
    }
    for current in [WRONG, PASSWORD] {
        let answer = app.refuses(change(current), 429).await;
        let wait = answer.header("retry-after").unwrap();
        assert!((1..=5).contains(&wait.parse::<u32>().unwrap()), "{wait}");
    }
    app.signed_in(&app.acme, "u", PASSWORD).await;
}

async fn sec_07_the_secret_of_a_client_is_not_guessed_without_end(on: Backend) {
    let app = App::start_with(on, behind_a_proxy).await;
    let (first, user) = (OAuthClient::first(), app.person(&app.acme, "u").await);
    let wrong = first.with_secret("wrong");
    let ask = |client: &OAuthClient, source: &str| {
        let form = client.form(&[("token", "x")]);
        let request = app.post("/oauth/introspect").form(&form);
        request.header("X-Forwarded-For", source).send()
    };
    let stranger = source(1);

    for _ in 0..10 {
        ask(&wrong, &stranger)
            .await
            .expect_oauth_error(401, "invalid_client");
    }
    for client in [&wrong, &first] {
        let limited = ask(client, &stranger).await;
        let limited = limited.expect_oauth_error(429, "temporarily_unavailable");
        assert!(limited.header("retry-after").is_some());
    }
    ask(&first, &source(2)).await.expect(200);
    app.refresh(&user.refresh_token).await.expect(200);
}

async fn sec_07_links_are_not_guessed_without_end(on: Backend) {
    let app = App::start_with(on, usual).await;
    let user = app.person(&app.acme, "u").await;
    let token = app.confirmation_token(&user).await;
    let made_up = "x".repeat(token.len());
    let open = || {
        let link = format!("?user={}&token={made_up}", user.id);
        app.get(format!("/account/password-reset{link}")).send()
    };
    let confirm = |token: &str| {
        let request = app.post("/membership/email-confirmations");
        request.json(&json!({"token": token})).send()
    };

    for _ in 0..10 {
        open().await.expect(400);
        confirm(&made_up).await.expect_problem(400);
    }
    assert!(open().await.expect(429).header("retry-after").is_some());
    confirm(&made_up).await.expect_problem(429);

    confirm(&token).await.expect_no_content();
}

async fn sec_08_after_a_thousand_failures_by_strangers_the_owner_signs_in(on: Backend) {
    let app = App::start_with(on, behind_a_proxy).await;
    app.registered("u").await;
    let (home, neighbour, hotel) = ("192.0.2.1", "192.0.2.99", "198.51.100.1");
    let user = app.guess_from(home, "u", PASSWORD).await.expect(200).json();
    let id = user["user_id"].as_str().unwrap();
    let strangers = async || {
        for begin in (0..1_000).step_by(20) {
            let guesses = (begin..begin + 20).map(|number| {
                let app = &app;
                async move { app.guess_from(&source(number), "u", WRONG).await }
            });
            for answer in join_all(guesses).await {
                answer.expect_oauth_error(400, "invalid_grant");
            }
        }
    };

    strangers().await;
    for familiar in [home, neighbour] {
        app.guess_from(familiar, "u", PASSWORD).await.expect(200);
    }
    let elsewhere = app.guess_from(hotel, "u", PASSWORD).await;
    elsewhere.expect_oauth_error(400, "invalid_grant");

    let body = json!({"tenant": "acme", "username": "u"});
    let request = app.post("/membership/password-reset-requests").json(&body);
    request.send().await.expect_success();
    let email = crate::people::email_of("u");
    let link = app.newest_link(&email, "/account/password-reset").await;
    let body = json!({"userId": id, "newPassword": NEW_PASSWORD, "token": link.token});
    let reset = app
        .post("/membership/password-reset-confirmations")
        .json(&body);
    let reset = reset.header("X-Forwarded-For", hotel).send().await;
    reset.expect_success();
    strangers().await;
    for familiar in [home, hotel] {
        let answer = app.guess_from(familiar, "u", NEW_PASSWORD).await;
        answer.expect(200);
    }
}

#[tokio::test]
async fn sec_07_two_processes_on_one_database_count_together() {
    let limits = [
        ("RATELIMIT__PER_ACCOUNT", "10/h"),
        ("SERVER__TRUSTED_PROXIES", "127.0.0.0/8"),
        ("SERVER__REQUEST_TIMEOUT", "1m"),
        ("PASSWORD__QUEUE_TIMEOUT", "1m"),
    ];
    let home = Home::with(Backend::Postgres, &limits).await;
    let replicas = Replicas::start(&home, 2).await;
    let acme = replicas.apis()[0]
        .new_tenant(&replicas.master, "acme")
        .await;
    for (name, free) in [("one", 9), ("two", 10)] {
        let registration = replicas.apis()[0].registration(&acme, name);
        let registration = registration.bearer(&replicas.master.token);
        registration.send().await.expect_success();
        let guesses = (0..free).map(|number| {
            let api = replicas.apis()[number % 2];
            let request = guess(api, name, WRONG);
            request.header("X-Forwarded-For", &source(number)).send()
        });
        for answer in join_all(guesses).await {
            answer.expect_oauth_error(400, "invalid_grant");
        }
    }

    let right = |api: Api, name| {
        let request = guess(api, name, PASSWORD);
        request.header("X-Forwarded-For", "192.0.2.1").send()
    };
    // Before anything is hashed: the wait is one of seconds.
    for api in replicas.apis() {
        right(api, "two")
            .await
            .expect_oauth_error(400, "invalid_grant");
    }
    for api in replicas.apis() {
        right(api, "one").await.expect(200);
    }
}
