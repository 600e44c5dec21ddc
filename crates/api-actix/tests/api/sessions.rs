//! The sign-ins of a person, seen and ended one by one.

use serde_json::{Value, json};

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    oauth_client::claims,
    people::{PASSWORD, Person},
};

const MISSING: &str = "d08403aec32847de974af1008cef86cc";
const FIREFOX: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0";

on_both![
    sign_ins_are_listed_last_used_first,
    a_sign_in_tells_where_it_came_from,
    one_sign_in_is_ended_and_the_others_go_on,
    what_is_over_is_not_listed,
    sec_32_a_session_of_somebody_else_is_not_found,
    oneself_and_administrators_may_end_a_session,
];

async fn sign_ins_are_listed_last_used_first(on: Backend) {
    let app = App::start(on).await;
    let first = app.person(&app.acme, "u").await;
    let second = app.signed_in(&app.acme, "u", PASSWORD).await;
    let stranger = app.person(&app.acme, "stranger").await;

    let sessions = listed(&app, &first).await;
    assert_eq!(ids(&sessions), [session(&second), session(&first)]);
    let current: Vec<_> = sessions.iter().map(|it| &it["current"]).collect();
    assert_eq!(current, [false, true]);
    for it in &sessions {
        let expected = json!({
            "sessionId": it["sessionId"], "clientId": "canopy", "createdAt": it["createdAt"],
            "lastUsedAt": it["createdAt"], "expiresAt": it["expiresAt"], "addressFamily": "IPv4",
            "current": it["current"],
        });
        assert_eq!(it, &expected);
        for date in ["createdAt", "expiresAt"] {
            let shown = it[date].as_str().unwrap();
            let form = shown.replace(|it: char| it.is_ascii_digit(), "0");
            assert_eq!(form, "0000-00-00T00:00:00.000Z");
        }
        assert!(it["expiresAt"].as_str() > it["createdAt"].as_str());
    }

    app.refresh(&first.refresh_token).await.expect(200);
    let sessions = listed(&app, &first).await;
    assert_eq!(ids(&sessions), [session(&first), session(&second)]);
    assert!(sessions[0]["lastUsedAt"].as_str() > sessions[0]["createdAt"].as_str());
    assert_eq!(ids(&listed(&app, &stranger).await), [session(&stranger)]);
}

async fn a_sign_in_tells_where_it_came_from(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let portal = app.signing_client("portal", "public").await;

    for (header, expected) in [
        (FIREFOX, json!("Firefox on Windows")),
        ("curl/8.5.0", json!("curl/8.5.0")),
        ("<script>\u{e9}", Value::Null),
    ] {
        let sign_in = app.sign_in_by(&portal, &app.acme, "u");
        sign_in
            .header("User-Agent", header)
            .send()
            .await
            .expect(200);

        let newest = listed(&app, &user).await.remove(0);
        assert_eq!(newest["clientId"], "portal");
        assert_eq!(newest.get("agent").cloned().unwrap_or_default(), expected);
    }
}

async fn one_sign_in_is_ended_and_the_others_go_on(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let elsewhere = app.signed_in(&app.acme, "u", PASSWORD).await;
    app.bears(&elsewhere, true).await;
    let end = end(&app, &user, &session(&elsewhere)).bearer(&user.token);

    end.clone().send().await.expect_no_content();

    app.refresh(&elsewhere.refresh_token)
        .await
        .expect_oauth_error(400, "invalid_grant");
    app.bears(&elsewhere, false).await;
    app.bears(&user, true).await;
    app.refresh(&user.refresh_token).await.expect(200);
    assert_eq!(ids(&listed(&app, &user).await), [session(&user)]);
    app.refuses(end, 404).await;
}

async fn what_is_over_is_not_listed(on: Backend) {
    let app = App::start(on).await;
    let before = app.person(&app.acme, "u").await;
    app.delete(before.at("refresh-tokens"))
        .send()
        .await
        .expect_empty();

    let user = app.signed_in(&app.acme, "u", PASSWORD).await;

    assert_eq!(ids(&listed(&app, &user).await), [session(&user)]);
}

async fn sec_32_a_session_of_somebody_else_is_not_found(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let (neighbour, twin) = (
        app.person(&app.acme, "n").await,
        app.person(&app.test, "u").await,
    );

    for id in [
        &session(&neighbour),
        &session(&twin),
        MISSING,
        CANARY,
        "%00",
    ] {
        app.refuses(end(&app, &user, id).bearer(&user.token), 404)
            .await;
        app.refuses(end(&app, &user, id).bearer(&app.master.token), 404)
            .await;
    }
    for (tenant, id) in [(&app.test.id, &user.id), (&app.acme.id, &twin.id)] {
        let list = app.get(format!("/sessions/{tenant}/{id}"));
        app.refuses(list.bearer(&app.master.token), 404).await;
        let path = format!("/sessions/{tenant}/{id}/{}", session(&user));
        app.refuses(app.delete(path).bearer(&app.master.token), 404)
            .await;
    }
    for person in [&user, &neighbour, &twin] {
        app.bears(person, true).await;
        app.refresh(&person.refresh_token).await.expect(200);
    }
}

async fn oneself_and_administrators_may_end_a_session(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let (admin, there) = (
        app.administrator(&app.acme, "admin").await,
        app.administrator(&app.test, "admin").await,
    );
    let member = app.person(&app.acme, "member").await;

    for caller in [&user, &admin, &app.master] {
        let over = app.signed_in(&app.acme, "u", PASSWORD).await;
        let end = end(&app, &user, &session(&over));
        app.refuses(end.clone(), 401).await;
        app.refuses(end.clone().bearer(&member.token), 403).await;
        app.refuses(end.clone().bearer(&there.token), 403).await;
        app.bears(&over, true).await;

        end.bearer(&caller.token).send().await.expect_no_content();
        app.bears(&over, false).await;
    }
}

async fn listed(app: &App, person: &Person) -> Vec<Value> {
    let path = format!("/sessions/{}/{}", person.tenant.id, person.id);
    let answer = app.get(path).bearer(&person.token).send().await.expect(200);
    answer.json()["sessions"].as_array().unwrap().clone()
}

fn ids(sessions: &[Value]) -> Vec<String> {
    let id = |it: &Value| it["sessionId"].as_str().unwrap().to_owned();
    sessions.iter().map(id).collect()
}

/// The session that the person's token comes from.
fn session(person: &Person) -> String {
    claims(&person.token)["sid"].as_str().unwrap().to_owned()
}

fn end(app: &App, person: &Person, session: &str) -> Request {
    app.delete(format!(
        "/sessions/{}/{}/{session}",
        person.tenant.id, person.id
    ))
}
