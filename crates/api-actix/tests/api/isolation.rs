//! Who may do what (contract section 7). In each row the callers who may come with those who may not, by the same call.

use serde_json::{Value, json};

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    people::{PASSWORD, Person, Tenant, email_of},
};

const MISSING: &str = "d08403aec32847de974af1008cef86cc";

on_both![
    sec_31_every_operation_is_done_for_those_who_may_and_refused_to_the_others,
    sec_32_what_is_out_of_reach_answers_the_same_whether_or_not_it_exists,
    an_operation_that_needs_no_token_ignores_a_bad_one,
    sec_32_an_identity_of_another_tenant_is_nobody_here,
];

/// The callers of the table, in the order of its columns.
struct Callers([Option<Person>; 7]);

impl Callers {
    async fn new(app: &App) -> Self {
        Self([
            None,
            Some(app.person(&app.test, "stranger").await),
            Some(app.administrator(&app.test, "strange-admin").await),
            Some(app.person(&app.acme, "member").await),
            Some(app.confirmed(&app.acme, "self").await),
            Some(app.administrator(&app.acme, "admin").await),
            Some(app.master.clone()),
        ])
    }

    fn oneself(&self) -> &Person {
        self.0[4].as_ref().unwrap()
    }

    fn authorized(&self, column: usize, request: Request) -> Request {
        match &self.0[column] {
            Some(person) => request.bearer(&person.token),
            None => request,
        }
    }
}

#[rustfmt::skip]
const TABLE: [(&str, [u16; 7]); 27] = [
    //                 nobody stranger  their admin  member  oneself  admin  platform
    ("registration",     [401, 403,     403,         403,    403,     204,   204]),
    ("roles, read",      [401, 403,     403,         403,    200,     200,   200]),
    ("roles, write",     [401, 403,     403,         403,    403,     200,   200]),
    ("Zendesk token",    [401, 403,     403,         403,    200,     403,   403]),
    ("confirmation",     [204, 204,     204,         204,    204,     204,   204]),
    ("reset request",    [204, 204,     204,         204,    204,     204,   204]),
    ("tenant users",     [401, 403,     403,         200,    200,     200,   200]),
    ("one tenant",       [401, 403,     403,         200,    200,     200,   200]),
    ("tenants",          [401, 403,     403,         403,    403,     403,   200]),
    ("make a tenant",    [401, 403,     403,         403,    403,     403,   200]),
    ("change a tenant",  [401, 403,     403,         403,    403,     403,   200]),
    ("delete a tenant",  [401, 403,     403,         403,    403,     403,   200]),
    ("mail, read",       [401, 403,     403,         403,    403,     200,   200]),
    ("mail, write",      [401, 403,     403,         403,    403,     204,   204]),
    ("who one is",       [401, 200,     200,         200,    200,     200,   200]),
    ("sign-ins",         [401, 403,     403,         403,    200,     200,   200]),
    ("end a sign-in",    [401, 403,     403,         403,    404,     404,   404]),
    ("settings, read",   [401, 403,     403,         403,    200,     200,   200]),
    ("settings, write",  [401, 403,     403,         403,    200,     200,   200]),
    ("enable somebody",  [401, 403,     403,         403,    403,     200,   200]),
    ("set a password",   [401, 403,     403,         403,    400,     403,   403]),
    ("clients",          [401, 403,     403,         403,    403,     403,   200]),
    ("one client",       [401, 403,     403,         403,    403,     403,   200]),
    ("make a client",    [401, 403,     403,         403,    403,     403,   201]),
    ("change a client",  [401, 403,     403,         403,    403,     403,   204]),
    ("rotate a secret",  [401, 403,     403,         403,    403,     403,   201]),
    ("delete a client",  [401, 403,     403,         403,    403,     403,   204]),
];

async fn sec_31_every_operation_is_done_for_those_who_may_and_refused_to_the_others(on: Backend) {
    let app = App::start(on).await;
    let callers = Callers::new(&app).await;
    let empty = app.new_tenant("empty").await;
    app.client("portal", "confidential", json!({})).await;

    for (operation, statuses) in TABLE {
        for (column, status) in statuses.into_iter().enumerate().rev() {
            let request = request(&app, operation, callers.oneself(), &empty, column);
            let request = callers.authorized(column, request);
            if status < 300 {
                let answer = request.send().await;
                assert_eq!(
                    answer.status, status,
                    "{operation}, column {column}: {answer}"
                );
            } else {
                app.refuses(request, status).await;
            }
        }
    }
    for column in 0..7 {
        let user = app.signed_in(&app.acme, "self", PASSWORD).await;
        let path = user.at("refresh-tokens");
        let request = if column == 4 {
            app.delete(path).bearer(&user.token)
        } else {
            callers.authorized(column, app.delete(path))
        };
        request.send().await.expect_empty();
        app.refresh(&user.refresh_token)
            .await
            .expect_oauth_error(400, "invalid_grant");
    }
}

fn request(app: &App, operation: &str, user: &Person, empty: &Tenant, number: usize) -> Request {
    let (tenant, name) = (&user.tenant, format!("new{number}"));
    let role = json!({"role": "Support", "isEnabled": true});
    match operation {
        "registration" => app.registration(tenant, &name),
        "roles, read" => app.get(user.at("roles")),
        "roles, write" => app.put(user.at("roles")).json(&role),
        "Zendesk token" => app.get(user.at("zendesk-token")),
        "confirmation" => app.post(user.at("email-confirmation-requests")),
        "reset request" => {
            let body = json!({"tenant": "nowhere", "username": user.username});
            app.post("/membership/password-reset-requests").json(&body)
        }
        "tenant users" => app.get(format!("/tenants/{}/users", tenant.id)),
        "one tenant" => app.get(format!("/tenants/{}", tenant.id)),
        "tenants" => app.get("/tenants"),
        "make a tenant" => app
            .post("/tenants")
            .json(&json!({"name": name, "shortName": name})),
        "change a tenant" => app
            .put(format!("/tenants/{}", tenant.id))
            .json(&json!({"name": name})),
        "delete a tenant" => app.delete(format!("/tenants/{}", empty.id)),
        "mail, read" => app.get(format!("/tenants/{}/mail", tenant.id)),
        "mail, write" => app
            .put(format!("/tenants/{}/mail", tenant.id))
            .json(&json!({"senderName": name})),
        "who one is" => app.get("/connect/userinfo"),
        "sign-ins" => app.get(format!("/sessions/{}/{}", tenant.id, user.id)),
        // One that does not exist: nobody is told so who may not end one that does.
        "end a sign-in" => app.delete(format!("/sessions/{}/{}/{MISSING}", tenant.id, user.id)),
        "settings, read" => app.get(account_settings(tenant, &user.id)),
        "settings, write" => app
            .put(account_settings(tenant, &user.id))
            .json(&json!({"newUsername": user.username})),
        // Of another one than oneself, where that is another.
        "enable somebody" if number == 4 => app
            .put(account_settings(tenant, &user.id))
            .json(&json!({"isEnabled": false})),
        "enable somebody" => app
            .put(account_settings(tenant, &user.id))
            .json(&json!({"isEnabled": true})),
        "set a password" => app
            .put(account_settings(tenant, &user.id))
            .json(&json!({"newPassword": PASSWORD})),
        "clients" => app.get("/clients"),
        "one client" => app.get("/clients/portal"),
        "make a client" => {
            let body = json!({"clientId": name, "kind": "public"});
            app.post("/clients").json(&body)
        }
        "change a client" => app.put("/clients/portal").json(&json!({"isEnabled": true})),
        "rotate a secret" => app.post("/clients/portal/secrets"),
        "delete a client" => app.delete("/clients/portal"),
        other => panic!("{other} is no operation"),
    }
}

fn account_settings(tenant: &Tenant, user: &str) -> String {
    format!("/account-settings/{}/{user}", tenant.id)
}

async fn sec_32_what_is_out_of_reach_answers_the_same_whether_or_not_it_exists(on: Backend) {
    let app = App::start(on).await;
    let (user, other) = (
        app.person(&app.acme, "u").await,
        app.person(&app.test, "u").await,
    );
    let admin = app.administrator(&app.acme, "admin").await;
    app.get(user.at("roles"))
        .bearer(&admin.token)
        .send()
        .await
        .expect(200);

    for caller in [&user, &admin] {
        for (method, path, body) in [
            ("GET", "/membership/roles/{tenant}/{user}", Value::Null),
            (
                "PUT",
                "/membership/roles/{tenant}/{user}",
                json!({"role": "Support", "isEnabled": true}),
            ),
            (
                "GET",
                "/membership/zendesk-token/{tenant}/{user}",
                Value::Null,
            ),
            ("GET", "/sessions/{tenant}/{user}", Value::Null),
            ("GET", "/account-settings/{tenant}/{user}", Value::Null),
            (
                "PUT",
                "/account-settings/{tenant}/{user}",
                json!({"newUsername": "x"}),
            ),
            ("GET", "/tenants/{tenant}/users", Value::Null),
            ("GET", "/tenants/{tenant}", Value::Null),
            ("PUT", "/tenants/{tenant}", json!({"name": "x"})),
            ("DELETE", "/tenants/{tenant}", Value::Null),
            ("GET", "/tenants/{tenant}/mail", Value::Null),
            ("PUT", "/tenants/{tenant}/mail", json!({"senderName": "x"})),
        ] {
            let ask = |tenant: &str, user: &str| {
                let path = path.replace("{tenant}", tenant).replace("{user}", user);
                let request = app.request(method, path).bearer(&caller.token);
                if body.is_null() {
                    request
                } else {
                    request.json(&body)
                }
            };
            let existing = app.refuses(ask(&app.test.id, &other.id), 403).await;
            for (tenant, id) in [
                (MISSING, &*other.id),
                (MISSING, MISSING),
                (&*app.test.id, MISSING),
                (&*app.test.id, &*user.id),
            ] {
                let missing = app.refuses(ask(tenant, id), 403).await;
                assert_eq!(missing.face(), existing.face(), "{method} {path}");
            }
        }
        let register = |tenant: &str| {
            let body = json!({"tenantId": tenant, "username": "x", "email": email_of("x"), "password": PASSWORD});
            app.post("/membership/registrations")
                .bearer(&caller.token)
                .json(&body)
        };
        let existing = app.refuses(register(&app.test.id), 403).await;
        assert_eq!(
            app.refuses(register(MISSING), 403).await.face(),
            existing.face()
        );
    }
}

async fn an_operation_that_needs_no_token_ignores_a_bad_one(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let stale = app.signed_in(&app.acme, "u", PASSWORD).await;
    app.delete(stale.at("refresh-tokens"))
        .bearer(&stale.token)
        .send()
        .await
        .expect_empty();
    app.get(stale.at("roles"))
        .bearer(&stale.token)
        .send()
        .await
        .expect_problem(401);

    for bearer in [CANARY, "", &stale.token] {
        let reset = app.reset_token(&user).await;
        let confirmation = app.confirmation_token(&user).await;
        let report =
            json!({"isUpdate": false, "tenant": "acme", "username": "u", "email": "u@example.com"});
        for request in [
            app.post("/membership/initialize"),
            app.post("/membership/identified-users").json(&report),
            app.post("/membership/password-reset-requests")
                .json(&json!({"tenant": "acme", "username": "u"})),
            app.get(format!(
                "/membership/password-reset-tokens/{}?token={reset}",
                user.id
            )),
            app.post(user.at("email-confirmation-requests")),
            app.post("/membership/email-confirmations")
                .json(&json!({ "token": confirmation })),
        ] {
            let answer = request.bearer(bearer).send().await;
            assert!(answer.status < 300 || answer.status == 400, "{answer}");
        }
        app.reset(&user, &reset, PASSWORD)
            .bearer(bearer)
            .send()
            .await
            .expect_no_content();
    }
}

async fn sec_32_an_identity_of_another_tenant_is_nobody_here(on: Backend) {
    let app = App::start(on).await;
    let (here, there) = (
        app.person(&app.acme, "u").await,
        app.person(&app.test, "u").await,
    );
    let admin = app.administrator(&app.acme, "admin").await;
    let role = json!({"role": "Support", "isEnabled": true});

    for (tenant, user) in [(&here.tenant, &there), (&there.tenant, &here)] {
        let at = |collection: &str| format!("/membership/{collection}/{}/{}", tenant.id, user.id);
        app.refuses(app.get(at("roles")).bearer(&app.master.token), 404)
            .await;
        app.refuses(
            app.put(at("roles")).bearer(&app.master.token).json(&role),
            404,
        )
        .await;
        let answer = app.get(at("roles")).bearer(&admin.token).send().await;
        assert_eq!(
            answer.status,
            if tenant.id == app.acme.id { 404 } else { 403 }
        );
        app.delete(at("refresh-tokens"))
            .bearer(&app.master.token)
            .send()
            .await
            .expect_empty();
        let mails = app.mails().await.len();
        app.post(at("email-confirmation-requests"))
            .send()
            .await
            .expect_no_content();
        assert_eq!(app.mails().await.len(), mails);
    }
    for user in [&here, &there] {
        app.refresh(&user.refresh_token).await.expect(200);
    }
}
