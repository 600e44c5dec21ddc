use serde_json::json;

use crate::{
    answer::{Answer, CANARY},
    app::App,
    home::Backend,
    http::Request,
    operations::{Case, Operation},
    people::Person,
};

on_both![
    the_five_answer_as_the_accept_header_tells,
    the_other_three_answer_an_empty_200_whatever_is_accepted,
    a_role_put_in_a_form_of_the_older_generation_answers_204,
    the_confirmations_answer_204_whatever_is_accepted,
    a_result_is_json_whatever_is_accepted,
    an_error_is_json_unless_xml_alone_is_accepted,
    answers_are_compressed_for_nobody_who_did_not_ask,
];

/// What a void operation of the older document's five answers.
#[derive(Clone, Copy)]
pub(crate) enum Void {
    NoContent,
    Json(&'static str),
    Xml(&'static str),
}

const BY_ACCEPT: [(Option<&str>, Void); 16] = [
    (None, Void::NoContent),
    (Some("*/*"), Void::NoContent),
    (Some("application/json, text/plain, */*"), Void::NoContent),
    (Some("application/xml;q=0.9, */*;q=0.8"), Void::NoContent),
    (Some("application/json"), Void::Json("application/json")),
    (
        Some("Application/JSON;q=0.5"),
        Void::Json("application/json"),
    ),
    (Some("text/json"), Void::Json("text/json")),
    (
        Some("image/png, application/json"),
        Void::Json("application/json"),
    ),
    (
        Some("application/json, application/xml"),
        Void::Json("application/json"),
    ),
    (Some("application/xml"), Void::Xml("application/xml")),
    (Some("text/xml"), Void::Xml("text/xml")),
    (
        Some("application/xml; charset=utf-8"),
        Void::Xml("application/xml"),
    ),
    (Some("text/plain"), Void::NoContent),
    (Some("image/png"), Void::NoContent),
    (Some(""), Void::NoContent),
    (Some(";;,/,nonsense"), Void::NoContent),
];

async fn the_five_answer_as_the_accept_header_tells(on: Backend) {
    let app = App::start(on).await;

    for (number, (accept, expected)) in BY_ACCEPT.iter().enumerate() {
        for request in five(&app, &format!("u{number}")).await {
            let answer = accepting(request, *accept).send().await;
            assert_void(&answer, *expected, &format!("Accept: {accept:?}"));
        }
    }
}

async fn the_other_three_answer_an_empty_200_whatever_is_accepted(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for (accept, _) in BY_ACCEPT {
        for request in three(&app, &user) {
            accepting(request, accept).send().await.expect_empty();
        }
    }
}

async fn a_role_put_in_a_form_of_the_older_generation_answers_204(on: Backend) {
    let app = App::start(on).await;
    let case = Case::new(&app, Operation::PutRole, "u").await;

    for accept in [None, Some("application/json"), Some("application/xml")] {
        let xml = case
            .request()
            .body("application/xml", format!("<x>{}</x>", case.elements()));
        let form = case
            .request()
            .body("application/x-www-form-urlencoded", case.form());
        for request in [xml, form] {
            accepting(request, accept).send().await.expect_no_content();
        }
    }
}

async fn the_confirmations_answer_204_whatever_is_accepted(on: Backend) {
    let app = App::start(on).await;

    for (number, accept) in [
        None,
        Some("application/json"),
        Some("application/xml"),
        Some("*/*"),
    ]
    .into_iter()
    .enumerate()
    {
        let user = app.person(&app.acme, &format!("u{number}")).await;
        let token = app.confirmation_token(&user).await;

        let request = app.post(user.at("email-confirmation-requests"));
        accepting(request, accept).send().await.expect_no_content();
        let confirmation = app
            .post("/membership/email-confirmations")
            .json(&json!({ "token": token }));
        accepting(confirmation, accept)
            .send()
            .await
            .expect_no_content();
    }
}

async fn a_result_is_json_whatever_is_accepted(on: Backend) {
    let app = App::start(on).await;
    let user = app.confirmed(&app.acme, "u").await;
    let paths = [
        user.at("roles"),
        user.at("zendesk-token"),
        format!("/tenants/{}", user.tenant.id),
        format!("/tenants/{}/users", user.tenant.id),
    ];

    for (accept, media_type) in [
        (None, "application/json"),
        (Some("*/*"), "application/json"),
        (Some("application/json"), "application/json"),
        (Some("text/json"), "text/json"),
        (Some("text/plain"), "application/json"),
        (Some("application/xml"), "application/json"),
        (Some("text/xml"), "application/json"),
        (Some("image/png"), "application/json"),
    ] {
        for path in &paths {
            let request = app
                .get(path)
                .bearer(&user.token)
                .header("Content-Type", "application/json");
            let answer = accepting(request, accept).send().await.expect(200);
            assert_eq!(
                answer.header("content-type"),
                Some(&*format!("{media_type}; charset=utf-8")),
                "{accept:?}: {answer}"
            );
            assert!(answer.json().is_object());
        }
    }
}

async fn an_error_is_json_unless_xml_alone_is_accepted(on: Backend) {
    let app = App::start(on).await;
    let request = app
        .post("/membership/email-confirmations")
        .json(&json!({ "token": CANARY }));

    for accept in [
        None,
        Some("*/*"),
        Some("text/plain"),
        Some("text/json"),
        Some("application/xml, application/json"),
        Some("application/xml, */*"),
    ] {
        accepting(request.clone(), accept)
            .send()
            .await
            .expect_problem(400);
    }
    for accept in [
        "application/xml",
        "text/xml",
        "application/xml, text/xml;q=0.5",
    ] {
        let answer = request.clone().accept(accept).send().await.expect(400);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+xml; charset=utf-8")
        );
        let text = answer.text();
        assert!(
            text.contains("<problem xmlns=\"urn:ietf:rfc:7807\">")
                && text.contains("<status>400</status>"),
            "{text}"
        );
        assert!(!text.contains(CANARY), "{text}");
    }
}

async fn answers_are_compressed_for_nobody_who_did_not_ask(on: Backend) {
    let app = App::start(on).await;
    let users = app
        .get(format!("/tenants/{}/users", app.test.id))
        .bearer(&app.master.token);

    for request in [users.clone(), users.header("Accept-Encoding", "identity")] {
        assert_eq!(
            request.send().await.expect(200).header("content-encoding"),
            None
        );
    }
}

/// The five operations that return an object in the older document, about users of their own.
pub(crate) async fn five(app: &App, name: &str) -> Vec<Request> {
    let mut requests = Vec::new();
    for (number, operation) in [
        Operation::Registration,
        Operation::ResetRequest,
        Operation::ResetConfirmation,
        Operation::IdentifiedUser,
    ]
    .into_iter()
    .enumerate()
    {
        let case = Case::new(app, operation, &format!("{name}-of-{number}")).await;
        requests.push(case.request().body("application/json", case.json()));
    }
    let user = app.person(&app.acme, &format!("{name}-of-4")).await;
    let token = app.reset_token(&user).await;
    requests.push(app.get(format!(
        "/membership/password-reset-tokens/{}?token={token}",
        user.id
    )));
    requests
}

/// The three on which the documents differ the other way round. The last ends the sessions of the user.
pub(crate) fn three(app: &App, user: &Person) -> [Request; 3] {
    let role = json!({"role": "Support", "isEnabled": true});
    [
        app.post("/membership/initialize"),
        app.put(user.at("roles"))
            .bearer(&app.master.token)
            .json(&role),
        app.delete(user.at("refresh-tokens"))
            .bearer(&app.master.token),
    ]
}

pub(crate) fn accepting(request: Request, accept: Option<&str>) -> Request {
    match accept {
        Some(types) => request.accept(types),
        None => request,
    }
}

#[track_caller]
pub(crate) fn assert_void(answer: &Answer, expected: Void, context: &str) {
    let (status, media_type) = match expected {
        Void::NoContent => (204, None),
        Void::Json(media_type) | Void::Xml(media_type) => {
            (200, Some(format!("{media_type}; charset=utf-8")))
        }
    };
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, media_type.as_deref()),
        "{context}: {answer}"
    );
    match expected {
        Void::NoContent => assert_eq!(answer.text(), ""),
        Void::Json(_) => assert_eq!(answer.text(), "{}"),
        Void::Xml(_) => assert_eq!(
            answer.text(),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><object/>"
        ),
    }
}
