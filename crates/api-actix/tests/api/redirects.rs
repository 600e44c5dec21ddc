//! The service follows nobody's wish where to go next: it has no redirect target at all, and so no list of allowed ones.

use crate::{
    answer::Answer,
    crossing::Crossing,
    home::Backend,
    matrix::{ONESELF, PLATFORM, Row},
};

on_both![sec_38_nothing_that_is_sent_becomes_a_redirect];

const PAGES: [&str; 4] = [
    "/account/password-reset",
    "/account/invitation",
    "/account/email-confirmation",
    "/docs",
];

/// What single sign-on, portals and frameworks call it.
const PARAMETERS: [&str; 8] = [
    "return_to",
    "returnUrl",
    "redirect_uri",
    "redirect",
    "next",
    "continue",
    "url",
    "RelayState",
];

const TARGETS: [&str; 10] = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "javascript:alert(1)//evil.example",
    "https://members.example.com@evil.example/",
    "https://members.example.com.evil.example",
    "/%2f%2fevil.example",
    "%2F%2Fevil.example",
    "/\t/evil.example",
];

async fn sec_38_nothing_that_is_sent_becomes_a_redirect(on: Backend) {
    let crossing = Crossing::new(on).await;
    let app = &crossing.app;

    for row in Row::all().iter().filter(|row| row.method == "GET") {
        let subject = crossing.subject(row).await;
        let actor = if row.succeeds(PLATFORM) {
            PLATFORM
        } else {
            ONESELF
        };
        let address = row.target(&subject.values);
        for query in queries() {
            let separator = if address.contains('?') { '&' } else { '?' };
            let request = app.get(format!("{address}{separator}{query}"));
            let answer = crossing.by(actor, &subject, request).send().await;
            assert_no_redirect(&answer.expect_success());
        }
    }
    for page in PAGES {
        for query in queries() {
            assert_no_redirect(&app.get(format!("{page}?{query}")).send().await);
        }
    }
    for row in Row::all().iter().filter(|row| row.method != "GET") {
        let subject = crossing.good_subject(row).await;
        let actor = if row.succeeds(PLATFORM) {
            PLATFORM
        } else {
            ONESELF
        };
        let request = row.request(app, &subject.values);
        let request = ["Referer", "Origin", "X-Forwarded-Host", "X-Original-URL"]
            .into_iter()
            .fold(request, |request, name| {
                request.header(name, "https://evil.example")
            });
        let answer = crossing.by(actor, &subject, request).send().await;
        assert_no_redirect(&answer.expect_success());
    }
}

fn queries() -> Vec<String> {
    let query = |target| serde_urlencoded::to_string(PARAMETERS.map(|name| (name, target)));
    TARGETS
        .iter()
        .map(|target| query(*target).unwrap())
        .collect()
}

#[track_caller]
fn assert_no_redirect(answer: &Answer) {
    let redirects = (300..400).contains(&answer.status)
        || ["location", "refresh", "content-location"]
            .iter()
            .any(|name| answer.header(name).is_some());
    assert!(
        !redirects && !answer.text().contains("evil.example"),
        "{answer}"
    );
}
