//! Requests as no honest client writes them, byte by byte (RFC 9112).

use std::time::Duration;

use serde_json::json;

use crate::{
    answer::Answer,
    app::{App, Service},
    home::{Backend, PUBLIC_URL},
    http::exchange,
};

on_both![
    sec_48_what_is_no_request_is_refused_with_a_problem,
    sec_48_odd_requests_are_read_as_the_standard_says,
    sec_48_ambiguous_bodies_are_refused_and_change_nothing,
    sec_48_pipelined_requests_are_answered_in_order,
    sec_48_what_follows_a_refused_request_is_not_read,
];

const END: &str = "Host: x\r\nConnection: close\r\n\r\n";

async fn sec_48_what_is_no_request_is_refused_with_a_problem(on: Backend) {
    let service = Service::start(on).await;
    let many = "X-A: b\r\n".repeat(100);
    let long = "x".repeat(200_000);

    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), 400),
        (
            "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\r\n\r\n".to_owned(),
            400,
        ),
        (format!("GET /\r\n{END}"), 400),
        (format!("GET / HTTP/1.2\r\n{END}"), 400),
        (format!("GET / HTTP/0.9\r\n{END}"), 400),
        (format!("GET / http/1.1\r\n{END}"), 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400),
        (format!("G@T / HTTP/1.1\r\n{END}"), 400),
        (format!("GET /a b HTTP/1.1\r\n{END}"), 400),
        (format!("GET /\0 HTTP/1.1\r\n{END}"), 400),
        (format!("GET / HTTP/1.1\r\nX-A : b\r\n{END}"), 400),
        (format!("GET / HTTP/1.1\r\nX-A: b\r\n c\r\n{END}"), 400),
        (format!("GET / HTTP/1.1\r\nX-A: b\rc\r\n{END}"), 400),
        (format!("GET / HTTP/1.1\r\nX-A: b\0\r\n{END}"), 400),
        (format!("GET / HTTP/1.1\r\n: b\r\n{END}"), 400),
        (format!("GET / HTTP/1.1\r\nX-A\r\n{END}"), 400),
        (format!("GET / HTTP/1.1\r\nHost: y\r\n{END}"), 400),
        (format!("GET / HTTP/1.1\r\n{many}{END}"), 431),
        (format!("GET / HTTP/1.1\r\nX-A: {long}\r\n{END}"), 431),
        (format!("GET /{long} HTTP/1.1\r\n{END}"), 431),
    ] {
        let answer = exchange(service.address, request.as_bytes()).await;
        let answer = Answer::read(&answer, false).unwrap_or_else(|| panic!("{request}"));
        let shown = &request[..request.len().min(60)];
        assert_eq!(answer.status, status, "{shown:?}: {answer}");
        assert_eq!(answer.header("connection"), Some("close"), "{shown:?}");
        assert!(answer.header("date").is_some(), "{shown:?}: {answer}");
        let answer = answer.expect_problem(status);
        let problem = answer.json();
        let code = if status == 431 {
            "head_too_large"
        } else {
            "bad_request"
        };
        assert_eq!(problem["type"], format!("{PUBLIC_URL}/docs/errors/{code}"));
        assert_eq!(problem["requestId"], answer.header("x-request-id").unwrap());
    }
}

async fn sec_48_odd_requests_are_read_as_the_standard_says(on: Backend) {
    let app = App::start(on).await;
    let before = app.state().await;
    let key_set = "/.well-known/jwks.json";

    for (request, status) in [
        (format!("BREW {key_set} HTTP/1.1\r\n{END}"), 405),
        (format!("get {key_set} HTTP/1.1\r\n{END}"), 405),
        (format!("TRACE {key_set} HTTP/1.1\r\n{END}"), 405),
        (
            format!("CONNECT members.example.com:443 HTTP/1.1\r\n{END}"),
            404,
        ),
        (format!("OPTIONS * HTTP/1.1\r\n{END}"), 404),
        (
            format!("GET http://other.example{key_set} HTTP/1.1\r\n{END}"),
            200,
        ),
        (
            format!("GET http://other.example/nothing HTTP/1.1\r\n{END}"),
            404,
        ),
        (format!("GET {key_set}?a=%00 HTTP/1.1\r\n{END}"), 200),
        (format!("GET /%00 HTTP/1.1\r\n{END}"), 404),
        (format!("GET {key_set}%00 HTTP/1.1\r\n{END}"), 404),
        (
            format!(
                "GET {key_set} HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nHost: x\r\n\r\n"
            ),
            200,
        ),
        (
            format!("GET {key_set} HTTP/1.1\r\nUpgrade: websocket\r\n{END}"),
            200,
        ),
        (
            format!("GET {key_set} HTTP/1.1\r\nExpect: nonsense\r\n{END}"),
            200,
        ),
        (format!("GET {key_set} HTTP/1.0\r\n\r\n"), 200),
        (
            format!("GET {key_set} HTTP/1.1\nHost: x\nConnection: close\n\n"),
            200,
        ),
        (
            format!("GET {key_set} HTTP/1.1\r\nConnection: close\r\n\r\n"),
            400,
        ),
    ] {
        let answer = exchange(app.address, request.as_bytes()).await;
        let answer = Answer::read(&answer, false).unwrap_or_else(|| panic!("{request}"));
        assert_eq!(answer.status, status, "{request:?}: {answer}");
        if status >= 400 {
            answer.expect_problem(status);
        }
    }
    assert_eq!(app.state().await, before);
}

#[expect(clippy::too_many_lines, reason = "a table")]
async fn sec_48_ambiguous_bodies_are_refused_and_change_nothing(on: Backend) {
    let app = App::start_with(on, |settings| {
        settings.server.request_timeout = Duration::from_millis(1500);
    })
    .await;
    let body = json!({"tenant": "test", "username": "master"}).to_string();
    let size = body.len();
    let head =
        "POST /membership/password-reset-requests HTTP/1.1\r\nContent-Type: application/json\r\n";
    let chunk = format!("{size:x}\r\n{body}\r\n");
    let chunked = "Transfer-Encoding: chunked\r\n";
    let before = app.state().await;

    for (framing, body, statuses) in [
        (
            format!("Content-Length: {size}\r\nContent-Length: {size}1\r\n"),
            body.clone(),
            &[400][..],
        ),
        (
            format!("Content-Length: {size}\r\nContent-Length: {size}\r\n"),
            body.clone(),
            &[400],
        ),
        (
            format!("Content-Length: {size}, {size}\r\n"),
            body.clone(),
            &[400],
        ),
        (format!("Content-Length: +{size}\r\n"), body.clone(), &[400]),
        (format!("Content-Length: -{size}\r\n"), body.clone(), &[400]),
        (
            format!("Content-Length: 0x{size:x}\r\n"),
            body.clone(),
            &[400],
        ),
        (
            "Content-Length: 99999999999999999999\r\n".to_owned(),
            body.clone(),
            &[400],
        ),
        (
            "Content-Length: 9999999999999999999\r\n".to_owned(),
            body.clone(),
            &[413],
        ),
        (format!("Content-Length : {size}\r\n"), body.clone(), &[400]),
        (
            format!("Content-Length:\r\n {size}\r\n"),
            body.clone(),
            &[400],
        ),
        (
            format!("Content-Length: {size}\r\n{chunked}"),
            format!("{chunk}0\r\n\r\n"),
            &[400],
        ),
        (
            format!("{chunked}{chunked}"),
            format!("{chunk}0\r\n\r\n"),
            &[400],
        ),
        (
            "Transfer-Encoding: gzip, chunked\r\n".to_owned(),
            format!("{chunk}0\r\n\r\n"),
            &[400],
        ),
        (
            "Transfer-Encoding: chunked, identity\r\n".to_owned(),
            format!("{chunk}0\r\n\r\n"),
            &[400],
        ),
        (
            "Transfer-Encoding: nonsense\r\n".to_owned(),
            format!("{chunk}0\r\n\r\n"),
            &[400],
        ),
        (
            "Transfer-Encoding: \u{b}chunked\r\n".to_owned(),
            format!("{chunk}0\r\n\r\n"),
            &[400],
        ),
        (chunked.to_owned(), format!("+{chunk}0\r\n\r\n"), &[400]),
        (
            chunked.to_owned(),
            format!("{}0\r\n\r\n", chunk.replacen("\r\n", "\n", 1)),
            &[400],
        ),
        (
            chunked.to_owned(),
            format!("{size:x}\r\n{body}xx0\r\n\r\n"),
            &[400],
        ),
        (
            chunked.to_owned(),
            "fffffffffffffffff\r\n".to_owned(),
            &[400],
        ),
        (
            chunked.to_owned(),
            "ffffffffffffffff\r\n{}".to_owned(),
            &[408],
        ),
        (
            chunked.to_owned(),
            format!("{size:x};{}\r\n", "x".repeat(1_000_000)),
            &[408],
        ),
        (
            "Content-Encoding: gzip\r\nContent-Length: 0\r\n".to_owned(),
            String::new(),
            &[415],
        ),
        (
            format!("Content-Encoding: br\r\nContent-Length: {size}\r\n"),
            body.clone(),
            &[415],
        ),
        (
            format!("Content-Encoding: identity, gzip\r\nContent-Length: {size}\r\n"),
            body.clone(),
            &[415],
        ),
    ] {
        let request = format!("{head}{framing}{END}{body}");
        let answer = exchange(app.address, request.as_bytes()).await;
        let answer = Answer::read(&answer, false).unwrap_or_else(|| panic!("{framing}"));
        assert!(statuses.contains(&answer.status), "{framing:?}: {answer}");
        let status = answer.status;
        answer.expect_problem(status);
    }
    assert_eq!(app.state().await, before);
}

async fn sec_48_pipelined_requests_are_answered_in_order(on: Backend) {
    let service = Service::start(on).await;
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let requests = [ask("/nothing"), ask("/openapi.json"), ask("/token")]
        .concat()
        .repeat(100);

    let answers = exchange(
        service.address,
        format!("{requests}GET / HTTP/1.1\r\n{END}").as_bytes(),
    )
    .await;

    let answers = String::from_utf8(answers).unwrap();
    let statuses: Vec<_> = answers
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| &answer[..3])
        .collect();
    let expected = [["404", "200", "405"].repeat(100), vec!["404"]].concat();
    assert_eq!(statuses, expected);
}

async fn sec_48_what_follows_a_refused_request_is_not_read(on: Backend) {
    let app = App::start(on).await;
    let before = app.state().await;
    let smuggled = "POST /membership/password-reset-requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 38\r\n\r\n{\"tenant\":\"test\",\"username\":\"master\"}\n";

    for first in [
        "GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\nX-A: b\0\r\n\r\n",
        "POST /nothing HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ] {
        let answer = exchange(app.address, format!("{first}{smuggled}").as_bytes()).await;
        let answers = String::from_utf8(answer).unwrap();
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
    }
    assert_eq!(app.state().await, before);
}
