use serde_json::{Value, json};

use crate::{answer::CANARY, app::App, home::Backend, http::Request};

on_both![
    a_request_by_address_or_by_name_mails_one_link,
    an_empty_address_or_name_counts_as_left_out,
    sec_19_a_request_answers_the_same_whether_or_not_the_user_exists,
    a_request_without_a_tenant_or_a_user_is_refused,
    sec_11_mail_goes_to_the_stored_address_alone,
    sec_13_the_host_header_takes_no_part_in_the_link,
];

async fn a_request_by_address_or_by_name_mails_one_link(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;

    for (count, body) in [
        (2, json!({"tenant": "test", "email": user.email})),
        (3, json!({"tenant": "TEST", "username": "U"})),
    ] {
        request(&app, &body).send().await.expect_no_content();

        let mails = app.mails_to(&user.email).await;
        assert_eq!(mails.len(), count);
        let link = mails[count - 1].link().unwrap();
        assert_eq!(
            (link.path.as_str(), link.user.as_deref()),
            ("/account/password-reset", Some(user.id.as_str()))
        );
    }
}

async fn an_empty_address_or_name_counts_as_left_out(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;

    for (count, media_type, body) in [
        (
            2,
            "application/x-www-form-urlencoded",
            "tenant=test&email=&username=u",
        ),
        (
            3,
            "application/xml",
            "<x><Email/><Tenant>test</Tenant><Username>u</Username></x>",
        ),
        (
            4,
            "application/json",
            r#"{"tenant": "test", "email": "", "username": "u"}"#,
        ),
    ] {
        let request = app.post("/membership/password-reset-requests");
        let answer = request.body(media_type, body).send().await;
        answer.expect_no_content();

        assert_eq!(app.mails_to(&user.email).await.len(), count, "{body}");
    }
    let nobody = json!({"tenant": "test", "email": "", "username": ""});
    app.refuses(request(&app, &nobody), 400).await;
}

async fn sec_19_a_request_answers_the_same_whether_or_not_the_user_exists(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;
    let known = request(&app, &json!({"tenant": "test", "email": user.email}))
        .send()
        .await;
    let before = app.state().await;

    for body in [
        json!({"tenant": "test", "email": "nobody@example.com"}),
        json!({"tenant": "test", "username": CANARY}),
        json!({"tenant": "acme", "email": user.email}),
        json!({"tenant": "acme", "username": user.username}),
        json!({"tenant": CANARY, "username": user.username}),
        json!({"tenant": app.test.id, "username": user.username}),
    ] {
        let answer = request(&app, &body).send().await;
        assert_eq!(answer.face(), known.face(), "{body}");
    }
    assert_eq!(app.state().await, before);
}

async fn a_request_without_a_tenant_or_a_user_is_refused(on: Backend) {
    let app = App::start(on).await;

    for body in [
        json!({}),
        json!({"tenant": CANARY}),
        json!({"email": format!("{CANARY}@example.com")}),
        json!({"username": CANARY}),
        json!({"tenant": null, "username": CANARY}),
        json!({"tenant": ["test"], "username": CANARY}),
    ] {
        app.refuses(request(&app, &body), 400).await;
    }
}

async fn sec_11_mail_goes_to_the_stored_address_alone(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "mike").await;

    for email in [
        json!([user.email, format!("{CANARY}@example.com")]),
        json!({"address": user.email}),
        json!(7),
    ] {
        app.refuses(
            request(&app, &json!({"tenant": "test", "email": email})),
            400,
        )
        .await;
    }
    for email in [
        format!("{},{CANARY}@example.com", user.email),
        format!("{}\r\nBcc: {CANARY}@example.com", user.email),
        user.email.replace('i', "\u{131}"),
    ] {
        let answer = request(&app, &json!({"tenant": "test", "email": email}))
            .send()
            .await;
        assert!(matches!(answer.status, 204 | 400), "{answer}");
    }
    assert_eq!(app.mails_to(&user.email).await.len(), 1);

    let shouted = json!({"tenant": "test", "email": user.email.to_uppercase()});
    request(&app, &shouted).send().await.expect_no_content();
    assert_eq!(app.mails_to(&user.email).await.len(), 2);
}

async fn sec_13_the_host_header_takes_no_part_in_the_link(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.test, "u").await;

    let request = request(&app, &json!({"tenant": "test", "email": user.email}))
        .header("Host", "evil.example")
        .header("X-Forwarded-Host", "evil.example")
        .header("X-Forwarded-Proto", "gopher")
        .header("Forwarded", "host=evil.example;proto=gopher");
    request.send().await.expect_no_content();

    let mail = app.mails_to(&user.email).await.pop().unwrap();
    assert!(
        !mail.text().contains("evil") && !mail.text().contains("gopher"),
        "{}",
        mail.text()
    );
    app.reset(&user, &mail.link().unwrap().token, "another long password")
        .send()
        .await
        .expect_no_content();
}

fn request(app: &App, body: &Value) -> Request {
    app.post("/membership/password-reset-requests").json(body)
}
