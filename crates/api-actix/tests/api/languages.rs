//! The language that a person asks for.

use serde_json::{Value, json};

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    people::{PASSWORD, Person, email_of},
};

on_both![
    a_registration_may_name_a_language_in_every_form,
    a_language_is_shown_changed_and_taken_back,
    a_language_that_cannot_be_spoken_is_refused,
];

async fn a_registration_may_name_a_language_in_every_form(on: Backend) {
    let app = App::start(on).await;
    let json = |name: &str, locale: Value| {
        let mut body = registration(&app, name);
        body["locale"] = locale;
        json_body(&app, &body)
    };
    let form = |name: &str, locale: &str| {
        let fields = [
            ("tenantId", app.acme.id.as_str()),
            ("email", &email_of(name)),
            ("username", name),
            ("password", PASSWORD),
            ("locale", locale),
        ];
        post(&app).form(&fields)
    };
    let xml = |name: &str, locale: &str| {
        let email = email_of(name);
        let body = format!(
            "<RegistrationData><Email>{email}</Email><Locale>{locale}</Locale><Password>{PASSWORD}</Password>\
             <TenantId>{}</TenantId><Username>{name}</Username></RegistrationData>",
            app.acme.id
        );
        post(&app).body("application/xml", body)
    };

    for (name, request, shown) in [
        ("json", json("json", json!("DE")), json!("de")),
        ("form", form("form", "de"), json!("de")),
        ("xml", xml("xml", "de"), json!("de")),
        ("null", json("null", Value::Null), Value::Null),
        ("empty", json("empty", json!("")), Value::Null),
        ("empty-form", form("empty-form", ""), Value::Null),
        ("empty-xml", xml("empty-xml", ""), Value::Null),
    ] {
        request.send().await.expect_success();

        let person = app.signed_in(&app.acme, name, PASSWORD).await;
        assert_eq!(settings(&app, &person).await["locale"], shown, "{name}");
    }
}

async fn a_language_is_shown_changed_and_taken_back(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let admin = app.administrator(&app.acme, "admin").await;
    let without = settings(&app, &user).await;
    assert!(without.get("locale").is_none(), "not told, and not null");

    for (by, body, shown) in [
        (&user, json!({"locale": "de"}), json!("de")),
        (&user, json!({"locale": null}), json!("de")),
        (&user, json!({"isEnabled": true}), json!("de")),
        (&admin, json!({"locale": "fr"}), json!("fr")),
        (&user, json!({"locale": ""}), Value::Null),
    ] {
        put(&app, &user, by).json(&body).send().await.expect_empty();
        assert_eq!(settings(&app, &user).await["locale"], shown, "{body}");
    }
    let forms = [
        put(&app, &user, &user).form(&[("locale", "de")]),
        put(&app, &user, &user).body("text/xml", "<A><Locale>fr</Locale></A>"),
        put(&app, &user, &user).body("text/xml", "<A><Locale/></A>"),
    ];
    for (form, shown) in forms
        .into_iter()
        .zip([json!("de"), json!("fr"), Value::Null])
    {
        form.send().await.expect_no_content();
        assert_eq!(settings(&app, &user).await["locale"], shown);
    }
    assert_eq!(settings(&app, &user).await, without);
    app.refresh(&user.refresh_token).await.expect(200);
}

async fn a_language_that_cannot_be_spoken_is_refused(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let body = json!({"locale": "de"});
    put(&app, &user, &user)
        .json(&body)
        .send()
        .await
        .expect_empty();

    for (locale, status) in [
        (json!("xx"), 422),
        (json!("de-XX"), 422),
        (json!("de_DE"), 400),
        (json!(CANARY), 400),
        (json!("de\r\nX: y"), 400),
        (json!([CANARY]), 400),
        (json!(7), 400),
    ] {
        let mut new = registration(&app, "new");
        new["locale"] = locale.clone();
        let change = json!({"locale": locale, "newUsername": "v"});
        for request in [json_body(&app, &new), put(&app, &user, &user).json(&change)] {
            let answer = app.refuses(request, status).await;
            assert!(answer.json()["errors"]["locale"].is_array(), "{answer}");
        }
        assert_eq!(settings(&app, &user).await["locale"], "de");
    }
}

fn registration(app: &App, name: &str) -> Value {
    json!({"tenantId": app.acme.id, "email": email_of(name), "username": name, "password": PASSWORD})
}

fn post(app: &App) -> Request {
    let request = app.post("/membership/registrations");
    request.bearer(&app.master.token)
}

fn json_body(app: &App, body: &Value) -> Request {
    post(app).json(body)
}

fn at(person: &Person) -> String {
    format!("/account-settings/{}/{}", person.tenant.id, person.id)
}

fn put(app: &App, of: &Person, by: &Person) -> Request {
    app.put(at(of)).bearer(&by.token)
}

async fn settings(app: &App, person: &Person) -> Value {
    let settings = app.get(at(person)).bearer(&person.token);
    settings.send().await.expect(200).json()
}
