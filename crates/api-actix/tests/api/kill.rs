//! What was acknowledged stays, whatever becomes of the process.

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use serde_json::json;

use crate::{
    home::{Backend, Home},
    people::{PASSWORD, Tenant},
    process::Process,
};

const NEW: &str = "another long password";

on_both![
    rel_09_a_process_killed_after_any_acknowledgement_has_lost_no_tenant_user_role_or_session,
    rel_09_a_process_killed_after_any_acknowledgement_has_lost_no_mail_and_revived_no_link,
    rel_09_a_process_killed_among_registrations_has_kept_the_acknowledged_and_no_half,
];

async fn rel_09_a_process_killed_after_any_acknowledgement_has_lost_no_tenant_user_role_or_session(
    on: Backend,
) {
    let home = Home::new(on).await;

    let process = Process::start(&home).await;
    process
        .post("/membership/initialize")
        .send()
        .await
        .expect_empty();

    let process = process.killed().await;
    let master = process
        .signed_in(&Tenant::named("test"), "master", PASSWORD)
        .await;

    let process = process.killed().await;
    process.refresh(&master.refresh_token).await.expect(200);
    let acme = process.new_tenant(&master, "acme").await;

    let process = process.killed().await;
    assert_eq!(process.tenants(&master).await.as_array().unwrap().len(), 2);
    let registration = process.registration(&acme, "u").bearer(&master.token);
    registration.send().await.expect_no_content();

    let process = process.killed().await;
    let user = process.signed_in(&acme, "u", PASSWORD).await;
    let role = process.put(user.at("roles")).bearer(&master.token);
    let role = role.json(&json!({"role": "Support", "isEnabled": true}));
    role.send().await.expect_empty();

    let process = process.killed().await;
    let roles = process
        .get(user.at("roles"))
        .bearer(&user.token)
        .send()
        .await;
    assert_eq!(roles.expect(200).json(), json!({"roles": ["Support"]}));
    let ending = process
        .delete(user.at("refresh-tokens"))
        .bearer(&user.token);
    ending.send().await.expect_empty();

    let process = process.killed().await;
    let refreshed = process.refresh(&user.refresh_token).await;
    refreshed.expect_oauth_error(400, "invalid_grant");
    process.signed_in(&acme, "u", PASSWORD).await;
}

async fn rel_09_a_process_killed_after_any_acknowledgement_has_lost_no_mail_and_revived_no_link(
    on: Backend,
) {
    let home = Home::new(on).await;
    let process = Process::start(&home).await;
    process
        .post("/membership/initialize")
        .send()
        .await
        .expect_empty();
    let master = process
        .signed_in(&Tenant::named("test"), "master", PASSWORD)
        .await;
    let tenant = master.tenant.clone();
    let registration = process.registration(&tenant, "u").bearer(&master.token);
    registration.send().await.expect_no_content();

    let process = process.killed().await;
    let user = process.signed_in(&tenant, "u", PASSWORD).await;
    let link = process
        .mailed(&user.email, "/account/email-confirmation")
        .await;
    let confirmation = process.post("/membership/email-confirmations");
    let confirmation = confirmation.json(&json!({"token": link.token}));
    confirmation.send().await.expect_no_content();

    let process = process.killed().await;
    let support = process.get(user.at("zendesk-token")).bearer(&user.token);
    support.send().await.expect(200);
    let request = process.post("/membership/password-reset-requests");
    let request = request.json(&json!({"tenant": "test", "username": "u"}));
    request.send().await.expect_no_content();

    let process = process.killed().await;
    let link = process.mailed(&user.email, "/account/password-reset").await;
    process
        .reset(&user, &link.token, NEW)
        .send()
        .await
        .expect_no_content();

    let process = process.killed().await;
    process
        .reset(&user, &link.token, PASSWORD)
        .send()
        .await
        .expect_problem(400);
    let refreshed = process.refresh(&user.refresh_token).await;
    refreshed.expect_oauth_error(400, "invalid_grant");
    process.signed_in(&tenant, "u", NEW).await;
}

async fn rel_09_a_process_killed_among_registrations_has_kept_the_acknowledged_and_no_half(
    on: Backend,
) {
    let home = Home::new(on).await;
    let mut process = Process::start(&home).await;
    process
        .post("/membership/initialize")
        .send()
        .await
        .expect_empty();
    let master = process
        .signed_in(&Tenant::named("test"), "master", PASSWORD)
        .await;

    for round in 0..3 {
        let names: Vec<_> = (0..8).map(|number| format!("u{round}-{number}")).collect();
        let mut registrations: FuturesUnordered<_> = names
            .iter()
            .map(|name| {
                let request = process
                    .registration(&master.tenant, name)
                    .bearer(&master.token);
                async move {
                    request
                        .try_send()
                        .await
                        .map(|answer| (name, answer.expect_no_content()))
                }
            })
            .collect();
        let first = registrations.next().await.unwrap().unwrap();
        let (restarted, others) = tokio::join!(process.killed(), registrations.collect::<Vec<_>>());
        process = restarted;

        for (name, _) in others.into_iter().flatten().chain([first]) {
            process.signed_in(&master.tenant, name, PASSWORD).await;
        }
        let users = process.users(&master, &master.tenant).await;
        for user in users
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["username"] != "master")
        {
            process.has_mailed(user["email"].as_str().unwrap()).await;
        }
    }
}
