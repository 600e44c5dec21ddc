//! The setting that follows one published document to the letter.

use serde_json::json;

use wiring::settings::Generation;

use crate::{
    answers::{Void, accepting, assert_void, five, three},
    app::App,
    home::Backend,
    media_types::{FORM, XML},
    operations::{Case, Operation},
    people::PASSWORD,
};

on_both![
    the_older_generation_answers_to_its_letter,
    the_newer_generation_answers_to_its_letter,
    the_newer_generation_takes_json_alone,
    the_older_generation_answers_204_where_a_tenant_is_made_or_changed,
];

async fn the_older_generation_answers_to_its_letter(on: Backend) {
    let app = following(on, Generation::Older).await;

    for (number, (accept, body)) in [
        (None, Void::Json("application/json")),
        (Some("*/*"), Void::Json("application/json")),
        (Some("text/plain"), Void::Json("application/json")),
        (Some("application/json"), Void::Json("application/json")),
        (Some("application/xml"), Void::Xml("application/xml")),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("u{number}");
        for request in five(&app, &name).await {
            assert_void(
                &accepting(request, accept).send().await,
                body,
                &format!("Accept: {accept:?}"),
            );
        }
        let user = app
            .signed_in(&app.acme, &format!("{name}-of-0"), PASSWORD)
            .await;
        for request in three(&app, &user) {
            accepting(request, accept).send().await.expect_no_content();
        }
    }
}

async fn the_newer_generation_answers_to_its_letter(on: Backend) {
    let app = following(on, Generation::Newer).await;

    for (number, accept) in [
        None,
        Some("*/*"),
        Some("application/json"),
        Some("application/xml"),
    ]
    .into_iter()
    .enumerate()
    {
        for request in five(&app, &format!("u{number}")).await {
            accepting(request, accept).send().await.expect_no_content();
        }
        let user = app.person(&app.acme, &format!("v{number}")).await;
        for request in three(&app, &user) {
            accepting(request, accept).send().await.expect_empty();
        }
    }
}

async fn the_newer_generation_takes_json_alone(on: Backend) {
    let app = following(on, Generation::Newer).await;

    for operation in Operation::ALL {
        let case = Case::new(&app, operation, &format!("{operation:?}")).await;
        app.refuses(
            case.request()
                .body(XML[0], format!("<x>{}</x>", case.elements())),
            415,
        )
        .await;
        app.refuses(case.request().body(FORM[0], case.form()), 415)
            .await;
        let answer = case
            .request()
            .body("application/json-patch+json", case.json())
            .send()
            .await;
        assert!(answer.status < 300, "{answer}");
        case.assert_effect(&app, "JSON").await;
    }
}

async fn the_older_generation_answers_204_where_a_tenant_is_made_or_changed(on: Backend) {
    let app = following(on, Generation::Older).await;

    for (request, body) in [
        (
            app.post("/tenants"),
            json!({"name": "New", "shortName": "new"}),
        ),
        (
            app.put(format!("/tenants/{}", app.acme.id)),
            json!({"name": "Changed"}),
        ),
    ] {
        let request = request.bearer(&app.master.token).json(&body);
        request.send().await.expect_no_content();
    }
}

async fn following(on: Backend, generation: Generation) -> App {
    App::start_with(on, |settings| settings.server.generation = generation).await
}
