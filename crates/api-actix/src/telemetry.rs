//! What is logged: for each request one line, never a query string, a path, a body or a header.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher as _,
    panic,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::http::{Method, StatusCode};
use wiring::{logging::Logging, settings::Log};

use crate::metrics;

/// Takes up the log for the whole process, panics included.
pub fn install(settings: &Log) -> Logging {
    let log = wiring::logging::install(settings);
    panic::set_hook(Box::new(|about| {
        // The message of a panic may quote what came from outside.
        let place = about.location().map(ToString::to_string);
        metrics::panicked();
        tracing::error!(event = "panic", place, "a panic was caught");
    }));
    log
}

/// Names a request: unlike every other in this process, and in practice in any.
pub(crate) fn request_id() -> String {
    static PROCESS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!(
        "{:016x}",
        PROCESS.hash_one(COUNT.fetch_add(1, Ordering::Relaxed))
    )
}

/// Counts a request and writes the line about it; `route` is the pattern, never the path.
pub(crate) fn access(method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
    let method = known(method);
    metrics::answered(method, route, status, took);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                http.request.method = method,
                http.route = route,
                http.response.status_code = status.as_u16(),
                duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                "answered"
            )
        };
    }
    if status.is_server_error() {
        line!(error);
    } else if status.is_client_error() {
        line!(warn);
    } else {
        line!(info);
    }
}

/// A caller may write anything as a method; the log and the metrics know those of the standard.
fn known(method: &Method) -> &'static str {
    let standard = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT",
    ];
    let found = standard.into_iter().find(|it| *it == method.as_str());
    found.unwrap_or("other")
}
