use std::fs;

use serde_json::{Value, json};

use crate::{
    answer::CANARY,
    home::{Backend, Home, ZENDESK_SECRET},
    oauth_client::OAuthClient,
    people::{CLIENT_SECRET, PASSWORD, Tenant},
    process::Process,
};

const NEW: &str = "another long password";

on_both![sec_43_sec_44_the_log_is_json_line_by_line_and_holds_no_secret_at_any_level];

async fn sec_43_sec_44_the_log_is_json_line_by_line_and_holds_no_secret_at_any_level(on: Backend) {
    let home = Home::new(on).await;
    let process = Process::start_logging(&home, "trace").await;

    process
        .post("/membership/initialize")
        .send()
        .await
        .expect_empty();
    let master = process
        .signed_in(&Tenant::named("test"), "master", PASSWORD)
        .await;
    let registration = process
        .registration(&master.tenant, "u")
        .bearer(&master.token);
    registration.send().await.expect_no_content();
    let user = process.signed_in(&master.tenant, "u", PASSWORD).await;
    let confirmation = process
        .mailed(&user.email, "/account/email-confirmation")
        .await;
    process.get(&confirmation.target).send().await.expect(200);
    let body = json!({"token": confirmation.token});
    let confirming = process.post("/membership/email-confirmations").json(&body);
    confirming.send().await.expect_no_content();
    let support = process.get(user.at("zendesk-token")).bearer(&user.token);
    let support = support.send().await.expect(200).json();
    let body = json!({"tenant": "test", "email": user.email});
    let request = process
        .post("/membership/password-reset-requests")
        .json(&body);
    request.send().await.expect_no_content();
    let reset = process.mailed(&user.email, "/account/password-reset").await;
    let validity = format!(
        "/membership/password-reset-tokens/{}?token={}",
        user.id, reset.token
    );
    process.get(validity).send().await.expect_no_content();
    process
        .reset(&user, &reset.token, NEW)
        .send()
        .await
        .expect_no_content();
    process.refresh(&user.refresh_token).await.expect(400);
    let body = json!({"clientId": "robot", "kind": "confidential"});
    let creation = process.post("/clients").bearer(&master.token).json(&body);
    let made = creation.send().await.expect(201).json();
    let robot = OAuthClient {
        id: "robot".to_owned(),
        secret: made["clientSecret"].as_str().map(str::to_owned),
    };
    for path in ["/oauth/introspect", "/oauth/revoke"] {
        let request = process.post(path).form(&[("token", &user.token)]);
        let request = request.header("Authorization", &robot.basic());
        request.send().await.expect(200);
    }
    let forged = format!("{CANARY}\n{{\"level\":\"ERROR\"}}\u{1b}[31m");
    process
        .sign_in(&master.tenant, &forged, &forged)
        .await
        .expect(400);
    process
        .get(format!("/{CANARY}?token={CANARY}"))
        .bearer(CANARY)
        .send()
        .await
        .expect(404);
    let process = process.killed().await;
    drop(process);

    let log = fs::read_to_string(home.folder().join("log")).unwrap();
    assert!(log.contains("TRACE"), "{log}");
    for line in log.lines() {
        let event: Result<Value, _> = serde_json::from_str(line);
        assert!(event.is_ok_and(|event| event.is_object()), "{line}");
    }
    for secret in [
        PASSWORD,
        NEW,
        CLIENT_SECRET,
        ZENDESK_SECRET,
        CANARY,
        &master.token,
        &user.token,
        &user.refresh_token,
        &confirmation.token,
        &reset.token,
        support["token"].as_str().unwrap(),
        robot.secret.as_deref().unwrap(),
        &robot.basic()["Basic ".len()..],
        &user.email,
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is in the log");
    }
}
