use futures_util::future::join_all;

use crate::{
    answer::CANARY,
    app::{App, Service},
    home::{Backend, Home},
    people::{PASSWORD, Tenant},
    process::{Process, until},
};

on_both![
    a_new_instance_gets_its_tenant_administrator_and_client_from_the_settings,
    a_repetition_changes_nothing,
    sec_36_of_twenty_calls_at_once_one_has_effect,
    sec_35_one_setting_closes_it_to_anonymous_callers,
    before_it_nobody_can_sign_in,
    an_administrator_without_a_configured_password_is_invited_by_mail,
];

async fn a_new_instance_gets_its_tenant_administrator_and_client_from_the_settings(on: Backend) {
    let app = Service::start(on).await;

    let request = app.post("/membership/initialize");
    request
        .body("application/json", format!(r#"{{"password": "{CANARY}"}}"#))
        .send()
        .await
        .expect_empty();

    let master = app
        .signed_in(&Tenant::named("test"), "master", PASSWORD)
        .await;
    let tenants = app
        .get("/tenants")
        .bearer(&master.token)
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(tenants["tenants"].as_array().unwrap().len(), 1);
    assert_eq!(tenants["tenants"][0]["shortName"], "test");
    let roles = app
        .get(master.at("roles"))
        .bearer(&master.token)
        .send()
        .await
        .expect(200)
        .json();
    assert!(
        roles["roles"]
            .as_array()
            .unwrap()
            .contains(&"Administrator".into())
    );
}

async fn a_repetition_changes_nothing(on: Backend) {
    let app = App::start(on).await;
    let token = app.reset_token(&app.master).await;
    app.reset(&app.master, &token, "another long password")
        .send()
        .await
        .expect_no_content();
    let master = app
        .signed_in(&app.test, "master", "another long password")
        .await;
    let users = app
        .get(format!("/tenants/{}/users", app.test.id))
        .bearer(&master.token);
    let before = users.clone().send().await.expect(200).json();

    for bearer in [None, Some(CANARY), Some(&*master.token)] {
        let request = app.post("/membership/initialize");
        bearer
            .map_or(request.clone(), |token| request.bearer(token))
            .send()
            .await
            .expect_empty();
    }

    assert_eq!(users.send().await.expect(200).json(), before);
    app.refresh(&master.refresh_token).await.expect(200);
    app.sign_in(&app.test, "master", PASSWORD)
        .await
        .expect_oauth_error(400, "invalid_grant");
    app.signed_in(&app.test, "master", "another long password")
        .await;
}

async fn sec_36_of_twenty_calls_at_once_one_has_effect(on: Backend) {
    let app = Service::start(on).await;

    let calls = (0..20).map(|_| app.post("/membership/initialize").send());
    for answer in join_all(calls).await {
        answer.expect_empty();
    }

    let master = app
        .signed_in(&Tenant::named("test"), "master", PASSWORD)
        .await;
    let tenants = app
        .get("/tenants")
        .bearer(&master.token)
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(tenants["tenants"].as_array().unwrap().len(), 1);
    let users = app.get(format!(
        "/tenants/{}/users",
        tenants["tenants"][0]["tenantId"].as_str().unwrap()
    ));
    let users = users.bearer(&master.token).send().await.expect(200).json();
    assert_eq!(users["users"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn sec_36_of_twenty_calls_at_three_processes_one_has_effect() {
    let home = Home::new(Backend::Postgres).await;
    let mut processes = Vec::new();
    for _ in 0..3 {
        processes.push(Process::start(&home).await);
    }

    let calls = (0..20).map(|call| {
        let request = processes[call % 3].post("/membership/initialize");
        // Who is told that too many hash at once comes again.
        until(async move || {
            let answer = request.clone().send().await;
            answer.status != 503 && answer.expect_empty().status == 200
        })
    });
    join_all(calls).await;

    let test = Tenant::named("test");
    let master = processes[0].signed_in(&test, "master", PASSWORD).await;
    for process in &processes {
        let tenants = process.tenants(&master).await;
        assert_eq!(tenants.as_array().unwrap().len(), 1, "{tenants}");
        let users = process.users(&master, &master.tenant).await;
        assert_eq!(users.as_array().unwrap().len(), 1, "{users}");
    }
}

async fn sec_35_one_setting_closes_it_to_anonymous_callers(on: Backend) {
    let app =
        Service::start_with(on, |settings| settings.access.anonymous_initialize = false).await;

    app.post("/membership/initialize")
        .send()
        .await
        .expect_problem(401);

    app.sign_in(&Tenant::named("test"), "master", PASSWORD)
        .await
        .expect_oauth_error(400, "invalid_client");
}

async fn before_it_nobody_can_sign_in(on: Backend) {
    let app = Service::start(on).await;

    app.sign_in(&Tenant::named("test"), "master", PASSWORD)
        .await
        .expect_oauth_error(400, "invalid_client");
    app.get("/tenants").send().await.expect_problem(401);
}

async fn an_administrator_without_a_configured_password_is_invited_by_mail(on: Backend) {
    let app = Service::start_with(on, |settings| settings.bootstrap.password = None).await;

    app.post("/membership/initialize")
        .send()
        .await
        .expect_empty();

    let mails = app.mails().await;
    assert_eq!(mails.len(), 1);
    let link = mails[0].link().unwrap();
    assert_eq!(link.path, "/account/invitation");
    let body =
        serde_json::json!({"userId": link.user, "token": link.token, "newPassword": PASSWORD});
    app.post("/membership/password-reset-confirmations")
        .json(&body)
        .send()
        .await
        .expect_no_content();
    app.signed_in(&Tenant::named("test"), "master", PASSWORD)
        .await;
}
