use std::{collections::BTreeMap, fs, time::Duration};

use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    answer::CANARY,
    home::{Backend, Home, ZENDESK_SECRET},
    http::exchange,
    oauth_client::OAuthClient,
    people::{CLIENT_SECRET, PASSWORD, Person, Tenant},
    process::Process,
};

const NEW: &str = "another long password";
const DEADLINE: Duration = Duration::from_mins(1);

on_both![sec_43_sec_44_the_log_is_json_line_by_line_and_holds_no_secret_at_any_level];

/// What no line of the log may be made of, or end at.
const HOSTILE: &str =
    "canary7c2f\n{\"level\":\"ERROR\"}\r\n\u{1b}[31m\u{9b}2J\t\u{2028}\u{202e}\u{7f}";

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
    process
        .sign_in(&master.tenant, HOSTILE, HOSTILE)
        .await
        .expect(400);
    say_hostile_things(&process, &master).await;
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

/// Sends hostile text in every text of every operation, in the path, the query and the headers.
async fn say_hostile_things(process: &Process<'_>, master: &Person) {
    let document = process.get("/openapi.json").send().await.expect(200).json();
    let encoded: Vec<_> = HOSTILE.bytes().map(|it| format!("%{it:02x}")).collect();
    let encoded = encoded.concat();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path
            .split('/')
            .map(|it| if it.starts_with('{') { &encoded } else { it });
        let path = path.collect::<Vec<_>>().join("/");
        for (method, operation) in methods.as_object().unwrap() {
            let request = process
                .request(&method.to_uppercase(), format!("{path}?token={encoded}"))
                .header("User-Agent", "canary7c2f \u{9b}2J \u{2028}")
                .header("X-Forwarded-For", "canary7c2f")
                .header("Origin", "https://canary7c2f.example")
                .header("Accept", "canary7c2f/canary7c2f")
                .bearer(&master.token);
            let content = &operation["requestBody"]["content"];
            let form = "application/x-www-form-urlencoded";
            let media_type = if content["application/json"].is_null() {
                form
            } else {
                "application/json"
            };
            let name = content[media_type]["schema"]["$ref"]
                .as_str()
                .unwrap_or_default();
            let name = name.rsplit('/').next().unwrap();
            let properties = document["components"]["schemas"][name]["properties"].as_object();
            let fields: Vec<_> = properties
                .into_iter()
                .flatten()
                .map(|it| (it.0, HOSTILE))
                .collect();
            let body = if media_type == form {
                serde_urlencoded::to_string(fields).unwrap()
            } else {
                json!(fields.into_iter().collect::<BTreeMap<_, _>>()).to_string()
            };
            let answer = request.body(media_type, body).send().await;
            assert!(answer.status < 500, "{method} {path}: {answer}");
        }
    }
}

#[tokio::test]
async fn rel_22_nobody_waits_for_who_does_not_read_the_log() {
    let home = Home::new(Backend::Sqlite).await;
    let (process, mut log) = Process::start_unread(&home, "trace").await;
    let ask = "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3_000);
    let end = "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    let answers = exchange(process.address, format!("{ask}{end}").as_bytes()).await;

    let answers = String::from_utf8(answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 404").count(), 3_001);
    let read = timeout(DEADLINE, async {
        while let Some(line) = log.next_line().await.unwrap() {
            let event: Value = serde_json::from_str(&line).unwrap();
            if event["message"] == "lines of this log were dropped" {
                return event["dropped"].as_u64();
            }
        }
        None
    });
    assert!(
        read.await
            .expect("to be told in time")
            .is_some_and(|it| it > 0)
    );
}
