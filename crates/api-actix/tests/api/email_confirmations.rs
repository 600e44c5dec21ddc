use serde_json::{Value, json};

use crate::{answer::CANARY, app::App, home::Backend, http::Request};

on_both![
    the_mailed_token_confirms_the_address,
    a_request_mails_another_link_and_both_work_until_one_is_used,
    a_request_answers_the_same_whether_or_not_the_user_exists,
    sec_15_a_token_works_once,
    sec_15_a_token_of_another_purpose_is_refused,
    unusable_tokens_are_refused,
    sec_23_neither_a_good_nor_a_bad_access_token_matters,
];

async fn the_mailed_token_confirms_the_address(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let support = app.get(user.at("zendesk-token")).bearer(&user.token);
    support.clone().send().await.expect_problem(409);

    let token = app.confirmation_token(&user).await;
    confirm(&app, &json!({ "token": token }))
        .send()
        .await
        .expect_no_content();

    support.send().await.expect(200);
}

async fn a_request_mails_another_link_and_both_work_until_one_is_used(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let first = app.confirmation_token(&user).await;

    app.post(user.at("email-confirmation-requests"))
        .send()
        .await
        .expect_no_content();

    let second = app.confirmation_token(&user).await;
    assert_ne!(first, second);
    assert_eq!(app.mails_to(&user.email).await.len(), 2);
    confirm(&app, &json!({ "token": first }))
        .send()
        .await
        .expect_no_content();
    app.refuses(confirm(&app, &json!({ "token": second })), 400)
        .await;
}

async fn a_request_answers_the_same_whether_or_not_the_user_exists(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let unknown = "d08403aec32847de974af1008cef86cc";
    let known = app
        .post(user.at("email-confirmation-requests"))
        .send()
        .await;
    let before = app.state().await;

    for (tenant, id) in [
        (app.test.id.as_str(), unknown),
        (unknown, user.id.as_str()),
        (app.acme.id.as_str(), user.id.as_str()),
        (CANARY, user.id.as_str()),
        (app.test.id.as_str(), CANARY),
        ("%2e%2e", "u%2F1%202"),
    ] {
        let request = app.post(format!(
            "/membership/email-confirmation-requests/{tenant}/{id}"
        ));
        assert_eq!(request.send().await.face(), known.face(), "{tenant} {id}");
    }
    assert_eq!(app.state().await, before);
}

async fn sec_15_a_token_works_once(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let token = app.confirmation_token(&user).await;

    confirm(&app, &json!({ "token": token }))
        .send()
        .await
        .expect_no_content();

    app.refuses(confirm(&app, &json!({ "token": token })), 400)
        .await;
}

async fn sec_15_a_token_of_another_purpose_is_refused(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let reset = app.reset_token(&user).await;

    for token in [&reset, &user.refresh_token, &user.token] {
        app.refuses(confirm(&app, &json!({ "token": token })), 400)
            .await;
    }

    app.get(user.at("zendesk-token"))
        .bearer(&user.token)
        .send()
        .await
        .expect_problem(409);
    app.reset(&user, &reset, "another long password")
        .send()
        .await
        .expect_no_content();
}

async fn unusable_tokens_are_refused(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let token = app.confirmation_token(&user).await;
    let mut forged = token.clone();
    forged.replace_range(30..31, if &token[30..31] == "A" { "B" } else { "A" });

    for body in [
        json!({}),
        json!({ "token": null }),
        json!({ "token": "" }),
        json!({ "token": CANARY }),
        json!({ "token": forged }),
        json!({ "token": format!("{token}A") }),
        json!({ "token": token[1..] }),
        json!({ "token": [token] }),
        json!({ "token": 7 }),
        json!({ "token": "é\u{0}%00" }),
    ] {
        app.refuses(confirm(&app, &body), 400).await;
    }
    confirm(&app, &json!({ "token": token }))
        .send()
        .await
        .expect_no_content();
}

async fn sec_23_neither_a_good_nor_a_bad_access_token_matters(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;

    for bearer in [user.token.as_str(), CANARY, ""] {
        let request = app
            .post(user.at("email-confirmation-requests"))
            .bearer(bearer);
        request.send().await.expect_no_content();
    }

    let token = app.confirmation_token(&user).await;
    confirm(&app, &json!({ "token": token }))
        .bearer(CANARY)
        .send()
        .await
        .expect_no_content();
}

fn confirm(app: &App, body: &Value) -> Request {
    app.post("/membership/email-confirmations").json(body)
}
