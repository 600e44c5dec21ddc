//! SEC-04 and SEC-05: what a sign-in that is refused tells, and whom a flood of them holds up.

use futures_util::future::join_all;
use serde_json::json;

use crate::{
    answer::{Answer, CANARY},
    app::App,
    home::Backend,
    http::Request,
    people::{PASSWORD, Tenant},
    token::grant,
};

on_both![
    sec_05_every_refused_sign_in_answers_the_same_in_the_form_of_each_generation,
    sec_04_sign_ins_beyond_the_queue_are_refused_and_nothing_else_waits,
];

/// Who is refused, for whatever reason: the tenant, the name and the password.
type Refused = (String, &'static str, &'static str);

async fn sec_05_every_refused_sign_in_answers_the_same_in_the_form_of_each_generation(on: Backend) {
    let app = App::start(on).await;
    let refused = refused(&app).await;

    // Py-old sends no Accept, Python since 2022 the second, C# the third.
    for accept in [None, Some("application/json"), Some("text/plain")] {
        for path in ["/token", "/connect/token"] {
            let attempt = |(tenant, name, password): &Refused| {
                let request = sign_in(&app, path, tenant, name, password);
                match accept {
                    Some(types) => request.accept(types),
                    None => request,
                }
            };
            let right = ("acme".to_owned(), "u", PASSWORD);
            attempt(&right).send().await.expect(200);
            let wrong = ("acme".to_owned(), "u", CANARY);
            let wrong = app.refuses_grant(attempt(&wrong), "invalid_grant").await;
            for one in &refused {
                let answer = app.refuses_grant(attempt(one), "invalid_grant").await;
                assert_eq!(answer.face(), wrong.face(), "{one:?} {accept:?}");
            }
        }
    }
}

async fn refused(app: &App) -> Vec<Refused> {
    app.person(&app.acme, "u").await;
    app.confirmed(&app.acme, "confirmed").await;
    let invited =
        json!({"tenantId": app.acme.id, "username": "invited", "email": "invited@example.com"});
    let invitation = app.post("/membership/registrations").json(&invited);
    let invitation = invitation.bearer(&app.master.token);
    invitation.send().await.expect_no_content();
    let disabled = app.person(&app.acme, "disabled").await;
    let account = format!("/account-settings/{}/{}", app.acme.id, disabled.id);
    let off = json!({"isEnabled": false});
    let disable = app.put(account).bearer(&app.master.token).json(&off);
    disable.send().await.expect_success();
    let closed = app.new_tenant("closed").await;
    app.person(&closed, "u").await;
    close(app, &closed).await;

    let refused = [
        ("acme", "nobody", PASSWORD),
        ("acme", CANARY, PASSWORD),
        ("acme", "confirmed", CANARY),
        ("acme", "invited", PASSWORD),
        ("acme", "disabled", PASSWORD),
        ("acme", " u", PASSWORD),
        ("acme", "a\nb", PASSWORD),
        ("test", "u", PASSWORD),
        ("closed", "u", PASSWORD),
        (CANARY, "u", PASSWORD),
        ("no such tenant!", "u", PASSWORD),
        (app.acme.id.as_str(), "u", PASSWORD),
    ];
    refused
        .map(|(tenant, name, password)| (tenant.to_owned(), name, password))
        .into()
}

async fn close(app: &App, tenant: &Tenant) {
    let change = json!({"name": "closed Ltd", "shortName": "closed", "isEnabled": false});
    let change = app.put(format!("/tenants/{}", tenant.id)).json(&change);
    let change = change.bearer(&app.master.token);
    change.send().await.expect_success();
}

async fn sec_04_sign_ins_beyond_the_queue_are_refused_and_nothing_else_waits(on: Backend) {
    let app = App::start_with(on, |settings| {
        settings.password.bcrypt_cost = Some(12);
        settings.password.hash_threads = 1;
        settings.password.queue = 1;
    })
    .await;

    let flood =
        join_all((0..30).map(|_| sign_in(&app, "/token", "test", "master", PASSWORD).send()));
    let others = async {
        let refreshed = app.refresh(&app.master.refresh_token).await;
        let keys = app.get("/.well-known/jwks.json").send().await;
        let roles = app.get(app.master.at("roles")).bearer(&app.master.token);
        [refreshed, keys, roles.send().await]
    };
    let (answers, others) = tokio::join!(flood, others);

    for answer in others {
        answer.expect(200);
    }
    let (done, refused): (Vec<Answer>, Vec<Answer>) =
        answers.into_iter().partition(|answer| answer.status == 200);
    assert!(!done.is_empty() && refused.len() > 10, "{}", done.len());
    for answer in refused {
        assert_eq!(answer.header("retry-after"), Some("1"), "{answer}");
        answer.expect(503);
    }
    app.signed_in(&app.test, "master", PASSWORD).await;
}

fn sign_in(app: &App, path: &str, tenant: &str, username: &str, password: &str) -> Request {
    app.post(path).form(&grant(
        "password",
        &[
            ("username", username),
            ("tenant", tenant),
            ("password", password),
        ],
    ))
}
