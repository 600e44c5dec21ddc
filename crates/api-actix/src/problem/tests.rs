use std::collections::BTreeSet;

use actix_web::body::to_bytes;
use serde_json::{Value, json};

use super::*;

fn asked(only_xml: bool) -> Asked<'static> {
    Asked {
        request_id: "7f".to_owned(),
        only_xml,
        base: "https://members.example.com",
    }
}

async fn told(problem: Problem) -> (u16, Vec<(String, String)>, Value) {
    let answer = problem.response(&asked(false));
    let headers = answer.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let headers = headers.filter(|(name, _)| name != "content-type").collect();
    let status = answer.status().as_u16();
    (
        status,
        headers,
        serde_json::from_slice(&to_bytes(answer.into_body()).await.unwrap()).unwrap(),
    )
}

#[actix_web::test]
async fn sec_41_every_error_of_the_domain_has_a_status_and_a_stable_code() {
    let wait = Duration::from_millis(1500);
    let header = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    for (error, status, code, headers) in [
        (Error::NotFound("user"), 404, "not_found", vec![]),
        (
            Error::Conflict("the name is taken"),
            409,
            "conflict",
            vec![],
        ),
        (
            Error::invalid("email", "is missing"),
            400,
            "invalid_value",
            vec![],
        ),
        (
            Error::unacceptable("password", "is too short"),
            422,
            "unacceptable_value",
            vec![],
        ),
        (Error::Stale, 409, "stale", vec![]),
        (Error::BadCredentials, 400, "bad_credentials", vec![]),
        (Error::BadClient, 400, "bad_client", vec![]),
        (Error::BadToken, 400, "bad_token", vec![]),
        (
            Error::Throttled { retry_after: wait },
            429,
            "throttled",
            header("retry-after", "2"),
        ),
        (Error::Forbidden, 403, "forbidden", vec![]),
        (
            Error::Unauthenticated,
            401,
            "unauthenticated",
            header("www-authenticate", "Bearer"),
        ),
        (
            Error::Overloaded {
                retry_after: Duration::ZERO,
            },
            503,
            "overloaded",
            header("retry-after", "1"),
        ),
        (
            Error::unavailable("database", "10.0.0.7 refused"),
            503,
            "unavailable",
            header("retry-after", "2"),
        ),
    ] {
        let (told_status, told_headers, body) = told(error.into()).await;
        assert_eq!(
            (told_status, told_headers, &body["code"], &body["status"]),
            (status, headers, &json!(code), &json!(status))
        );
        assert_eq!(
            body["type"],
            format!("https://members.example.com/docs/errors/{code}")
        );
        assert_eq!(body["title"], Kind::named(code).unwrap().title);
        assert_eq!(body["requestId"], "7f");
        assert!(!body.to_string().contains("10.0.0.7"));
    }
}

#[actix_web::test]
async fn a_refused_member_is_named() {
    let (.., body) = told(Error::invalid("email", "is missing").into()).await;

    assert_eq!(body["errors"], json!({"email": ["is missing"]}));
    assert_eq!(body["detail"], "email is missing.");
}

#[actix_web::test]
async fn the_token_endpoint_tells_both_names_of_an_error() {
    let problem = Problem::from(Error::BadCredentials).with_oauth_error("invalid_grant");

    let (status, headers, body) = told(problem).await;

    assert_eq!(
        (status, headers),
        (400, vec![("pragma".to_owned(), "no-cache".to_owned())])
    );
    let words = "The user name or password is incorrect.";
    let expected = json!({
        "type": "about:blank", "title": "Bad Request", "status": 400, "detail": words, "code": "bad_credentials",
        "requestId": "7f", "error": "invalid_grant", "error_description": words,
    });
    assert_eq!(body, expected);
}

#[actix_web::test]
async fn the_token_endpoint_answers_json_whatever_is_accepted() {
    let problem = Problem::from(Error::BadCredentials).with_oauth_error("invalid_grant");

    let answer = problem.response(&asked(true));

    let media_type = answer.headers().get("content-type").unwrap().clone();
    assert_eq!(media_type, "application/problem+json; charset=utf-8");
    let body = to_bytes(answer.into_body()).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["error"], "invalid_grant");
}

#[actix_web::test]
async fn whoever_reads_only_xml_gets_xml() {
    let answer = Problem::from(Error::invalid("a<b", "is missing")).response(&asked(true));

    assert_eq!(
        answer.headers().get("content-type").unwrap(),
        "application/problem+xml; charset=utf-8"
    );
    let body = to_bytes(answer.into_body()).await.unwrap();
    assert_eq!(
        std::str::from_utf8(&body).unwrap(),
        r#"<?xml version="1.0" encoding="utf-8"?><problem xmlns="urn:ietf:rfc:7807"><type>https://members.example.com/docs/errors/invalid_value</type><title>A value is missing or malformed</title><status>400</status><detail>a&lt;b is missing.</detail></problem>"#
    );
}

#[test]
fn sec_41_kinds_have_one_code_each_and_words() {
    let codes: BTreeSet<_> = kinds::ALL.iter().map(|kind| kind.code).collect();
    assert_eq!(codes.len(), kinds::ALL.len());

    for kind in kinds::ALL {
        assert!(kind.status.is_client_error() || kind.status.is_server_error());
        assert!(!kind.title.is_empty() && !kind.title.ends_with('.'));
        for text in [kind.meaning, kind.remedy] {
            assert!(text.ends_with('.'), "{text}");
        }
    }
    for status in (400..600).filter_map(|status| StatusCode::from_u16(status).ok()) {
        let kind = Kind::of_status(status);
        assert!(kinds::ALL.iter().any(|it| it.code == kind.code));
        assert_eq!(kind.status.is_client_error(), status.is_client_error());
    }
}
