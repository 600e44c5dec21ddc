use std::time::Duration;

use actix_web::{ResponseError as _, body::to_bytes};
use serde_json::{Value, json};

use super::*;
use crate::problem::Asked;

async fn refused(problem: Problem) -> (u16, Value) {
    let answer = problem.response(&Asked {
        request_id: "x".to_owned(),
        only_xml: false,
    });
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_slice(&to_bytes(answer.into_body()).await.unwrap()).unwrap();
    (status, body["error"].clone())
}

const SIGN_IN: &str = "grant_type=password&username=us+er&tenant=test&password=p%2Bw+%26%C3%A9&client_id=cid&client_secret=s%26c+r%3Dt";

#[test]
fn a_password_grant_is_read_as_clients_encode_it() {
    let Ok(Grant::Password(grant)) = Grant::read("", SIGN_IN.as_bytes()) else {
        panic!("another grant")
    };

    assert_eq!(
        (
            grant.username.as_str(),
            grant.tenant.as_str(),
            grant.client_id.as_str()
        ),
        ("us er", "test", "cid")
    );
    assert_eq!(grant.password.expose(), "p+w &\u{e9}");
    assert_eq!(grant.client_secret.unwrap().expose(), "s&c r=t");
}

#[test]
fn a_refresh_ignores_its_tenant_and_needs_no_secret() {
    for form in ["", "&tenant=5f0c", "&tenant="] {
        let form = format!("grant_type=refresh_token&refresh_token=RT&client_id=cid{form}");
        let Ok(Grant::Refresh(grant)) = Grant::read("x=1", form.as_bytes()) else {
            panic!("another grant")
        };

        assert_eq!(grant.refresh_token.expose(), "RT");
        assert!(grant.client_secret.is_none());
    }
}

#[actix_web::test]
async fn sec_28_what_is_no_request_is_invalid() {
    let once = format!("{SIGN_IN}&client_id=cid");
    for (query, form) in [
        ("", ""),
        ("", "grant_type"),
        ("", "grant_type=password"),
        ("", "grant_type=%ff"),
        ("", &once),
        ("", &SIGN_IN.replace("=test", "=")),
        (
            "",
            &SIGN_IN.replace("client_secret=s%26c+r%3Dt", "client_secret="),
        ),
        ("client_secret=x", SIGN_IN),
        (SIGN_IN, SIGN_IN),
        ("", &format!("{SIGN_IN}&more=1&more=2")),
    ] {
        let problem = Grant::read(query, form.as_bytes()).err().expect(form);
        assert_eq!(
            refused(problem).await,
            (400, json!("invalid_request")),
            "{query} {form}"
        );
    }
    let problem = Grant::read("", b"grant_type=Password&client_id=x")
        .err()
        .unwrap();
    assert_eq!(
        refused(problem).await,
        (400, json!("unsupported_grant_type"))
    );
}

#[actix_web::test]
async fn sec_28_every_error_has_its_name() {
    for (error, expected) in [
        (Error::BadCredentials, (400, "invalid_grant")),
        (Error::BadToken, (400, "invalid_grant")),
        (Error::BadClient, (400, "invalid_client")),
        (Error::Forbidden, (403, "unauthorized_client")),
        (
            Error::Overloaded {
                retry_after: Duration::ZERO,
            },
            (503, "temporarily_unavailable"),
        ),
        (
            Error::unavailable("database", "down"),
            (503, "temporarily_unavailable"),
        ),
    ] {
        assert_eq!(
            refused(refusal(error)).await,
            (expected.0, json!(expected.1))
        );
    }
    assert_eq!(refusal(Error::BadToken).status_code(), 400);
}

#[test]
fn dates_are_those_of_http() {
    assert_eq!(
        http_date(Timestamp::from_unix_seconds(1_769_017_402).unwrap()),
        "Wed, 21 Jan 2026 17:43:22 GMT"
    );
}
