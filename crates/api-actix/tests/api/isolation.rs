//! Where the caller, the tenant and the user do not belong together; and what becomes of proofs when a tenant goes.

use serde_json::json;

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    people::{PASSWORD, Tenant, email_of},
};

on_both![
    an_operation_that_needs_no_token_ignores_a_bad_one,
    sec_32_an_identity_of_another_tenant_is_nobody_here,
    sec_51_a_tenant_with_users_stays_and_so_do_their_proofs,
    sec_51_a_deleted_tenant_is_nobodys_when_its_name_is_given_out_again,
];

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

async fn sec_51_a_tenant_with_users_stays_and_so_do_their_proofs(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;

    let path = format!("/tenants/{}", app.acme.id);
    app.refuses(app.as_master(app.delete(path)), 409).await;

    app.bears(&user, true).await;
    app.refresh(&user.refresh_token).await.expect(200);
    app.signed_in(&app.acme, "u", PASSWORD).await;
}

/// Users are disabled and never deleted, and a tenant goes only when it has none: nobody has a proof of it.
async fn sec_51_a_deleted_tenant_is_nobodys_when_its_name_is_given_out_again(on: Backend) {
    let app = App::start(on).await;
    let first = app.new_tenant("short-lived").await;
    let of_first = json!({"grants": ["password", "refresh_token"], "tenants": [first.id]});
    let client = app.client("portal", "confidential", of_first).await;
    let register = |tenant: &Tenant, name: &str| {
        let body = json!({"tenantId": tenant.id, "username": name, "email": email_of(name), "password": PASSWORD});
        app.as_master(app.post("/membership/registrations"))
            .json(&body)
    };
    let delete = app.as_master(app.delete(format!("/tenants/{}", first.id)));
    delete.clone().send().await.expect_empty();

    let second = app.new_tenant("short-lived").await;

    assert_ne!(second.id, first.id);
    register(&second, "u").send().await.expect_no_content();
    app.signed_in(&second, "u", PASSWORD).await;
    app.refuses(register(&first, "v"), 404).await;
    for path in [
        format!("/tenants/{}", first.id),
        format!("/tenants/{}/users", first.id),
    ] {
        app.refuses(app.as_master(app.get(path)), 404).await;
    }
    app.refuses(delete, 404).await;
    app.refuses_grant(app.sign_in_by(&client, &second, "u"), "invalid_grant")
        .await;
}
