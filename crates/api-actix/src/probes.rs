//! Probes on the management listener, beside the metrics. None asks the database itself.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use actix_web::{HttpResponse, get, http::StatusCode, web};

use crate::metrics;

/// How long the database may be away before new requests are better sent elsewhere.
const DAMPING: Duration = Duration::from_secs(30);

/// What the probes tell.
pub(crate) struct Health {
    started: AtomicBool,
    draining: AtomicBool,
    database_answered: Mutex<Instant>,
}

impl Health {
    pub(crate) fn new() -> Self {
        Self {
            started: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            database_answered: Mutex::new(Instant::now()),
        }
    }

    pub(crate) fn started(&self) {
        self.database_answers();
        self.started.store(true, Ordering::Release);
    }

    /// From now on readiness is withdrawn.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    pub(crate) fn database_answers(&self) {
        *self
            .database_answered
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn has_started(&self) -> bool {
        self.started.load(Ordering::Acquire)
    }

    /// Why the process should get no requests.
    fn unready(&self, now: Instant) -> Option<&'static str> {
        let answered = *self
            .database_answered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.draining.load(Ordering::Acquire) {
            Some("stopping")
        } else if !self.has_started() {
            Some("starting: signing keys are not loaded")
        } else if now.saturating_duration_since(answered) > DAMPING {
            Some("the database does not answer")
        } else {
            None
        }
    }
}

pub(crate) fn configure(health: Arc<Health>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .app_data(web::Data::from(health))
            .service(livez)
            .service(readyz)
            .service(startupz)
            .service(metrics::scrape);
    }
}

/// The process answers, therefore it lives.
#[get("/livez")]
async fn livez() -> HttpResponse {
    answer(None)
}

#[get("/readyz")]
async fn readyz(health: web::Data<Health>) -> HttpResponse {
    answer(health.unready(Instant::now()))
}

#[get("/startupz")]
async fn startupz(health: web::Data<Health>) -> HttpResponse {
    answer((!health.has_started()).then_some("starting: signing keys are not loaded"))
}

fn answer(trouble: Option<&'static str>) -> HttpResponse {
    let status = if trouble.is_none() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    HttpResponse::build(status)
        .content_type("text/plain; charset=utf-8")
        .body(trouble.unwrap_or("ok"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rel_05_readiness_follows_start_database_and_drain() {
        let health = Health::new();
        assert!(health.unready(Instant::now()).is_some());

        health.started();
        let now = Instant::now();
        assert_eq!(health.unready(now), None);
        assert_eq!(health.unready(now + DAMPING / 2), None);
        assert!(
            health
                .unready(now + DAMPING + Duration::from_secs(1))
                .is_some()
        );

        health.drain();
        assert_eq!(health.unready(now), Some("stopping"));
    }
}
