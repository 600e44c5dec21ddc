use serde_json::{Value, json};

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    people::{PASSWORD, Person},
};

on_both![
    a_role_is_added_and_removed_and_repeating_it_changes_nothing,
    a_new_user_has_an_empty_list,
    the_roles_show_in_the_next_sign_in_and_in_the_list_of_users,
    left_out_is_enabled_counts_as_false,
    sec_34_unknown_roles_are_unacceptable,
    sec_34_nobody_grants_a_role_above_their_own,
    sec_34_the_administrator_role_stays_in_the_platforms_own_tenant,
    sec_34_the_last_administrator_stays,
    sec_34_of_two_administrators_who_remove_each_other_one_stays,
    sec_29_a_role_that_was_taken_away_counts_no_more,
    unusable_bodies_are_refused,
    sec_32_a_user_of_another_tenant_is_not_found,
];

async fn a_role_is_added_and_removed_and_repeating_it_changes_nothing(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for (role, enabled, then) in [
        ("Support", true, json!(["Support"])),
        ("Support", true, json!(["Support"])),
        (
            "TenantAdministrator",
            true,
            json!(["Support", "TenantAdministrator"]),
        ),
        ("Support", false, json!(["TenantAdministrator"])),
        ("Support", false, json!(["TenantAdministrator"])),
        ("User", false, json!(["TenantAdministrator"])),
    ] {
        put(&app, &user, &json!({"role": role, "isEnabled": enabled}))
            .send()
            .await
            .expect_empty();
        assert_eq!(app.roles_of(&user).await, then);
    }
}

async fn a_new_user_has_an_empty_list(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    let answer = app
        .get(user.at("roles"))
        .bearer(&user.token)
        .send()
        .await
        .expect(200);

    assert_eq!(answer.json(), json!({"roles": []}));
}

async fn the_roles_show_in_the_next_sign_in_and_in_the_list_of_users(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    app.grant(&user, "TenantAdministrator").await;
    app.grant(&user, "Support").await;

    let answer = app
        .sign_in(&app.acme, "u", PASSWORD)
        .await
        .expect(200)
        .json();
    let refreshed = app.refresh(&user.refresh_token).await.expect(200).json();

    assert_eq!(answer["roles"], "Support, TenantAdministrator");
    assert_eq!(refreshed["roles"], "Support, TenantAdministrator");
    let users = app.users(&app.acme).await;
    let listed = users
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["userId"] == user.id.as_str())
        .unwrap();
    assert_eq!(listed["roles"], json!(["Support", "TenantAdministrator"]));
}

async fn left_out_is_enabled_counts_as_false(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    app.grant(&user, "Support").await;

    put(&app, &user, &json!({"role": "Support"}))
        .send()
        .await
        .expect_empty();

    assert_eq!(app.roles_of(&user).await, json!([]));
}

async fn sec_34_unknown_roles_are_unacceptable(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for role in [
        CANARY,
        "support",
        "Owner",
        " Support",
        "Support, User",
        "Zo\u{eb}",
    ] {
        app.refuses(
            put(&app, &user, &json!({"role": role, "isEnabled": true})),
            422,
        )
        .await;
    }
}

async fn sec_34_nobody_grants_a_role_above_their_own(on: Backend) {
    let app = App::start(on).await;
    let admin = app.administrator(&app.test, "admin").await;
    let user = app.person(&app.test, "u").await;
    let grant = |caller: &Person, person: &Person, role: &str| {
        let body = json!({"role": role, "isEnabled": true});
        app.put(person.at("roles"))
            .bearer(&caller.token)
            .json(&body)
    };
    grant(&admin, &user, "Support").send().await.expect_empty();

    app.refuses(grant(&admin, &user, "Administrator"), 403)
        .await;
    app.refuses(grant(&admin, &admin, "Administrator"), 403)
        .await;
    app.refuses(grant(&user, &user, "Support"), 403).await;
    app.refuses(grant(&user, &user, "TenantAdministrator"), 403)
        .await;
    let revocation = json!({"role": "Administrator", "isEnabled": false});
    app.refuses(
        app.put(app.master.at("roles"))
            .bearer(&admin.token)
            .json(&revocation),
        403,
    )
    .await;
}

async fn sec_34_the_administrator_role_stays_in_the_platforms_own_tenant(on: Backend) {
    let app = App::start(on).await;
    let (here, there) = (
        app.person(&app.test, "u").await,
        app.person(&app.acme, "u").await,
    );
    let body = json!({"role": "Administrator", "isEnabled": true});

    app.refuses(put(&app, &there, &body), 422).await;

    put(&app, &here, &body).send().await.expect_empty();
    app.get("/tenants")
        .bearer(&here.token)
        .send()
        .await
        .expect(200);
}

async fn sec_34_the_last_administrator_stays(on: Backend) {
    let app = App::start(on).await;
    let body = json!({"role": "Administrator", "isEnabled": false});

    app.refuses(put(&app, &app.master, &body), 409).await;

    let second = app.person(&app.test, "second").await;
    app.grant(&second, "Administrator").await;
    let both = [&app.master, &second].map(|person| put(&app, person, &body).send());
    let statuses = futures_util::future::join_all(both).await;
    assert_eq!(
        statuses.iter().filter(|it| it.status == 200).count(),
        1,
        "{statuses:?}"
    );
}

async fn sec_34_of_two_administrators_who_remove_each_other_one_stays(on: Backend) {
    let app = App::start(on).await;
    for round in 0..5 {
        let tenant = app.new_tenant(&format!("round-{round}")).await;
        let one = app.administrator(&tenant, "one").await;
        let other = app.administrator(&tenant, "other").await;
        let each = [(&one, &other), (&other, &one)];
        let removals = each.map(|(by, of)| {
            let path = format!("/account-settings/{}/{}", tenant.id, of.id);
            // By role and by account at the same time, where there are two ways.
            match (round % 3, by.id == one.id) {
                (0, _) | (1, true) => revoke(&app, of),
                _ => app.put(path).json(&json!({"isEnabled": false})),
            }
            .bearer(&by.token)
        });

        let answers = futures_util::future::join_all(removals.map(Request::send)).await;

        let done = answers.iter().filter(|it| it.status == 200).count();
        assert_eq!(done, 1, "{answers:?}");
        let users = app.users(&tenant).await;
        let is_administrator = |user: &&Value| {
            let roles = user["roles"].as_array().unwrap();
            user["isEnabled"] == true && roles.contains(&json!("TenantAdministrator"))
        };
        let left = users.as_array().unwrap().iter().filter(is_administrator);
        assert_eq!(left.count(), 1, "{users}");
    }
}

async fn sec_29_a_role_that_was_taken_away_counts_no_more(on: Backend) {
    let app = App::start(on).await;
    let (admin, other) = (
        app.administrator(&app.acme, "admin").await,
        app.administrator(&app.acme, "other").await,
    );
    let list = app.get(other.at("roles")).bearer(&admin.token);
    list.clone().send().await.expect(200);

    let body = json!({"role": "TenantAdministrator", "isEnabled": false});
    put(&app, &admin, &body).send().await.expect_empty();

    list.send().await.expect_problem(403);
}

async fn unusable_bodies_are_refused(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    for body in [
        json!({}),
        json!({"isEnabled": true}),
        json!({"role": null, "isEnabled": true}),
        json!({"role": 7, "isEnabled": true}),
        json!({"role": [CANARY], "isEnabled": true}),
        json!({"role": "Support", "isEnabled": CANARY}),
        json!({"role": "Support", "isEnabled": 7}),
        json!([{"op": "add", "path": "/role", "value": "Support"}]),
        json!(CANARY),
        json!(null),
    ] {
        app.refuses(put(&app, &user, &body), 400).await;
    }
}

async fn sec_32_a_user_of_another_tenant_is_not_found(on: Backend) {
    let app = App::start(on).await;
    let (here, there) = (
        app.person(&app.test, "u").await,
        app.person(&app.acme, "u").await,
    );
    let body = json!({"role": "Support", "isEnabled": true});

    for (tenant, user) in [
        (app.test.id.as_str(), there.id.as_str()),
        (app.acme.id.as_str(), here.id.as_str()),
        (app.acme.id.as_str(), "d08403aec32847de974af1008cef86cc"),
        ("d08403aec32847de974af1008cef86cc", there.id.as_str()),
        (app.acme.id.as_str(), CANARY),
        (CANARY, there.id.as_str()),
    ] {
        let path = format!("/membership/roles/{tenant}/{user}");
        app.refuses(app.get(&path).bearer(&app.master.token), 404)
            .await;
        app.refuses(app.put(&path).bearer(&app.master.token).json(&body), 404)
            .await;
    }
}

fn put(app: &App, person: &Person, body: &Value) -> Request {
    app.put(person.at("roles"))
        .bearer(&app.master.token)
        .json(body)
}

/// The request that takes the tenant's role, by a caller still to be named.
fn revoke(app: &App, of: &Person) -> Request {
    let body = json!({"role": "TenantAdministrator", "isEnabled": false});
    app.put(of.at("roles")).json(&body)
}
