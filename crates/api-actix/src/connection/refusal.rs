use actix_web::http::StatusCode;

use crate::{
    edge::REQUEST_ID,
    metrics::{self, Reason},
    problem::{self, Asked, Problem},
    telemetry,
};

/// Why a request never came as far as [`crate::edge`].
#[derive(Clone, Copy)]
pub(super) enum Refusal<'a> {
    /// Its head did not arrive in time.
    Slow,
    /// The HTTP library could not read it, and answered with this head alone.
    Bare(&'a str),
}

/// Puts refusals into words.
pub(crate) struct Explainer {
    base: String,
}

impl Explainer {
    /// `base` is what our addresses begin with, without a slash at its end.
    pub(crate) fn new(base: String) -> Self {
        Self { base }
    }

    /// The whole answer: a problem document, after which the connection is closed.
    pub(super) fn refuse(&self, refusal: Refusal<'_>) -> Vec<u8> {
        let (reason, status, told) = match refusal {
            Refusal::Slow => (Reason::SlowHead, StatusCode::REQUEST_TIMEOUT, ""),
            Refusal::Bare(head) => (
                Reason::Unreadable,
                status_of(head).unwrap_or(StatusCode::BAD_REQUEST),
                head,
            ),
        };
        metrics::rejected(reason);
        let asked = Asked {
            request_id: telemetry::request_id(),
            only_xml: false,
            base: &self.base,
        };
        let body = Problem::of_status(status).json(&asked);
        let id = &asked.request_id;
        tracing::warn!(
            request_id = id,
            http.response.status_code = status.as_u16(),
            "a request could not be read"
        );
        let mut lines = vec![
            format!("HTTP/1.1 {status}"),
            format!("content-type: {}", problem::JSON),
            format!("content-length: {}", body.len()),
            format!("{REQUEST_ID}: {id}"),
            "cache-control: no-store".to_owned(),
            "x-content-type-options: nosniff".to_owned(),
            "connection: close".to_owned(),
        ];
        let date = told.split("\r\n").find(|line| line.starts_with("date:"));
        lines.extend(date.map(str::to_owned));
        format!("{}\r\n\r\n{body}", lines.join("\r\n")).into_bytes()
    }
}

/// What is to be written before, and the head of the error at the end that is not from [`crate::edge`], which gives
/// each of its answers an id.
pub(super) fn bare(bytes: &[u8]) -> Option<(&[u8], &str)> {
    let heads = bytes.strip_suffix(b"\r\n\r\n")?;
    let start = heads
        .windows(START.len())
        .rposition(|it| it == START.as_bytes())?;
    let (before, head) = heads.split_at(start);
    let head = std::str::from_utf8(head).ok()?;
    let status = status_of(head)?;
    let is_ours = head.contains(REQUEST_ID.as_str()) || head.contains("\r\n\r\n");
    let is_error = status.is_client_error() || status.is_server_error();
    (is_error && !is_ours).then_some((before, head))
}

const START: &str = "HTTP/1.";

fn status_of(head: &str) -> Option<StatusCode> {
    head.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\ndate: Wed, 21 Jan 2026 17:43:22 GMT";

    #[test]
    fn an_error_without_an_id_is_not_ours() {
        let end = "\r\n\r\n";
        let before = "HTTP/1.1 200 OK\r\nx-request-id: 7\r\ncontent-length: 2\r\n\r\n{}";
        for (bytes, expected) in [
            (format!("{BARE}{end}"), Some(("", BARE))),
            (format!("{before}{BARE}{end}"), Some((before, BARE))),
            (format!("{BARE}\r\nx-request-id: 7{end}"), None),
            (format!("{BARE}{end}{{}}"), None),
            (format!("{BARE}{end}{{}}{end}"), None),
            (BARE.to_owned(), None),
            (format!("HTTP/1.1 200 OK\r\ncontent-length: 0{end}"), None),
            (format!("HTTP/1.1 100 Continue{end}"), None),
            (format!("HTTP/1.{end}"), None),
            (end.to_owned(), None),
            (String::new(), None),
        ] {
            let expected = expected.map(|(before, head)| (before.as_bytes(), head));
            assert_eq!(bare(bytes.as_bytes()), expected, "{bytes}");
        }
    }
}
