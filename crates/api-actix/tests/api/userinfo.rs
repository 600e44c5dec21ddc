use serde_json::json;

use crate::{answer::CANARY, app::App, home::Backend};

on_both![
    a_person_is_told_who_one_is_as_things_are_now,
    whoever_is_nobody_is_told_nothing,
];

async fn a_person_is_told_who_one_is_as_things_are_now(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "us er").await;
    let question = app.get("/connect/userinfo").bearer(&user.token);
    let mut expected = json!({"sub": user.id, "name": "us er", "tenant": app.acme.id, "roles": []});

    let answer = question.clone().send().await.expect(200);
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    app.grant(&user, "Support").await;
    app.grant(&user, "TenantAdministrator").await;
    expected["roles"] = json!(["Support", "TenantAdministrator"]);
    assert_eq!(question.send().await.expect(200).json(), expected);
}

async fn whoever_is_nobody_is_told_nothing(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let question = app.get("/connect/userinfo");

    app.refuses(question.clone(), 401).await;
    for bearer in [CANARY, &user.refresh_token] {
        app.refuses(question.clone().bearer(bearer), 401).await;
    }
    let in_query = app.get(format!("/connect/userinfo?access_token={}", user.token));
    app.refuses(in_query, 401).await;
    app.delete(user.at("refresh-tokens"))
        .send()
        .await
        .expect_empty();
    app.refuses(question.bearer(&user.token), 401).await;
}
