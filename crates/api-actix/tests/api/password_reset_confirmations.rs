use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{answer::CANARY, app::App, home::Backend, http::Request, people::PASSWORD};

const NEW: &str = "another long password";

on_both![
    the_validity_of_a_link_can_be_asked_for_without_using_it_up,
    a_link_that_is_not_good_is_invalid,
    sec_17_a_reset_ends_every_session_voids_other_links_and_tells_the_owner,
    sec_15_a_link_works_once_for_its_one_user_and_purpose,
    unusable_confirmations_leave_the_link_as_it_was,
    sec_16_of_twenty_confirmations_at_once_one_succeeds_and_its_password_works,
    an_access_token_does_not_matter,
];

async fn the_validity_of_a_link_can_be_asked_for_without_using_it_up(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let token = app.reset_token(&user).await;

    for _ in 0..3 {
        validity(&app, &user.id, &token)
            .send()
            .await
            .expect_no_content();
    }

    app.reset(&user, &token, NEW)
        .send()
        .await
        .expect_no_content();
    app.refuses(validity(&app, &user.id, &token), 400).await;
}

async fn a_link_that_is_not_good_is_invalid(on: Backend) {
    let app = App::start(on).await;
    let (user, other) = (
        app.person(&app.test, "u").await,
        app.person(&app.test, "o").await,
    );
    let token = app.reset_token(&user).await;
    let confirmation = app.confirmation_token(&user).await;

    for (id, token) in [
        (user.id.as_str(), CANARY),
        (user.id.as_str(), ""),
        (user.id.as_str(), "a%2Fb%2Bc%3D%3D%26d+e"),
        (user.id.as_str(), "%ff%00"),
        (user.id.as_str(), confirmation.as_str()),
        (user.id.as_str(), user.refresh_token.as_str()),
        (other.id.as_str(), token.as_str()),
        ("d08403aec32847de974af1008cef86cc", token.as_str()),
        (CANARY, token.as_str()),
        ("u%2F1%202", token.as_str()),
    ] {
        app.refuses(validity(&app, id, token), 400).await;
    }
    app.refuses(
        app.get(format!("/membership/password-reset-tokens/{}", user.id)),
        400,
    )
    .await;
    validity(&app, &user.id, &token)
        .send()
        .await
        .expect_no_content();
}

async fn sec_17_a_reset_ends_every_session_voids_other_links_and_tells_the_owner(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let elsewhere = app.signed_in(&app.test, "u", PASSWORD).await;
    let (older, token) = (app.reset_token(&user).await, app.reset_token(&user).await);
    let mails = app.mails_to(&user.email).await.len();

    app.reset(&user, &token, NEW)
        .send()
        .await
        .expect_no_content();

    for session in [&user, &elsewhere] {
        app.refresh(&session.refresh_token)
            .await
            .expect_oauth_error(400, "invalid_grant");
    }
    app.sign_in(&app.test, "u", PASSWORD)
        .await
        .expect_oauth_error(400, "invalid_grant");
    app.signed_in(&app.test, "u", NEW).await;
    app.refuses(app.reset(&user, &older, PASSWORD), 400).await;
    let mails = app.mails_to(&user.email).await.split_off(mails);
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0].link().is_none_or(|link| link.token.is_empty()),
        "a notice signs nobody in"
    );
}

async fn sec_15_a_link_works_once_for_its_one_user_and_purpose(on: Backend) {
    let app = App::start(on).await;
    let (user, other) = (
        app.person(&app.test, "u").await,
        app.person(&app.test, "o").await,
    );
    let twin = app.person(&app.acme, "u").await;
    let token = app.reset_token(&user).await;
    let confirmation = app.confirmation_token(&user).await;

    for (person, token) in [
        (&other, &token),
        (&twin, &token),
        (&user, &confirmation),
        (&user, &user.refresh_token),
    ] {
        app.refuses(app.reset(person, token, NEW), 400).await;
    }
    app.reset(&user, &token, NEW)
        .send()
        .await
        .expect_no_content();
    app.refuses(app.reset(&user, &token, PASSWORD), 400).await;

    for (person, password) in [(&user, NEW), (&other, PASSWORD), (&twin, PASSWORD)] {
        app.signed_in(&person.tenant, &person.username, password)
            .await;
    }
}

async fn unusable_confirmations_leave_the_link_as_it_was(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let token = app.reset_token(&user).await;
    let good = json!({"userId": user.id, "newPassword": NEW, "token": token});

    for (status, member, value) in [
        (400, "userId", Value::Null),
        (400, "userId", json!(CANARY)),
        (400, "userId", json!(7)),
        (400, "newPassword", Value::Null),
        (400, "newPassword", json!("")),
        (400, "newPassword", json!(CANARY.repeat(30))),
        (400, "newPassword", json!({"a": CANARY})),
        (422, "newPassword", json!(CANARY)),
        (400, "token", Value::Null),
        (400, "token", json!("")),
        (400, "token", json!(CANARY)),
        (400, "token", json!(["x"])),
    ] {
        let mut body = good.clone();
        body[member] = value;
        app.refuses(
            app.post("/membership/password-reset-confirmations")
                .json(&body),
            status,
        )
        .await;
    }

    app.signed_in(&app.test, "u", PASSWORD).await;
    app.reset(&user, &token, NEW)
        .send()
        .await
        .expect_no_content();
}

async fn sec_16_of_twenty_confirmations_at_once_one_succeeds_and_its_password_works(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let token = app.reset_token(&user).await;
    let mails = app.mails_to(&user.email).await.len();
    let passwords: Vec<_> = (0..20)
        .map(|number| format!("long password number {number}"))
        .collect();

    let attempts = passwords
        .iter()
        .map(|password| app.reset(&user, &token, password).send());
    let answers = join_all(attempts).await;

    let succeeded: Vec<_> = answers
        .iter()
        .zip(&passwords)
        .filter(|it| it.0.status < 300)
        .collect();
    let others: BTreeSet<_> = answers
        .iter()
        .map(|it| it.status)
        .filter(|it| *it >= 300)
        .collect();
    assert_eq!((succeeded.len(), others), (1, BTreeSet::from([400])));
    app.signed_in(&app.test, "u", succeeded[0].1).await;
    assert_eq!(app.mails_to(&user.email).await.len(), mails + 1);
}

async fn an_access_token_does_not_matter(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;

    let body = json!({"tenant": "test", "username": "u"});
    app.post("/membership/password-reset-requests")
        .json(&body)
        .bearer(CANARY)
        .send()
        .await
        .expect_no_content();

    let token = app
        .newest_link(&user.email, "/account/password-reset")
        .await
        .token;
    validity(&app, &user.id, &token)
        .bearer(CANARY)
        .send()
        .await
        .expect_no_content();
    app.reset(&user, &token, NEW)
        .bearer(&user.token)
        .send()
        .await
        .expect_no_content();
}

fn validity(app: &App, user: &str, token: &str) -> Request {
    app.get(format!(
        "/membership/password-reset-tokens/{user}?token={token}"
    ))
}
