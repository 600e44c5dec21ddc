//! The pages that mail links open. A scanner may look; a person acts.

use url::{Position, Url};

use crate::{
    answer::{Answer, CANARY},
    app::App,
    home::{Backend, PUBLIC_URL},
    http::Request,
    mailbox::{Link, Mail},
    people::{PASSWORD, email_of},
};

const NEW: &str = "another long password";

on_both![
    sec_14_looking_at_a_reset_link_changes_nothing_and_its_form_sets_the_password,
    sec_14_looking_at_a_confirmation_link_changes_nothing_and_its_form_confirms,
    an_invitation_link_sets_the_first_password,
    a_weak_password_is_asked_for_again_and_the_link_stays_good,
    sec_15_a_link_that_is_not_good_says_so_and_changes_nothing,
    sec_21_sec_40_pages_carry_the_headers_that_keep_the_link_private,
    sec_39_a_form_sent_from_another_site_is_refused,
];

async fn sec_14_looking_at_a_reset_link_changes_nothing_and_its_form_sets_the_password(
    on: Backend,
) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    app.request_reset(&user).await;
    let link = app
        .newest_link(&user.email, "/account/password-reset")
        .await;

    let page = look(&app, &link).await;
    app.refresh(&user.refresh_token).await.expect(200);
    let answer = submit(&app, &link, &page, NEW).send().await;

    assert!(matches!(answer.status, 200 | 303), "{answer}");
    app.sign_in(&app.acme, "u", PASSWORD)
        .await
        .expect_oauth_error(400, "invalid_grant");
    app.signed_in(&app.acme, "u", NEW).await;
    app.refresh(&user.refresh_token)
        .await
        .expect_oauth_error(400, "invalid_grant");
    let again = submit(&app, &link, &page, PASSWORD).send().await;
    assert_eq!(again.status, 400, "{again}");
    app.signed_in(&app.acme, "u", NEW).await;
}

async fn sec_14_looking_at_a_confirmation_link_changes_nothing_and_its_form_confirms(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    let link = app
        .newest_link(&user.email, "/account/email-confirmation")
        .await;
    let support = app.get(user.at("zendesk-token")).bearer(&user.token);

    let page = look(&app, &link).await;
    support.clone().send().await.expect_problem(409);
    let answer = submit(&app, &link, &page, NEW).send().await;

    assert!(matches!(answer.status, 200 | 303), "{answer}");
    support.send().await.expect(200);
    assert_eq!(submit(&app, &link, &page, NEW).send().await.status, 400);
}

async fn an_invitation_link_sets_the_first_password(on: Backend) {
    let app = App::start(on).await;
    let body = serde_json::json!({"tenantId": app.acme.id, "username": "guest", "email": email_of("guest")});
    let registration = app
        .post("/membership/registrations")
        .bearer(&app.master.token)
        .json(&body);
    registration.send().await.expect_no_content();
    let link = app
        .newest_link(&email_of("guest"), "/account/invitation")
        .await;

    let page = look(&app, &link).await;
    let answer = submit(&app, &link, &page, NEW).send().await;

    assert!(matches!(answer.status, 200 | 303), "{answer}");
    app.signed_in(&app.acme, "guest", NEW).await;
}

async fn a_weak_password_is_asked_for_again_and_the_link_stays_good(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    app.request_reset(&user).await;
    let link = app
        .newest_link(&user.email, "/account/password-reset")
        .await;
    let page = look(&app, &link).await;
    let before = app.state().await;

    let answer = submit(&app, &link, &page, CANARY).send().await;

    assert_eq!(answer.status, 422, "{answer}");
    assert!(!answer.text().contains(CANARY), "{answer}");
    assert_eq!(app.state().await, before);
    assert!(submit(&app, &link, &answer, NEW).send().await.status < 400);
    app.signed_in(&app.acme, "u", NEW).await;
}

async fn sec_15_a_link_that_is_not_good_says_so_and_changes_nothing(on: Backend) {
    let app = App::start(on).await;
    let (user, other) = (
        app.person(&app.acme, "u").await,
        app.person(&app.acme, "o").await,
    );
    app.request_reset(&user).await;
    let link = app
        .newest_link(&user.email, "/account/password-reset")
        .await;
    let page = look(&app, &link).await;
    let before = app.state().await;

    for (from, to) in [
        (link.token.as_str(), CANARY),
        (&link.token[..9], "AAAAAAAAA"),
        (user.id.as_str(), other.id.as_str()),
        (user.id.as_str(), CANARY),
    ] {
        let bad = Link {
            target: link.target.replace(from, to),
            ..link.clone()
        };
        let answer = app.get(&bad.target).send().await;
        assert!(matches!(answer.status, 200 | 400), "{answer}");
        assert!(
            !answer.text().contains(&user.email) && !answer.text().contains("<script"),
            "{answer}"
        );
        let forged = Answer::read(&wire(&page.text().replace(from, to)), false).unwrap();
        assert_eq!(submit(&app, &bad, &forged, NEW).send().await.status, 400);
    }
    for target in [
        "/account/password-reset",
        "/account/email-confirmation",
        "/account/email-confirmation?token=%22%3E%3Cscript%3E",
        "/account/password-reset?user=%00&token=%ff",
    ] {
        let answer = app.get(target).send().await;
        assert!(matches!(answer.status, 200 | 400), "{target}: {answer}");
        assert!(!answer.text().contains("<script"), "{answer}");
        assert_eq!(
            app.post(target).form::<&str>(&[]).send().await.status,
            400,
            "{target}"
        );
    }
    assert_eq!(app.state().await, before);
    assert!(submit(&app, &link, &page, NEW).send().await.status < 400);
}

async fn sec_21_sec_40_pages_carry_the_headers_that_keep_the_link_private(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    app.request_reset(&user).await;
    let mails = app.mails_to(&user.email).await;

    for link in mails.iter().filter_map(Mail::link) {
        let page = app
            .get(&link.target)
            .header("Host", "evil.example")
            .header("X-Forwarded-Host", "evil.example")
            .send()
            .await;
        let page = page.expect(200);
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(
            page.header("cross-origin-opener-policy"),
            Some("same-origin")
        );
        let policy = page.header("content-security-policy").unwrap();
        for directive in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(directive), "no {directive} in {policy}");
        }
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("http"),
            "{policy}"
        );
        let html = page.text();
        for foreign in [
            "evil.example",
            "<script",
            "http://",
            "https://",
            "onload",
            "style=\"",
        ] {
            assert!(!html.contains(foreign), "{foreign} in {html}");
        }
    }
}

async fn sec_39_a_form_sent_from_another_site_is_refused(on: Backend) {
    let app = App::start(on).await;
    let user = app.person(&app.acme, "u").await;
    app.request_reset(&user).await;
    let link = app
        .newest_link(&user.email, "/account/password-reset")
        .await;
    let page = look(&app, &link).await;
    let before = app.state().await;

    let answer = submit(&app, &link, &page, NEW)
        .header("Sec-Fetch-Site", "cross-site")
        .send()
        .await;

    assert_eq!(answer.status, 403, "{answer}");
    assert_eq!(app.state().await, before);
    assert!(
        submit(&app, &link, &page, NEW)
            .header("Sec-Fetch-Site", "same-origin")
            .send()
            .await
            .status
            < 400
    );
}

/// Opens the link as often as mail scanners do.
async fn look(app: &App, link: &Link) -> Answer {
    for number in 0..20 {
        let request = app.request(if number % 2 == 0 { "GET" } else { "HEAD" }, &link.target);
        request
            .header("User-Agent", "Mozilla/5.0 (compatible; SafeLinks scanner)")
            .send()
            .await
            .expect(200);
    }
    app.get(&link.target).send().await.expect(200)
}

/// Fills the page's form in and sends it, as a browser does.
fn submit(app: &App, link: &Link, page: &Answer, password: &str) -> Request {
    let html = page.text();
    let form = &html[html.find("<form").expect("a form")..html.find("</form>").expect("its end")];
    let opening = &form[..form.find('>').unwrap()];
    assert!(opening.contains("method=\"post\""), "{opening}");
    let here = Url::parse(&format!("{PUBLIC_URL}{}", link.target)).unwrap();
    let action = attribute(opening, "action").unwrap_or_default();
    let there = here.join(&action).unwrap();
    let target = there[Position::BeforePath..].to_owned();
    let fields: Vec<_> = form
        .split("<input")
        .skip(1)
        .map(|input| &input[..input.find('>').unwrap()])
        .filter_map(|input| {
            let typed = attribute(input, "type").as_deref() == Some("password");
            let value = if typed {
                Some(password.to_owned())
            } else {
                attribute(input, "value")
            };
            Some((attribute(input, "name")?, value.unwrap_or_default()))
        })
        .collect();
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect();
    app.post(target).form(&fields)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = &rest[..rest.find('"')?];
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#38;", "&")
            .replace("&amp;", "&"),
    )
}

fn wire(html: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n\r\n{html}").into_bytes()
}
