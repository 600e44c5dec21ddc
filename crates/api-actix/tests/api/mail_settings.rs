//! Who a tenant's mails are from, in which language and in which words.

use serde_json::{Value, json};

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    mailbox::Mail,
    people::{Person, Tenant},
};

const MISSING: &str = "d08403aec32847de974af1008cef86cc";

on_both![
    the_settings_are_shown_and_replaced,
    a_mail_has_its_tenants_sender_and_words_in_the_language_of_its_reader,
    markup_in_words_and_names_is_shown_and_not_obeyed,
    sec_50_a_sender_is_confined_to_the_operators_domains,
    hostile_words_are_refused_and_change_nothing,
    what_is_no_list_of_texts_is_refused,
    who_names_the_version_that_was_read_undoes_nobodys_change,
];

/// A service whose tenants may send from `acme.example`, and an administrator of `acme`.
async fn start(on: Backend) -> (App, Person) {
    let app = App::start_with(on, |settings| {
        settings.mail.sender_domains = vec!["acme.example".parse().unwrap()];
    });
    let app = app.await;
    let admin = app.administrator(&app.acme, "admin").await;
    (app, admin)
}

async fn the_settings_are_shown_and_replaced(on: Backend) {
    let (app, admin) = start(on).await;
    let mut shown = json!({
        "texts": [],
        "version": 0,
        "locales": ["en", "de", "fr"],
        "kinds": [
            "confirmation", "password_reset", "invitation", "password_changed", "address_confirmation",
            "address_changed", "signed_out",
        ],
    });
    assert_eq!(settings(&app, &admin, &app.acme).await, shown);
    let full = json!({
        "locale": "de",
        "senderName": "Zoë & \"Söhne\"",
        "senderAddress": "Team@acme.example",
        "texts": [
            {"kind": "password_reset", "locale": "de", "subject": "Für {{ tenant }}", "message": "a\nb",
             "action": "{{ lifetime }}", "note": "{{ username }}"},
            {"kind": "signed_out", "locale": "fr", "note": "x".repeat(2000)},
        ],
    });

    put(&app, &admin, &app.acme, &full)
        .send()
        .await
        .expect_no_content();

    for member in ["locale", "senderName", "senderAddress", "texts"] {
        shown[member] = full[member].clone();
    }
    shown["version"] = json!(1);
    let read = settings(&app, &admin, &app.acme).await;
    assert_eq!(read, shown);
    put(&app, &admin, &app.acme, &read)
        .send()
        .await
        .expect_no_content();
    assert_eq!(settings(&app, &admin, &app.acme).await, shown, "as it was");
    assert_eq!(settings(&app, &app.master, &app.test).await["version"], 0);

    let empty = json!({
        "locale": null, "senderName": "", "senderAddress": "",
        "texts": [{"kind": "signed_out", "locale": "de", "subject": ""}],
    });
    put(&app, &app.master, &app.acme, &empty)
        .send()
        .await
        .expect_no_content();
    let read = settings(&app, &admin, &app.acme).await;
    assert_eq!((&read["version"], &read["texts"]), (&json!(2), &json!([])));
    for member in ["locale", "senderName", "senderAddress"] {
        assert!(read.get(member).is_none(), "{member}");
    }
    app.refuses(app.get(path(MISSING)).bearer(&app.master.token), 404)
        .await;
    let unknown = app.put(path(MISSING)).bearer(&app.master.token);
    app.refuses(unknown.json(&empty), 404).await;
}

async fn a_mail_has_its_tenants_sender_and_words_in_the_language_of_its_reader(on: Backend) {
    let (app, admin) = start(on).await;
    let body = json!({
        "senderName": "Acme Team",
        "senderAddress": "team@acme.example",
        "texts": [{"kind": "password_reset", "locale": "de", "subject": "Passwort bei {{ tenant }}",
                   "message": "Hallo, das ist {{ username }} ihr Konto.", "action": "Los geht es"}],
    });
    put(&app, &admin, &app.acme, &body)
        .send()
        .await
        .expect_no_content();
    let mut readers = Vec::new();
    for (tenant, name, locale) in [
        (&app.acme, "greta", "de"),
        (&app.acme, "emma", "en"),
        (&app.test, "gustav", "de"),
    ] {
        let person = app.person(tenant, name).await;
        let settings = app.put(format!("/account-settings/{}/{}", tenant.id, person.id));
        let settings = settings
            .bearer(&person.token)
            .json(&json!({ "locale": locale }));
        settings.send().await.expect_success();
        readers.push(reset_mail(&app, &person).await);
    }
    let [german, english, elsewhere] = readers.try_into().unwrap();

    assert_eq!(german.header("Subject"), Some("Passwort bei acme Ltd"));
    assert_eq!(
        english.header("Subject"),
        Some("Set a new password for acme Ltd")
    );
    for mail in [&german, &english] {
        let from = mail.header("From").unwrap();
        assert_eq!(from, "\"Acme Team\" <team@acme.example>");
    }
    for words in [
        "das ist greta ihr Konto",
        "Los geht es",
        "Falls Sie das nicht waren",
    ] {
        assert!(german.text().contains(words), "{words}: {}", german.text());
    }
    assert!(english.text().contains("Hello emma"));
    assert!(!english.text().contains("Los geht es"));
    let from = elsewhere.header("From").unwrap();
    assert!(from.contains("membership@localhost"), "{from}");
    assert!(elsewhere.text().contains("Guten Tag gustav"));
    assert!(!elsewhere.text().contains("Los geht es"));
}

async fn markup_in_words_and_names_is_shown_and_not_obeyed(on: Backend) {
    let (app, admin) = start(on).await;
    let markup = "<img src=x onerror=alert(1)> & {% raw %}";
    let body = json!({
        "senderName": "Acme, Ltd; \"Best\"",
        "texts": [{"kind": "password_reset", "locale": "en", "subject": markup, "message": markup,
                   "action": markup, "note": markup}],
    });
    put(&app, &admin, &app.acme, &body)
        .send()
        .await
        .expect_no_content();

    let mail = reset_mail(&app, &admin).await;

    assert_eq!(mail.header("Subject"), Some(markup));
    let from = mail.header("From").unwrap();
    assert!(from.ends_with("<membership@localhost>"), "{from}");
    let (text, html) = mail.text().split_once("<!").unwrap();
    assert!(text.contains(markup));
    assert!(!html.contains("<img"));
}

async fn sec_50_a_sender_is_confined_to_the_operators_domains(on: Backend) {
    let (app, admin) = start(on).await;

    for address in [
        "a@other.example",
        "a@mail.acme.example",
        "a@notacme.example",
    ] {
        let body = json!({"senderName": "x", "senderAddress": address});
        let answer = refused(&app, &admin, &body, 422).await;
        assert_eq!(
            answer["errors"]["senderAddress"],
            json!(["is at no domain that tenants may send from"])
        );
    }
    let body = json!({"senderAddress": "a@ACME.example"});
    put(&app, &admin, &app.acme, &body)
        .send()
        .await
        .expect_no_content();
}

async fn hostile_words_are_refused_and_change_nothing(on: Backend) {
    let (app, admin) = start(on).await;
    let text = |kind: &str, part: &str, words: &str| {
        let mut text = json!({"kind": kind, "locale": "de"});
        text[part] = json!(words);
        json!({"senderName": "x", "texts": [{"kind": "signed_out", "locale": "en", "note": "y"}, text]})
    };
    let long = CANARY.repeat(201);

    for (body, status, member) in [
        (
            json!({"senderName": format!("{CANARY}\r\nBcc: b@c.example")}),
            400,
            "senderName",
        ),
        (
            json!({"senderName": format!("{CANARY}@bank.example")}),
            400,
            "senderName",
        ),
        (
            json!({"senderName": format!("<b>{CANARY}")}),
            400,
            "senderName",
        ),
        (json!({"senderName": &long}), 400, "senderName"),
        (
            json!({"senderAddress": format!("{CANARY}@acme.example\r\nBcc: b")}),
            400,
            "senderAddress",
        ),
        (json!({"senderAddress": CANARY}), 400, "senderAddress"),
        (json!({"locale": CANARY}), 400, "locale"),
        (json!({"locale": "xx"}), 422, "locale"),
        (
            text(
                "password_reset",
                "subject",
                &format!("{CANARY}\r\nBcc: b@c.example"),
            ),
            400,
            "texts",
        ),
        (
            text(
                "password_reset",
                "subject",
                &format!("{CANARY}\nBcc: b@c.example"),
            ),
            422,
            "texts",
        ),
        (
            text(
                "password_reset",
                "message",
                &format!("{CANARY} {{{{ secret }}}}"),
            ),
            400,
            "texts",
        ),
        (
            text(
                "password_reset",
                "message",
                &format!("{CANARY} {{{{ tenant"),
            ),
            400,
            "texts",
        ),
        (
            text(
                "password_reset",
                "message",
                &format!("{CANARY} {{{{ count }}}}"),
            ),
            422,
            "texts",
        ),
        (
            text("password_reset", "message", &format!("{CANARY}\u{1b}[2J")),
            400,
            "texts",
        ),
        (text("password_reset", "note", &long), 400, "texts"),
        (text("password_reset", "note", " "), 400, "texts"),
        (text("password_changed", "action", CANARY), 422, "texts"),
        (
            text("password_changed", "note", "{{ lifetime }}"),
            422,
            "texts",
        ),
        (text(CANARY, "note", "x"), 400, "texts"),
    ] {
        let answer = refused(&app, &admin, &body, status).await;
        assert!(answer["errors"][member].is_array(), "{answer}");
    }
    let second = json!({"kind": "signed_out", "locale": "en", "note": "x"});
    let twice = json!({"texts": [second, second]});
    refused(&app, &admin, &twice, 400).await;
}

async fn what_is_no_list_of_texts_is_refused(on: Backend) {
    let (app, admin) = start(on).await;

    for texts in [
        json!("x"),
        json!({"kind": "signed_out"}),
        json!(["x"]),
        json!([{"kind": "signed_out", "locale": "en"}, []]),
        json!([{"locale": "en", "note": "x"}]),
        json!([{"kind": "signed_out", "note": "x"}]),
        json!([{"kind": "signed_out", "locale": "e", "note": "x"}]),
        json!([{"kind": "signed_out", "locale": "xx", "note": "x"}]),
        json!([{"kind": "signed_out", "locale": "en", "note": ["x"]}]),
    ] {
        let status = if texts.to_string().contains("xx") {
            422
        } else {
            400
        };
        let body = json!({"senderName": "x", "texts": texts});
        let answer = refused(&app, &admin, &body, status).await;
        assert!(answer["errors"]["texts"].is_array(), "{answer}");
    }
}

async fn who_names_the_version_that_was_read_undoes_nobodys_change(on: Backend) {
    let (app, admin) = start(on).await;
    let at_version = |name: &str, version: i32| json!({"senderName": name, "version": version});

    let both =
        ["one", "other"].map(|name| put(&app, &admin, &app.acme, &at_version(name, 0)).send());
    let answers = futures_util::future::join_all(both).await;

    let mut statuses: Vec<_> = answers.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    let late = refused(&app, &admin, &at_version("late", 0), 409).await;
    assert_eq!(late["code"], "stale");
    put(&app, &admin, &app.acme, &at_version("next", 1))
        .send()
        .await
        .expect_no_content();
    put(&app, &admin, &app.acme, &json!({"senderName": "last"}))
        .send()
        .await
        .expect_no_content();
    let read = settings(&app, &admin, &app.acme).await;
    assert_eq!(
        (&read["senderName"], &read["version"]),
        (&json!("last"), &json!(3))
    );
}

fn path(tenant: &str) -> String {
    format!("/tenants/{tenant}/mail")
}

fn put(app: &App, by: &Person, tenant: &Tenant, body: &Value) -> Request {
    app.put(path(&tenant.id)).bearer(&by.token).json(body)
}

async fn settings(app: &App, by: &Person, tenant: &Tenant) -> Value {
    let settings = app.get(path(&tenant.id)).bearer(&by.token);
    settings.send().await.expect(200).json()
}

/// A change that must be refused, and change nothing.
async fn refused(app: &App, admin: &Person, body: &Value, status: u16) -> Value {
    let before = settings(app, admin, &app.acme).await;
    let answer = app.refuses(put(app, admin, &app.acme, body), status).await;
    assert_eq!(settings(app, admin, &app.acme).await, before);
    answer.json()
}

async fn reset_mail(app: &App, person: &Person) -> Mail {
    app.request_reset(person).await;
    app.mails_to(&person.email).await.pop().unwrap()
}
