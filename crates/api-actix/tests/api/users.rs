use serde_json::{Value, json};

use crate::{
    app::App,
    home::Backend,
    people::{PASSWORD, Person},
};

on_both![
    the_list_shows_every_attribute_of_every_user_at_once,
    the_list_shows_one_tenant_alone,
    a_name_is_listed_as_it_was_registered,
];

async fn the_list_shows_every_attribute_of_every_user_at_once(on: Backend) {
    let app = App::start(on).await;
    assert_eq!(app.users(&app.acme).await, json!([]));

    let (bob, anna) = (
        app.person(&app.acme, "bob").await,
        app.administrator(&app.acme, "anna").await,
    );

    let listed = |person: &Person, roles: &[&str]| {
        json!({
            "userId": person.id, "username": person.username, "email": person.email, "roles": roles, "isEnabled": true,
        })
    };
    assert_eq!(
        app.users(&app.acme).await,
        json!([listed(&anna, &["TenantAdministrator"]), listed(&bob, &[])])
    );
}

async fn the_list_shows_one_tenant_alone(on: Backend) {
    let app = App::start(on).await;
    let (here, there) = (
        app.person(&app.test, "u").await,
        app.person(&app.acme, "u").await,
    );

    let (test, acme) = (
        app.users(&app.test).await.to_string(),
        app.users(&app.acme).await.to_string(),
    );

    assert!(test.contains(&here.id) && !test.contains(&there.id));
    assert!(acme.contains(&there.id) && !acme.contains(&here.id));
}

async fn a_name_is_listed_as_it_was_registered(on: Backend) {
    let app = App::start(on).await;

    for (number, name) in ["Zoë-<b>", "ПЁТР", "o'brien%_"].into_iter().enumerate() {
        let body = json!({
            "tenantId": app.acme.id, "username": name, "email": format!("N{number}@Example.COM"), "password": PASSWORD,
        });
        let registration = app.post("/membership/registrations").json(&body);
        registration
            .bearer(&app.master.token)
            .send()
            .await
            .expect_no_content();

        let users = app.users(&app.acme).await;
        let listed = |user: &Value| user["username"] == name && user["email"] == body["email"];
        assert!(users.as_array().unwrap().iter().any(listed), "{users}");
    }
}
