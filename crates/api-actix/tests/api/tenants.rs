use serde_json::{Value, json};

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    people::{PASSWORD, Tenant},
};

const MISSING: &str = "d08403aec32847de974af1008cef86cc";

on_both![
    a_tenant_is_made_listed_and_shown_with_every_attribute,
    defaults_stand_in_for_what_is_left_out,
    only_supplied_values_are_updated,
    a_new_short_name_is_the_one_to_sign_in_with,
    nobody_signs_in_to_a_disabled_tenant,
    a_tenant_is_deleted_once_it_has_no_users,
    a_short_name_that_is_taken_is_a_conflict,
    unusable_values_are_refused,
    an_unknown_tenant_is_not_found,
    the_platforms_own_tenant_stays,
];

async fn a_tenant_is_made_listed_and_shown_with_every_attribute(on: Backend) {
    let app = App::start(on).await;

    let body = json!({
        "name": "Größe & Co", "shortName": "gco", "databaseId": "db-7", "region": "east-us", "deploymentId": 3,
    });
    let creation = as_master(&app, app.post("/tenants")).json(&body);
    creation.send().await.expect_empty();

    let listed = listed(&app, "gco").await;
    let expected = json!({
        "tenantId": listed["tenantId"], "name": "Größe & Co", "shortName": "gco", "creationDate": listed["creationDate"],
        "isEnabled": true, "databaseId": "db-7", "region": "east-us",
    });
    assert_eq!(listed, expected);
    let id = listed["tenantId"].as_str().unwrap();
    let expected = json!({
        "name": "Größe & Co", "shortName": "gco", "creationDate": listed["creationDate"], "isEnabled": true,
        "databaseId": "db-7", "deploymentId": 3,
    });
    assert_eq!(one(&app, id).send().await.expect(200).json(), expected);
    let hex_digit = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    assert!(id.len() == 32 && id.bytes().all(hex_digit), "{id}");
    let made = listed["creationDate"].as_str().unwrap();
    let form = made.replace(|it: char| it.is_ascii_digit(), "0");
    assert_eq!(form, "0000-00-00T00:00:00.000Z");
}

async fn defaults_stand_in_for_what_is_left_out(on: Backend) {
    let app = App::start(on).await;

    let tenant = app.new_tenant("fresh").await;

    let listed = listed(&app, "fresh").await;
    assert_eq!(listed["databaseId"], tenant.id);
    assert_eq!(listed["region"], "north-europe");
    let shown = one(&app, &tenant.id).send().await.expect(200).json();
    assert!(shown["deploymentId"].is_i64());
}

async fn only_supplied_values_are_updated(on: Backend) {
    let app = App::start(on).await;
    let mut expected = one(&app, &app.acme.id).send().await.expect(200).json();

    for (member, value) in [
        ("name", json!("New name")),
        ("shortName", json!("new-name")),
        ("databaseId", json!("elsewhere")),
        ("deploymentId", json!(9)),
        ("isEnabled", json!(false)),
        ("isEnabled", json!(true)),
    ] {
        change(&app, &app.acme, &json!({ member: value }))
            .send()
            .await
            .expect_empty();
        expected[member] = value;
        assert_eq!(
            one(&app, &app.acme.id).send().await.expect(200).json(),
            expected
        );
    }
    change(&app, &app.acme, &json!({}))
        .send()
        .await
        .expect_empty();
    assert_eq!(
        one(&app, &app.acme.id).send().await.expect(200).json(),
        expected
    );
}

async fn a_new_short_name_is_the_one_to_sign_in_with(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    change(&app, &app.acme, &json!({"shortName": "emca"}))
        .send()
        .await
        .expect_empty();

    app.sign_in(&app.acme, "u", PASSWORD)
        .await
        .expect_oauth_error(400, "invalid_grant");
    let renamed = Tenant {
        short_name: "emca".to_owned(),
        ..app.acme.clone()
    };
    assert_eq!(app.signed_in(&renamed, "u", PASSWORD).await.id, user.id);
    app.refresh(&user.refresh_token).await.expect(200);
}

async fn nobody_signs_in_to_a_disabled_tenant(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let reset = app.reset_token(&user).await;
    let wrong = app.sign_in(&app.acme, "u", "not the right password").await;
    let mails = app.mails().await.len();

    change(&app, &app.acme, &json!({"isEnabled": false}))
        .send()
        .await
        .expect_empty();

    let refused = app
        .sign_in(&app.acme, "u", PASSWORD)
        .await
        .expect_oauth_error(400, "invalid_grant");
    assert_eq!(refused.face(), wrong.face());
    app.refresh(&user.refresh_token)
        .await
        .expect_oauth_error(400, "invalid_grant");
    app.get(user.at("roles"))
        .bearer(&user.token)
        .send()
        .await
        .expect_problem(401);
    app.reset(&user, &reset, "another long password")
        .send()
        .await
        .expect_problem(400);
    app.request_reset(&user).await;
    assert_eq!(app.mails().await.len(), mails);

    change(&app, &app.acme, &json!({"isEnabled": true}))
        .send()
        .await
        .expect_empty();
    app.refresh(&user.refresh_token).await.expect(200);
    app.sign_in(&app.acme, "u", PASSWORD).await.expect(200);
}

async fn a_tenant_is_deleted_once_it_has_no_users(on: Backend) {
    let app = App::start(on).await;
    let empty = app.new_tenant("empty").await;
    app.person(&app.acme, "u").await;
    let delete = |tenant: &Tenant| as_master(&app, app.delete(format!("/tenants/{}", tenant.id)));

    delete(&empty).send().await.expect_empty();

    app.refuses(delete(&empty), 404).await;
    app.refuses(delete(&app.acme), 409).await;
    one(&app, &empty.id).send().await.expect_problem(404);
    let again = app.new_tenant("empty").await;
    assert_ne!(again.id, empty.id);
}

async fn a_short_name_that_is_taken_is_a_conflict(on: Backend) {
    let app = App::start(on).await;

    for taken in ["test", "TEST", "acme"] {
        let body = json!({"name": "Another", "shortName": taken});
        app.refuses(as_master(&app, app.post("/tenants")).json(&body), 409)
            .await;
    }
    app.refuses(change(&app, &app.acme, &json!({"shortName": "Test"})), 409)
        .await;
    change(&app, &app.acme, &json!({"shortName": "acme"}))
        .send()
        .await
        .expect_empty();
}

async fn unusable_values_are_refused(on: Backend) {
    let app = App::start(on).await;

    for (member, value) in [
        ("name", Value::Null),
        ("name", json!("")),
        ("name", json!(7)),
        ("name", json!(format!("{CANARY}\u{0}"))),
        ("name", json!(CANARY.repeat(30))),
        ("shortName", Value::Null),
        ("shortName", json!("")),
        ("shortName", json!(format!("{CANARY} x"))),
        ("shortName", json!("zoë")),
        ("shortName", json!(CANARY.repeat(7))),
        ("region", json!(CANARY)),
        ("deploymentId", json!(CANARY)),
        ("deploymentId", json!(1.5)),
        ("deploymentId", json!(i64::MAX)),
        ("databaseId", json!([CANARY])),
    ] {
        let mut body = json!({"name": "Fine", "shortName": "fine"});
        body[member] = value.clone();
        app.refuses(as_master(&app, app.post("/tenants")).json(&body), 400)
            .await;
        if !value.is_null() && member != "region" {
            app.refuses(change(&app, &app.acme, &json!({ member: value })), 400)
                .await;
        }
    }
    app.refuses(change(&app, &app.acme, &json!({"isEnabled": CANARY})), 400)
        .await;
}

async fn an_unknown_tenant_is_not_found(on: Backend) {
    let app = App::start(on).await;

    for id in [MISSING, CANARY, "%2e%2e", "test"] {
        app.refuses(one(&app, id), 404).await;
        app.refuses(
            as_master(&app, app.get(format!("/tenants/{id}/users"))),
            404,
        )
        .await;
        app.refuses(
            as_master(&app, app.put(format!("/tenants/{id}"))).json(&json!({"name": "x"})),
            404,
        )
        .await;
        app.refuses(as_master(&app, app.delete(format!("/tenants/{id}"))), 404)
            .await;
    }
}

async fn the_platforms_own_tenant_stays(on: Backend) {
    let app = App::start(on).await;

    app.refuses(change(&app, &app.test, &json!({"isEnabled": false})), 409)
        .await;
    app.refuses(
        as_master(&app, app.delete(format!("/tenants/{}", app.test.id))),
        409,
    )
    .await;
}

fn as_master(app: &App, request: Request) -> Request {
    request.bearer(&app.master.token)
}

fn one(app: &App, id: &str) -> Request {
    as_master(app, app.get(format!("/tenants/{id}")))
}

fn change(app: &App, tenant: &Tenant, body: &Value) -> Request {
    as_master(app, app.put(format!("/tenants/{}", tenant.id))).json(body)
}

async fn listed(app: &App, short_name: &str) -> Value {
    let tenants = app.tenants().await;
    let named = |it: &&Value| it["shortName"] == short_name;
    tenants
        .as_array()
        .unwrap()
        .iter()
        .find(named)
        .unwrap()
        .clone()
}
