//! What is counted, for `/metrics` on the management listener. Labels come from closed sets: never a path, an id, or
//! what a caller wrote as a method.

use std::{
    sync::{LazyLock, atomic::AtomicI64},
    time::Duration,
};

use actix_web::{HttpResponse, get, http::StatusCode};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// Upper bounds in seconds.
const BUCKETS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

struct Metrics {
    registry: Registry,
    requests: Family<Answered, Histogram, fn() -> Histogram>,
    active: Gauge<i64, AtomicI64>,
    rejected: Family<Rejected, Counter>,
    panics: Counter,
    log_dropped: Counter,
}

#[expect(clippy::struct_field_names, reason = "the names of the labels")]
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    http_request_method: &'static str,
    /// A pattern; empty where no operation was found, or none could answer.
    http_route: String,
    http_response_status_code: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rejected {
    reason: &'static str,
}

/// Why something was turned away before it was a request.
#[derive(Clone, Copy)]
pub(crate) enum Reason {
    /// Its peer had as many connections as it may.
    PeerLimit,
    /// It could not be read.
    Unreadable,
    /// Its head did not arrive in time.
    SlowHead,
    /// Its client did not take the answer.
    SlowReader,
}

impl Metrics {
    fn new() -> Self {
        let mut registry = Registry::default();
        let requests =
            Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        let (active, rejected) = (Gauge::default(), Family::default());
        let (panics, log_dropped) = (Counter::default(), Counter::default());
        registry.register(
            "http_server_request_duration_seconds",
            "How long requests took",
            requests.clone(),
        );
        registry.register(
            "http_server_active_requests",
            "Requests that are being answered",
            active.clone(),
        );
        registry.register(
            "membership_http_rejected",
            "Connections and requests that were turned away unread",
            rejected.clone(),
        );
        registry.register(
            "membership_panics",
            "Panics that were survived",
            panics.clone(),
        );
        registry.register(
            "membership_log_dropped",
            "Lines of the log that nobody took in time",
            log_dropped.clone(),
        );
        Self {
            registry,
            requests,
            active,
            rejected,
            panics,
            log_dropped,
        }
    }
}

/// A request is being answered as long as it is held.
pub(crate) struct Active(());

impl Active {
    pub(crate) fn begin() -> Self {
        METRICS.active.inc();
        Self(())
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        METRICS.active.dec();
    }
}

pub(crate) fn answered(
    method: &'static str,
    route: Option<&str>,
    status: StatusCode,
    took: Duration,
) {
    let labels = Answered {
        http_request_method: method,
        http_route: route.unwrap_or_default().to_owned(),
        http_response_status_code: status.as_u16(),
    };
    METRICS
        .requests
        .get_or_create(&labels)
        .observe(took.as_secs_f64());
}

pub(crate) fn rejected(reason: Reason) {
    let reason = match reason {
        Reason::PeerLimit => "peer_limit",
        Reason::Unreadable => "unreadable",
        Reason::SlowHead => "slow_head",
        Reason::SlowReader => "slow_reader",
    };
    METRICS.rejected.get_or_create(&Rejected { reason }).inc();
}

pub(crate) fn panicked() {
    METRICS.panics.inc();
}

#[get("/metrics")]
pub(crate) async fn scrape() -> HttpResponse {
    let dropped = u64::try_from(wiring::logging::dropped()).unwrap_or(u64::MAX);
    let told = METRICS.log_dropped.get();
    METRICS.log_dropped.inc_by(dropped.saturating_sub(told));
    let mut text = String::new();
    match encode(&mut text, &METRICS.registry) {
        Ok(()) => HttpResponse::Ok()
            .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
