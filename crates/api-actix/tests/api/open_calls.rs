//! The operations that the contract leaves open to everybody, as they are limited by default (SEC-35).

use futures_util::future::join_all;
use serde_json::json;
use wiring::settings::Settings;

use crate::{
    answer::Answer,
    app::App,
    guessing::{source, usual},
    home::Backend,
    http::Request,
    people::PASSWORD,
};

on_both![
    sec_35_of_a_thousand_sign_outs_by_strangers_five_have_an_effect,
    sec_35_of_a_thousand_requests_for_confirmation_five_are_looked_at,
    sec_35_initialising_again_is_limited_by_source,
    sec_19_reset_requests_of_one_source_are_limited_and_answered_alike,
];

fn behind_a_proxy(settings: &mut Settings) {
    usual(settings);
    settings.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
}

/// The answers to a thousand of these, each from another source.
async fn a_thousand(request: &Request) -> Vec<Answer> {
    let mut answers = Vec::new();
    for begin in (0..1_000).step_by(20) {
        let requests = (begin..begin + 20).map(|number| {
            let request = request.clone().header("X-Forwarded-For", &source(number));
            request.send()
        });
        answers.extend(join_all(requests).await);
    }
    answers
}

async fn sec_35_of_a_thousand_sign_outs_by_strangers_five_have_an_effect(on: Backend) {
    let app = App::start_with(on, behind_a_proxy).await;
    let user = app.person(&app.acme, "u").await;
    let unknown = format!(
        "/membership/refresh-tokens/{}/{}",
        app.acme.id, app.master.id
    );

    let mut faces = Vec::new();
    for target in [user.at("refresh-tokens"), unknown] {
        let answers = a_thousand(&app.delete(target)).await;
        let mut done = 0;
        for answer in answers {
            if answer.status == 200 {
                done += 1;
                answer.expect_empty();
            } else {
                let limited = answer.expect_problem(429);
                assert!(limited.header("retry-after").is_some());
                let mut face = limited.face();
                face.1.retain(|(name, _)| name != "retry-after");
                faces.push(face);
            }
        }
        assert_eq!(done, 5, "whether or not there is such a user");
    }
    faces.dedup();
    assert_eq!(faces.len(), 1);

    app.refresh(&user.refresh_token)
        .await
        .expect_oauth_error(400, "invalid_grant");
    let user = app.signed_in(&app.acme, "u", PASSWORD).await;
    let end = app.delete(user.at("refresh-tokens"));
    let refused = end.clone().send().await;
    refused.expect_problem(429);
    app.refresh(&user.refresh_token).await.expect(200);
    for token in [&app.master.token, &user.token] {
        let user = app.signed_in(&app.acme, "u", PASSWORD).await;
        let end = end.clone().bearer(token).send().await;
        if token == &app.master.token {
            end.expect_empty();
            app.refresh(&user.refresh_token)
                .await
                .expect_oauth_error(400, "invalid_grant");
        } else {
            end.expect_problem(401);
        }
    }
}

async fn sec_35_of_a_thousand_requests_for_confirmation_five_are_looked_at(on: Backend) {
    let app = App::start_with(on, behind_a_proxy).await;
    let user = app.person(&app.acme, "u").await;
    let ask = app.post(user.at("email-confirmation-requests"));

    for answer in a_thousand(&ask).await {
        answer.expect_no_content();
    }

    let mails = app.mails_to(&user.email).await.len();
    assert_eq!(mails, 1 + 5, "that of the registration");
    ask.bearer(&user.token).send().await.expect_no_content();
    assert_eq!(app.mails_to(&user.email).await.len(), mails + 1);
}

async fn sec_35_initialising_again_is_limited_by_source(on: Backend) {
    let app = App::start_with(on, behind_a_proxy).await;
    let from = |source: &str| {
        let again = app.post("/membership/initialize");
        again.header("X-Forwarded-For", source).send()
    };

    for _ in 0..20 {
        from("192.0.2.1").await.expect_empty();
    }
    for _ in 0..5 {
        from("192.0.2.1").await.expect_problem(429);
    }

    from("192.0.2.2").await.expect_empty();
}

async fn sec_19_reset_requests_of_one_source_are_limited_and_answered_alike(on: Backend) {
    let app = App::start_with(on, usual).await;
    let user = app.person(&app.acme, "u").await;
    let before = app.mails_to(&user.email).await.len();
    let ask = |name: &str| {
        let body = json!({"tenant": "acme", "username": name});
        app.post("/membership/password-reset-requests")
            .json(&body)
            .send()
    };

    for number in 0..19 {
        ask(&format!("nobody{number}")).await.expect_no_content();
    }
    for _ in 0..5 {
        ask("u").await.expect_no_content();
    }

    assert_eq!(app.mails_to(&user.email).await.len(), before + 1);
}
