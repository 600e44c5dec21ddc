//! What the forms of the pages may hold.

use crate::{answer::CANARY, app::App, home::Backend, media_types::FORM, people::PASSWORD};

const NEW: &str = "another long password";

on_both![
    sec_49_a_form_with_nul_or_broken_utf_8_is_refused_and_the_link_stays_good,
    a_page_takes_nothing_but_a_form,
];

async fn sec_49_a_form_with_nul_or_broken_utf_8_is_refused_and_the_link_stays_good(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let (reset, confirmation) = (
        app.reset_token(&user).await,
        app.confirmation_token(&user).await,
    );
    let link = format!("user={}&token={reset}", user.id);
    let before = app.state().await;

    for (path, form) in [
        (
            "password-reset",
            format!("{link}&password=a+long+passw%FFrd&repeat=a+long+passw%FErd"),
        ),
        (
            "password-reset",
            format!("{link}&password=a+long+passw%00rd&repeat=a+long+passw%00rd"),
        ),
        (
            "invitation",
            format!("{link}&password={CANARY}{CANARY}&repeat={CANARY}{CANARY}%FF"),
        ),
        (
            "email-confirmation",
            format!("token={confirmation}&more=%FF"),
        ),
        ("email-confirmation", format!("token={confirmation}%00")),
    ] {
        let request = app.post(format!("/account/{path}"));
        let answer = request.body(FORM[0], form.clone()).send().await.expect(400);
        assert!(answer.text().contains("did not arrive whole"), "{form}");
        assert!(!answer.text().contains(CANARY), "{answer}");
    }

    assert_eq!(app.state().await, before);
    let form = format!("{link}&password=+%EF%BF%BD{NEW}&repeat=+%EF%BF%BD{NEW}");
    let request = app.post("/account/password-reset");
    request.body(FORM[0], form).send().await.expect(200);
    app.signed_in(&app.acme, "u", &format!(" \u{fffd}{NEW}"))
        .await;
}

async fn a_page_takes_nothing_but_a_form(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let token = app.reset_token(&user).await;
    let body = serde_json::json!({"user": user.id, "token": token, "password": NEW, "repeat": NEW});
    let large = format!("user={}", CANARY.repeat(30_000));

    let request = app.post("/account/password-reset");
    let answer = request.clone().json(&body).send().await.expect(415);
    assert_eq!(answer.media_type(), Some("text/html"));
    request.body(FORM[0], large).send().await.expect(413);

    app.signed_in(&app.acme, "u", PASSWORD).await;
}
