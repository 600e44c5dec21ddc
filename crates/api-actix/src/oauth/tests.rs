use std::time::Duration;

use actix_web::{
    body::to_bytes,
    http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE},
};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::*;
use crate::problem::Asked;

/// The status, the `error`, and the challenge.
async fn refused(problem: Problem) -> (u16, Value, Option<String>) {
    let answer = problem.response(&Asked {
        request_id: "x".to_owned(),
        only_xml: false,
        base: "",
    });
    let status = answer.status().as_u16();
    let challenge = answer.headers().get(WWW_AUTHENTICATE);
    let challenge = challenge.map(|it| it.to_str().unwrap().to_owned());
    let body: Value = serde_json::from_slice(&to_bytes(answer.into_body()).await.unwrap()).unwrap();
    (status, body["error"].clone(), challenge)
}

fn authorized(values: &[&str]) -> HeaderMap {
    let values = values.iter().map(|it| HeaderValue::from_str(it).unwrap());
    values.map(|value| (AUTHORIZATION, value)).collect()
}

fn read(query: &str, body: &str) -> Result<Grant, Problem> {
    Grant::read(ClientForm::read(query, &HeaderMap::new(), body.as_bytes())?)
}

fn basic(text: &str) -> String {
    format!("Basic {}", BASE64.encode(text.as_bytes()))
}

const SIGN_IN: &str = "grant_type=password&username=us+er&tenant=test&password=p%2Bw+%26%C3%A9&client_id=cid&client_secret=s%26c+r%3Dt";
const REFRESH: &str = "grant_type=refresh_token&refresh_token=RT";

#[test]
fn a_password_grant_is_read_as_clients_encode_it() {
    let Ok(Grant::Password(grant)) = read("", SIGN_IN) else {
        panic!("another grant")
    };

    assert_eq!(
        (
            grant.username.as_str(),
            grant.tenant.as_str(),
            grant.client.id.as_str()
        ),
        ("us er", "test", "cid")
    );
    assert_eq!(grant.password.expose(), "p+w &\u{e9}");
    assert_eq!(grant.client.secret.unwrap().expose(), "s&c r=t");
}

#[test]
fn a_refresh_needs_no_tenant_and_no_secret() {
    for (form, tenant) in [
        ("", None),
        ("&tenant=5f0c", Some("5f0c")),
        ("&tenant=", Some("")),
    ] {
        let Ok(Grant::Refresh(grant)) = read("x=1", &format!("{REFRESH}&client_id=cid{form}"))
        else {
            panic!("another grant")
        };

        assert_eq!(grant.refresh_token.expose(), "RT");
        assert_eq!(grant.tenant.as_deref(), tenant);
        assert!(grant.client.secret.is_none());
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
        ("", &format!("{REFRESH}&client_id=")),
        ("client_secret=x", SIGN_IN),
        ("token=x", SIGN_IN),
        (SIGN_IN, SIGN_IN),
        ("", &format!("{SIGN_IN}&more=1&more=2")),
    ] {
        let problem = read(query, form).err().expect(form);
        assert_eq!(
            refused(problem).await,
            (400, json!("invalid_request"), None),
            "{query} {form}"
        );
    }
    let problem = read("", "grant_type=Password&client_id=x").err().unwrap();
    assert_eq!(
        refused(problem).await,
        (400, json!("unsupported_grant_type"), None)
    );
}

#[test]
fn a_client_may_say_who_it_is_by_http_basic() {
    for (text, form, id, secret) in [
        ("cid:s%26c+r%3Dt", "", "cid", Some("s&c r=t")),
        ("cid:s&c r=t", "", "cid", Some("s&c r=t")),
        ("c%3Aid:a:b%25", "", "c:id", Some("a:b%")),
        ("cid:", "", "cid", None),
        ("cid:s", "&client_id=cid", "cid", Some("s")),
    ] {
        let header = basic(text).replace("Basic", "bASIC ");
        let body = format!("{REFRESH}{form}");
        let mut asked = ClientForm::read("", &authorized(&[&header]), body.as_bytes())
            .unwrap_or_else(|_| panic!("{text}"));

        assert_eq!(asked.proof(), Proof::InHeader);
        let client = asked.client().ok().unwrap();
        let told = client.secret.as_ref().map(|it| it.expose().as_str());
        assert_eq!((client.id.as_str(), told), (id, secret), "{text}");
    }
    let bearer = authorized(&["bearer abc"]);
    let asked = ClientForm::read("", &bearer, format!("{REFRESH}&client_id=cid").as_bytes());
    assert_eq!(asked.ok().unwrap().proof(), Proof::InForm);
}

#[actix_web::test]
async fn a_client_says_who_it_is_once_and_in_order() {
    let good = basic("cid:s");
    for (values, form) in [
        (&[&*good, &good][..], ""),
        (&[&good, "Bearer abc"], ""),
        (&["Bearer abc", "Bearer abc"], "&client_id=cid"),
        (&[&good], "&client_id=cid&client_secret=s"),
        (&[&good], "&client_secret=s"),
        (&[&good], "&client_id=other"),
        (&["Basic"], ""),
        (&["Basic "], ""),
        (&["Basic cid:s"], ""),
        (&["Basic !"], "&client_id=cid"),
        (&[good.trim_end_matches('=')], ""),
        (&[&basic("cid")], ""),
        (&[&basic(":s")], ""),
        (&[&basic("%ff:s")], ""),
    ] {
        let body = format!("{REFRESH}{form}");
        let problem = ClientForm::read("", &authorized(values), body.as_bytes()).err();
        assert_eq!(
            refused(problem.expect(form)).await,
            (400, json!("invalid_request"), None),
            "{values:?} {form}"
        );
    }
    for value in ["Digest x", "cid", ""] {
        let body = format!("{REFRESH}&client_id=cid");
        let problem = ClientForm::read("", &authorized(&[value]), body.as_bytes()).err();
        let (status, error, challenge) = refused(problem.expect(value)).await;
        assert_eq!((status, error), (401, json!("invalid_client")));
        assert_eq!(challenge.as_deref(), Some(r#"Basic realm="membership""#));
    }
}

#[actix_web::test]
async fn sec_28_every_error_has_its_name() {
    let wait = Duration::ZERO;
    for (error, expected) in [
        (Error::BadCredentials, (400, "invalid_grant")),
        (Error::BadToken, (400, "invalid_grant")),
        (Error::BadClient, (400, "invalid_client")),
        (Error::Forbidden, (400, "unauthorized_client")),
        (
            Error::invalid("password", "is too long"),
            (400, "invalid_request"),
        ),
        (Error::Stale, (503, "temporarily_unavailable")),
        (
            Error::Overloaded { retry_after: wait },
            (503, "temporarily_unavailable"),
        ),
        (
            Error::unavailable("database", "down"),
            (503, "temporarily_unavailable"),
        ),
    ] {
        let (status, name) = expected;
        assert_eq!(
            refused(refusal(error, Proof::InForm)).await,
            (status, json!(name), None)
        );
    }
    let (status, error, challenge) = refused(refusal(Error::BadClient, Proof::InHeader)).await;
    assert_eq!((status, error), (401, json!("invalid_client")));
    assert_eq!(challenge.as_deref(), Some(r#"Basic realm="membership""#));
}
