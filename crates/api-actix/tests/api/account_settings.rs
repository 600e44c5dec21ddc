use serde_json::{Value, json};
use wiring::settings::Generation;

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    people::{PASSWORD, Person, email_of},
};

const NEW_PASSWORD: &str = "another long password";

on_both![
    the_settings_are_shown_and_changed,
    the_older_generation_is_told_204,
    what_is_left_out_or_as_it_was_changes_nothing,
    sec_10_a_new_password_needs_the_present_one_ends_sign_ins_and_is_told,
    nobody_sets_the_password_of_another_person,
    a_new_address_counts_once_its_link_was_clicked,
    sec_18_a_new_password_or_address_voids_links_and_pending_changes,
    a_name_that_is_taken_is_a_conflict,
    sec_29_who_is_disabled_is_out_at_once,
    sec_34_the_last_administrator_is_not_disabled_and_nobody_disables_oneself,
    sec_34_a_tenant_administrator_does_not_reach_a_platform_administrator,
    sec_33_roles_ids_and_states_cannot_be_smuggled_in,
    unusable_values_are_refused,
];

async fn the_settings_are_shown_and_changed(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let admin = app.administrator(&app.acme, "admin").await;
    let mut settings = json!({
        "username": "u", "email": user.email, "isEnabled": true, "isEmailConfirmed": false,
        "isTwoFactorEnabled": false, "isMicroCanopy": false,
    });
    for reader in [&user, &admin, &app.master] {
        assert_eq!(shown(&app, &user, reader).await, settings);
    }

    for (changer, name) in [(&user, "v"), (&admin, "w"), (&app.master, "x")] {
        let change = put(&app, &user, changer, &json!({"newUsername": name}));
        change.send().await.expect_empty();

        settings["username"] = json!(name);
        assert_eq!(shown(&app, &user, &user).await, settings);
        app.sign_in(&app.acme, name, PASSWORD).await.expect(200);
    }
    let gone = app.sign_in(&app.acme, "u", PASSWORD).await;
    gone.expect_oauth_error(400, "invalid_grant");
}

async fn the_older_generation_is_told_204(on: Backend) {
    let app = App::start_with(on, |settings| {
        settings.server.generation = Generation::Older;
    });
    let app = app.await;
    let user = app.person(&app.acme, "u").await;

    let change = put(&app, &user, &user, &json!({"newUsername": "v"}));
    change.send().await.expect_no_content();

    assert_eq!(shown(&app, &user, &user).await["username"], "v");
}

async fn what_is_left_out_or_as_it_was_changes_nothing(on: Backend) {
    let app = App::start(on).await;
    let user = app.confirmed(&app.acme, "u").await;
    let before = app.state().await;

    for body in [
        json!({}),
        json!({"newUsername": null, "newEmail": null, "newPassword": null, "isEnabled": null}),
        json!({"newUsername": "u", "newEmail": user.email, "isEnabled": true}),
        json!({"newEmail": user.email.to_uppercase(), "currentPassword": CANARY}),
    ] {
        let change = put(&app, &user, &user, &body);
        change.send().await.expect_empty();
        assert_eq!(app.state().await, before, "{body}");
    }
    assert_eq!(shown(&app, &user, &user).await["isEmailConfirmed"], true);
    app.refresh(&user.refresh_token).await.expect(200);
}

async fn sec_10_a_new_password_needs_the_present_one_ends_sign_ins_and_is_told(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let elsewhere = app.signed_in(&app.acme, "u", PASSWORD).await;
    let mails = app.mails_to(&user.email).await.len();

    for (body, status, field) in [
        (json!({"newPassword": NEW_PASSWORD}), 400, "currentPassword"),
        (
            json!({"newPassword": NEW_PASSWORD, "currentPassword": CANARY}),
            422,
            "currentPassword",
        ),
        (
            json!({"newPassword": NEW_PASSWORD, "currentPassword": NEW_PASSWORD, "newUsername": "v"}),
            422,
            "currentPassword",
        ),
        (
            json!({"newPassword": CANARY, "currentPassword": PASSWORD}),
            422,
            "newPassword",
        ),
    ] {
        let answer = app.refuses(put(&app, &user, &user, &body), status).await;
        assert!(answer.json()["errors"][field].is_array(), "{answer}");
    }
    app.refresh(&elsewhere.refresh_token).await.expect(200);

    let body = json!({"newPassword": NEW_PASSWORD, "currentPassword": PASSWORD});
    let change = put(&app, &user, &user, &body);
    change.send().await.expect_empty();

    for signed_in in [&user, &elsewhere] {
        let ended = app.refresh(&signed_in.refresh_token).await;
        ended.expect_oauth_error(400, "invalid_grant");
        let ended = app.get(at(&user)).bearer(&signed_in.token).send().await;
        ended.expect_problem(401);
    }
    let old = app.sign_in(&app.acme, "u", PASSWORD).await;
    old.expect_oauth_error(400, "invalid_grant");
    let new = app.sign_in(&app.acme, "u", NEW_PASSWORD).await;
    new.expect(200);
    let told = app.mails_to(&user.email).await;
    assert_eq!(told.len(), mails + 1);
    let subject = told[mails].header("Subject").unwrap();
    assert_eq!(subject, "Your password for acme Ltd was changed");
}

async fn nobody_sets_the_password_of_another_person(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let admin = app.administrator(&app.acme, "admin").await;
    let body = json!({"newPassword": NEW_PASSWORD, "currentPassword": PASSWORD});

    for caller in [&admin, &app.master] {
        app.refuses(put(&app, &user, caller, &body), 403).await;
    }

    app.sign_in(&app.acme, "u", PASSWORD).await.expect(200);
}

async fn a_new_address_counts_once_its_link_was_clicked(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let (new, mails) = (email_of("new"), app.mails_to(&user.email).await.len());

    let change = put(&app, &user, &user, &json!({ "newEmail": new }));
    change.send().await.expect_empty();

    let settings = shown(&app, &user, &user).await;
    assert_eq!(settings["email"], user.email.as_str());
    let told = app.mails_to(&user.email).await;
    assert_eq!(told.len(), mails + 1);
    let subject = told[mails].header("Subject").unwrap();
    assert!(subject.contains("is about to change"), "{subject}");
    assert!(told[mails].link().is_none());
    let page = "/account/email-confirmation";
    let link = app.newest_link(&new, page).await;
    for method in ["GET", "HEAD", "GET"] {
        let look = app.request(method, link.target.as_str());
        look.send().await.expect(200);
    }
    let reset = json!({"tenant": "acme", "email": new});
    let reset = app.post("/membership/password-reset-requests").json(&reset);
    reset.send().await.expect_success();
    assert_eq!(app.mails_to(&new).await.len(), 1, "not usable yet");
    let email = shown(&app, &user, &user).await["email"].clone();
    assert_eq!(email, user.email.as_str());

    let form = [("token", link.token.as_str())];
    app.post(page).form(&form).send().await.expect(200);

    let settings = shown(&app, &user, &user).await;
    assert_eq!(settings["email"], new.as_str());
    assert_eq!(settings["isEmailConfirmed"], true);
    app.refuses(confirmation(&app, &link.token), 400).await;
    app.refresh(&user.refresh_token).await.expect(200);
}

async fn sec_18_a_new_password_or_address_voids_links_and_pending_changes(on: Backend) {
    let app = App::start(on).await;
    for (name, by_password) in [("u", true), ("v", false)] {
        let user = app.person(&app.acme, name).await;
        let reset = app.reset_token(&user).await;
        let first = pending(&app, &user, &format!("first-{name}")).await;
        let second = pending(&app, &user, &format!("second-{name}")).await;
        app.refuses(confirmation(&app, &first), 400).await;

        if by_password {
            let body = json!({"newPassword": NEW_PASSWORD, "currentPassword": PASSWORD});
            let change = put(&app, &user, &user, &body);
            change.send().await.expect_empty();
        } else {
            let confirmed = confirmation(&app, &second).send().await;
            confirmed.expect_no_content();
        }

        app.refuses(confirmation(&app, &second), 400).await;
        app.refuses(app.reset(&user, &reset, "yet another password"), 400)
            .await;
        let registered = app.newest_link(&user.email, "/account/email-confirmation");
        let registered = registered.await.token;
        app.refuses(confirmation(&app, &registered), 400).await;
    }
}

async fn a_name_that_is_taken_is_a_conflict(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let other = app.person(&app.acme, "other").await;
    app.person(&app.test, "elsewhere").await;

    for body in [
        json!({"newUsername": "OTHER"}),
        json!({"newEmail": other.email.to_uppercase()}),
        json!({"newUsername": "fine", "newEmail": other.email}),
    ] {
        app.refuses(put(&app, &user, &user, &body), 409).await;
    }
    let of_another_tenant = json!({"newUsername": "elsewhere"});
    let change = put(&app, &user, &user, &of_another_tenant);
    change.send().await.expect_empty();

    let token = pending(&app, &user, "wanted").await;
    app.person(&app.acme, "wanted").await;
    app.refuses(confirmation(&app, &token), 400).await;
}

async fn sec_29_who_is_disabled_is_out_at_once(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let admin = app.administrator(&app.acme, "admin").await;
    shown(&app, &user, &user).await;

    let disable = put(&app, &user, &admin, &json!({"isEnabled": false}));
    disable.send().await.expect_empty();

    let refused = app.get(at(&user)).bearer(&user.token).send().await;
    refused.expect_problem(401);
    let refused = app.refresh(&user.refresh_token).await;
    refused.expect_oauth_error(400, "invalid_grant");
    let refused = app.sign_in(&app.acme, "u", PASSWORD).await;
    refused.expect_oauth_error(400, "invalid_grant");
    assert_eq!(shown(&app, &user, &admin).await["isEnabled"], false);
    let mails = app.mails().await.len();
    app.request_reset(&user).await;
    assert_eq!(app.mails().await.len(), mails);

    let enable = put(&app, &user, &admin, &json!({"isEnabled": true}));
    enable.send().await.expect_empty();
    app.sign_in(&app.acme, "u", PASSWORD).await.expect(200);
    let ended = app.refresh(&user.refresh_token).await;
    ended.expect_oauth_error(400, "invalid_grant");
}

async fn sec_34_the_last_administrator_is_not_disabled_and_nobody_disables_oneself(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let admin = app.administrator(&app.acme, "admin").await;
    let disabled = json!({"isEnabled": false});

    for person in [&user, &admin, &app.master] {
        app.refuses(put(&app, person, person, &disabled), 403).await;
    }
    app.refuses(put(&app, &admin, &app.master, &disabled), 409)
        .await;

    let second = app.administrator(&app.acme, "second").await;
    let each_other = [(&admin, &second), (&second, &admin)];
    let both = each_other.map(|(of, by)| put(&app, of, by, &disabled).send());
    let answers = futures_util::future::join_all(both).await;
    let done = answers.iter().filter(|it| it.status == 200).count();
    assert_eq!(done, 1, "{answers:?}");
}

async fn sec_34_a_tenant_administrator_does_not_reach_a_platform_administrator(on: Backend) {
    let app = App::start(on).await;
    let admin = app.administrator(&app.test, "admin").await;
    let second = app.person(&app.test, "second").await;
    app.grant(&second, "Administrator").await;

    for body in [
        json!({"newEmail": email_of("mine")}),
        json!({"newUsername": "x"}),
        json!({"isEnabled": false}),
    ] {
        app.refuses(put(&app, &second, &admin, &body), 403).await;
    }
    let change = put(&app, &second, &app.master, &json!({"isEnabled": false}));
    change.send().await.expect_empty();
}

async fn sec_33_roles_ids_and_states_cannot_be_smuggled_in(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let before = shown(&app, &user, &user).await;

    let body = json!({
        "userId": app.master.id, "tenantId": app.test.id, "username": "x", "email": email_of("x"),
        "roles": ["TenantAdministrator"], "role": "TenantAdministrator", "isEmailConfirmed": true,
        "isTwoFactorEnabled": true, "isMicroCanopy": true, "password": NEW_PASSWORD,
    });
    let change = put(&app, &user, &user, &body);
    change.send().await.expect_empty();

    assert_eq!(shown(&app, &user, &user).await, before);
    assert_eq!(app.roles_of(&user).await, json!([]));
}

async fn unusable_values_are_refused(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let long = CANARY.repeat(30);

    for (member, value) in [
        ("newUsername", json!("")),
        ("newUsername", json!(format!(" {CANARY}"))),
        ("newUsername", json!(long)),
        ("newUsername", json!([CANARY])),
        ("newEmail", json!("")),
        ("newEmail", json!(CANARY)),
        ("newEmail", json!(format!("{CANARY}@x.example\r\nBcc: y"))),
        ("newEmail", json!([format!("{CANARY}@x.example")])),
        ("newPassword", json!("")),
        ("newPassword", json!(long)),
        ("newPassword", json!(7)),
        ("currentPassword", json!("")),
        ("currentPassword", json!(long)),
        ("currentPassword", json!({"a": CANARY})),
        ("isEnabled", json!(CANARY)),
        ("isEnabled", json!(1)),
    ] {
        let mut body = json!({"newUsername": "v"});
        body[member] = value;
        let answer = app.refuses(put(&app, &user, &user, &body), 400).await;
        assert!(answer.json()["errors"][member].is_array(), "{answer}");
    }
}

fn at(person: &Person) -> String {
    format!("/account-settings/{}/{}", person.tenant.id, person.id)
}

fn put(app: &App, of: &Person, by: &Person, body: &Value) -> Request {
    app.put(at(of)).bearer(&by.token).json(body)
}

async fn shown(app: &App, of: &Person, to: &Person) -> Value {
    let settings = app.get(at(of)).bearer(&to.token).send().await;
    settings.expect(200).json()
}

/// The token that proves the address the person asks for.
async fn pending(app: &App, person: &Person, name: &str) -> String {
    let new = email_of(name);
    let change = put(app, person, person, &json!({ "newEmail": new }));
    change.send().await.expect_success();
    let link = app.newest_link(&new, "/account/email-confirmation");
    link.await.token
}

fn confirmation(app: &App, token: &str) -> Request {
    app.post("/membership/email-confirmations")
        .json(&json!({ "token": token }))
}
