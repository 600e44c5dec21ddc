use serde_json::json;

use crate::{answer::CANARY, app::App, home::Backend};

on_both![
    a_report_is_accepted_and_ignored,
    what_cannot_be_read_is_refused
];

async fn a_report_is_accepted_and_ignored(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let before = app.state().await;

    for body in [
        json!({"isUpdate": false, "tenant": "test", "username": "new", "email": "new@example.com"}),
        json!({"email": "taken@example.com", "username": user.username, "tenant": "test", "isUpdate": true}),
        json!({"isUpdate": true, "tenant": CANARY, "username": CANARY, "email": CANARY}),
        json!({"isUpdate": CANARY, "tenant": 7, "username": [CANARY], "email": {"a": CANARY}}),
        json!({}),
    ] {
        let request = app.post("/membership/identified-users").json(&body);
        request.clone().send().await.expect_no_content();
        request.bearer(CANARY).send().await.expect_no_content();
    }

    assert_eq!(app.state().await, before);
}

async fn what_cannot_be_read_is_refused(on: Backend) {
    let app = App::start(on).await;

    let request = app
        .post("/membership/identified-users")
        .json(&json!([CANARY]));
    app.refuses(request, 400).await;
}
