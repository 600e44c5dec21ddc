use serde_json::{Value, json};

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    people::{PASSWORD, email_of},
};

on_both![
    a_new_user_is_listed_signs_in_unconfirmed_and_gets_one_confirmation_mail,
    the_names_and_passwords_of_the_platforms_own_tests_are_accepted,
    sec_01_a_password_of_any_script_counts_to_its_last_character,
    an_invited_user_without_a_password_sets_one_through_the_mailed_link,
    the_same_name_in_two_tenants_is_two_people,
    member_names_are_read_in_any_case_and_unknown_members_ignored,
    sec_33_roles_ids_and_states_cannot_be_smuggled_in,
    a_name_or_address_that_is_taken_is_a_conflict_in_every_spelling,
    a_missing_or_unusable_value_is_refused,
    a_weak_password_is_refused_with_a_reason,
    sec_49_nul_and_unpaired_surrogates_are_refused,
    an_unknown_tenant_is_not_found,
    rel_18_of_two_equal_registrations_at_once_one_has_effect,
];

async fn a_new_user_is_listed_signs_in_unconfirmed_and_gets_one_confirmation_mail(on: Backend) {
    let app = App::start(on).await;

    let registration = app.registration(&app.test, "u-1").bearer(&app.master.token);
    registration.send().await.expect_no_content();

    let user = app.signed_in(&app.test, "u-1", PASSWORD).await;
    let listed = json!({"userId": user.id, "username": "u-1", "email": user.email, "roles": [], "isEnabled": true});
    assert!(
        app.users(&app.test)
            .await
            .as_array()
            .unwrap()
            .contains(&listed)
    );
    let mails = app.mails_to(&user.email).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].link().unwrap().path, "/account/email-confirmation");
}

async fn the_names_and_passwords_of_the_platforms_own_tests_are_accepted(on: Backend) {
    let app = App::start(on).await;

    for (username, password) in [
        (
            "u-0123456789abcdef01",
            "0c6d8a1e-5f7a-4b3c-8d2e-1f0a9b8c7d6e",
        ),
        ("u-abcdef0123456789ab", "0c6d8a1e5f7a4b3c8d2e1f0a9b8c7d6e"),
    ] {
        register(&app, &json!({"username": username, "email": format!("{username}@testing.example"), "password": password}))
            .send()
            .await
            .expect_no_content();
        app.sign_in(&app.test, username, password).await.expect(200);
    }
}

async fn sec_01_a_password_of_any_script_counts_to_its_last_character(on: Backend) {
    let app = App::start(on).await;

    for (username, password) in [
        ("zoë", "пароль".repeat(11)),
        ("日本", "鍵".repeat(80)),
        ("u 1+&", format!(" p+w &%=é\"'<>\\ {}", "y".repeat(72))),
    ] {
        register(&app, &json!({"username": username, "email": email_of("x".repeat(username.len()).as_str()), "password": password}))
            .send()
            .await
            .expect_no_content();
        app.sign_in(&app.test, username, &password)
            .await
            .expect(200);
        let almost = format!(
            "{}!",
            &password[..password.len() - password.chars().last().unwrap().len_utf8()]
        );
        app.sign_in(&app.test, username, &almost)
            .await
            .expect_oauth_error(400, "invalid_grant");
    }
}

async fn an_invited_user_without_a_password_sets_one_through_the_mailed_link(on: Backend) {
    let app = App::start(on).await;

    register(
        &app,
        &json!({"username": "guest", "email": email_of("guest")}),
    )
    .send()
    .await
    .expect_no_content();

    app.sign_in(&app.test, "guest", PASSWORD)
        .await
        .expect_oauth_error(400, "invalid_grant");
    let invitation = app.mails_to(&email_of("guest")).await[0].link().unwrap();
    let body =
        json!({"userId": invitation.user, "token": invitation.token, "newPassword": PASSWORD});
    app.post("/membership/password-reset-confirmations")
        .json(&body)
        .send()
        .await
        .expect_no_content();
    app.signed_in(&app.test, "guest", PASSWORD).await;
}

async fn the_same_name_in_two_tenants_is_two_people(on: Backend) {
    let app = App::start(on).await;
    let here = app.person(&app.test, "twin").await;
    let there = app.person(&app.acme, "twin").await;
    assert_ne!(here.id, there.id);

    let token = app.reset_token(&there).await;
    app.reset(&there, &token, "another long password")
        .send()
        .await
        .expect_no_content();

    app.sign_in(&app.test, "twin", PASSWORD).await.expect(200);
    app.refresh(&here.refresh_token).await.expect(200);
    app.sign_in(&app.acme, "twin", "another long password")
        .await
        .expect(200);
    app.sign_in(&app.acme, "twin", PASSWORD)
        .await
        .expect_oauth_error(400, "invalid_grant");
}

async fn member_names_are_read_in_any_case_and_unknown_members_ignored(on: Backend) {
    let app = App::start(on).await;

    let body = json!({"TENANTID": app.test.id, "Email": email_of("u"), "userName": "u", "PassWord": PASSWORD, "x": [{}]});
    let registration = app
        .post("/membership/registrations")
        .bearer(&app.master.token)
        .json(&body);
    registration.send().await.expect_no_content();

    app.signed_in(&app.test, "u", PASSWORD).await;
}

async fn sec_33_roles_ids_and_states_cannot_be_smuggled_in(on: Backend) {
    let app = App::start(on).await;

    register(
        &app,
        &json!({
            "username": "u", "email": email_of("u"), "password": PASSWORD, "userId": app.master.id, "id": app.master.id,
            "roles": ["Administrator"], "role": "Administrator", "isEmailConfirmed": true, "isEnabled": false,
        }),
    )
    .send()
    .await
    .expect_no_content();

    let user = app.signed_in(&app.test, "u", PASSWORD).await;
    assert_ne!(user.id, app.master.id);
    assert_eq!(app.roles_of(&user).await, json!([]));
    app.get(user.at("zendesk-token"))
        .bearer(&user.token)
        .send()
        .await
        .expect_problem(409);
}

async fn a_name_or_address_that_is_taken_is_a_conflict_in_every_spelling(on: Backend) {
    let app = App::start(on).await;
    app.person(&app.test, "anna").await;

    for (username, email) in [
        ("anna", "new@example.com"),
        ("ANNA", "new@example.com"),
        ("new", "anna@testing.example.com"),
        ("new", "Anna@Testing.EXAMPLE.com"),
    ] {
        let body = json!({"username": username, "email": email, "password": PASSWORD});
        app.refuses(register(&app, &body), 409).await;
    }
}

async fn a_missing_or_unusable_value_is_refused(on: Backend) {
    let app = App::start(on).await;
    let long = CANARY.repeat(30);

    for (member, value) in [
        ("tenantId", Value::Null),
        ("tenantId", json!("")),
        ("tenantId", json!(CANARY)),
        ("tenantId", json!(7)),
        ("username", Value::Null),
        ("username", json!("")),
        ("username", json!(format!(" {CANARY}"))),
        ("username", json!(format!("{CANARY}\nBcc: x@example.com"))),
        ("username", json!(long)),
        ("username", json!([CANARY])),
        ("email", Value::Null),
        ("email", json!("")),
        ("email", json!(CANARY)),
        (
            "email",
            json!(format!("{CANARY}@example.com\r\nBcc: x@example.com")),
        ),
        (
            "email",
            json!([format!("{CANARY}@example.com"), "x@example.com"]),
        ),
        ("email", json!({"address": CANARY})),
        ("password", json!(true)),
        ("password", json!([CANARY])),
        ("password", json!(long)),
    ] {
        let mut body = json!({"username": "u", "email": email_of("u"), "password": PASSWORD});
        body[member] = value;
        let answer = app.refuses(register(&app, &body), 400).await;
        assert!(
            answer.text().contains(member),
            "which value is it? {answer}"
        );
    }
}

async fn a_weak_password_is_refused_with_a_reason(on: Backend) {
    let app = App::start(on).await;

    for password in ["fourteen chars", "🔑🔑🔑🔑🔑🔑🔑", CANARY] {
        let body = json!({"username": "u", "email": email_of("u"), "password": password});
        let answer = app.refuses(register(&app, &body), 422).await;
        assert!(answer.text().contains("password"), "{answer}");
    }
}

async fn sec_49_nul_and_unpaired_surrogates_are_refused(on: Backend) {
    let app = App::start(on).await;

    for member in ["username", "email", "password"] {
        for escape in [r"\u0000", r"\ud800", r"\udfff\ud800"] {
            let mut body = json!({"tenantId": app.test.id, "username": "u", "email": email_of("u"), "password": PASSWORD});
            body[member] = json!(format!("{}@@", body[member].as_str().unwrap()));
            let body = body.to_string().replace("@@", escape);
            let request = app
                .post("/membership/registrations")
                .bearer(&app.master.token);
            app.refuses(request.body("application/json", body), 400)
                .await;
        }
    }
}

async fn an_unknown_tenant_is_not_found(on: Backend) {
    let app = App::start(on).await;
    let body = json!({"tenantId": "d08403aec32847de974af1008cef86cc", "username": "u", "email": email_of("u"), "password": PASSWORD});

    let request = app
        .post("/membership/registrations")
        .bearer(&app.master.token)
        .json(&body);

    app.refuses(request, 404).await;
}

async fn rel_18_of_two_equal_registrations_at_once_one_has_effect(on: Backend) {
    let app = App::start(on).await;
    let registration = app.registration(&app.test, "u").bearer(&app.master.token);

    let (one, other) = tokio::join!(registration.clone().send(), registration.send());

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    assert_eq!(app.mails_to(&email_of("u")).await.len(), 1);
}

/// A registration in the tenant `test` by its administrator, with these members over the usual ones.
fn register(app: &App, members: &Value) -> Request {
    let mut body = json!({"tenantId": app.test.id});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    app.post("/membership/registrations")
        .bearer(&app.master.token)
        .json(&body)
}
