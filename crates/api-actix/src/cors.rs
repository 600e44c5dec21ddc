//! From which web pages of other origins the API may be called (SEC-47): none, but those of the clients.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
};

use actix_cors::Cors;
use actix_web::{
    HttpResponse,
    dev::ServiceRequest,
    http::{
        Method,
        header::{
            ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CONTENT_TYPE, HeaderValue, ORIGIN, VARY,
        },
    },
    web::Data,
};
use domain::model::Origin;

/// How many seconds a browser may keep what a preflight told it.
const MAX_AGE: usize = 600;

/// The origins of the clients' pages, as they were a moment ago.
#[derive(Default)]
pub(crate) struct Origins(RwLock<BTreeSet<Origin>>);

impl Origins {
    pub(crate) fn replace(&self, origins: BTreeSet<Origin>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = origins;
    }

    /// An origin is written in one way alone, so that equal values are equal texts.
    fn allow(&self, origin: &HeaderValue) -> bool {
        let origin = origin
            .to_str()
            .ok()
            .and_then(|it| it.parse::<Origin>().ok());
        let allowed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        origin.is_some_and(|origin| allowed.contains(&origin))
    }
}

/// Answers preflights, and lets pages of the origins read answers. No cookie takes part in anything.
pub(crate) fn cors(origins: Arc<Origins>) -> Cors {
    Cors::default()
        .allowed_origin_fn(move |origin, _| origins.allow(origin))
        .allowed_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE])
        .max_age(MAX_AGE)
}

/// The origin of the page that may read the answer.
pub(crate) fn reader(request: &ServiceRequest) -> Option<HeaderValue> {
    let origins = request.app_data::<Data<Origins>>()?;
    let origin = request.headers().get(ORIGIN)?;
    origins.allow(origin).then(|| origin.clone())
}

/// The answer, with leave for that page to read it.
pub(crate) fn tell(mut answer: HttpResponse, reader: Option<HeaderValue>) -> HttpResponse {
    if let Some(origin) = reader {
        let headers = answer.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_47_origins_are_compared_exactly() {
        let origins = Origins::default();
        let allow = |origin: &str| origins.allow(&HeaderValue::from_str(origin).unwrap());
        assert!(!allow("https://app.example.com"));

        let own = ["https://app.example.com", "http://localhost:3000"];
        origins.replace(own.map(|it| it.parse().unwrap()).into());

        for origin in own {
            assert!(allow(origin), "{origin}");
        }
        for origin in [
            "",
            "*",
            "null",
            "https://app.example.com/",
            "https://app.example.com:443",
            "https://app.example.com:8443",
            "http://app.example.com",
            "https://APP.example.com",
            "https://app.example.com.evil.example",
            "https://evilapp.example.com",
            "https://app.example.co",
            "https://app.example.com https://app.example.com",
            "http://localhost",
            "http://localhost:30000",
        ] {
            assert!(!allow(origin), "{origin}");
        }
        assert!(!origins.allow(&HeaderValue::from_bytes(b"https://\xff").unwrap()));
    }
}
