//! What every request to the public listener passes first, and every answer last.

use std::time::{Duration, Instant};

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        ConnectionType, Method, StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use tracing::Instrument as _;

use crate::{
    App,
    connection::Progress,
    contract::Accept,
    cors, limits,
    metrics::Active,
    problem::{Asked, Problem},
    telemetry,
};

/// The name of a request in our log. What a caller sends under this name is not looked at.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What an HTML answer may do, unless it says so itself: show itself and our style sheet.
const PAGE: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Gives the request an id and a deadline, survives panics, makes a problem document of every error, and logs one line.
pub(crate) async fn pass(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let began = Instant::now();
    let _active = Active::begin();
    let serving = request
        .conn_data::<Progress>()
        .map(|connection| connection.serve(has_body(request.headers())));
    let app = request.app_data::<web::Data<App>>().cloned();
    let asked = Asked {
        request_id: telemetry::request_id(),
        only_xml: Accept::of(request.headers()).only_xml(),
        base: app.as_ref().map_or("", |app| &app.issuer),
    };
    let reader = cors::reader(&request);
    let method = request.method().clone();
    if method == Method::HEAD {
        // The connection leaves the body out by itself.
        request.head_mut().method = Method::GET;
    }
    let deadline = app
        .as_ref()
        .map_or(Duration::MAX, |app| app.request_timeout);
    let span = tracing::info_span!("request", request_id = asked.request_id);
    let answered = limits::bounded(deadline, next.call(request))
        .instrument(span.clone())
        .await;

    let _entered = span.enter();
    let (answer, route) = match answered {
        Ok(Ok(answer)) => {
            let answer = explained(answer.map_into_boxed_body(), &asked);
            let route = answer.request().match_pattern();
            (Ok(answer), route)
        }
        Ok(Err(error)) => {
            let status = error.as_response_error().status_code();
            (Err(Problem::of_status(status)), None)
        }
        Err(problem) => (Err(problem), None),
    };
    // What never came back through CORS is told to the page that asked all the same.
    let mut answer = answer.map_err(|problem| cors::tell(problem.response(&asked), reader));
    let response = match &mut answer {
        Ok(answer) => answer.response_mut(),
        Err(answer) => answer,
    };
    let status = finish(response, &asked);
    if serving.is_some_and(|serving| serving.is_last()) {
        response
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    telemetry::access(&method, route.as_deref(), status, began.elapsed());
    answer.map_err(|answer| InternalError::from_response("refused", answer).into())
}

fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH);
    headers.contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|it| it != "0")
}

/// The answer, as a problem document if it is an error that nobody explained yet.
fn explained(answer: ServiceResponse<BoxBody>, asked: &Asked<'_>) -> ServiceResponse<BoxBody> {
    let status = answer.status();
    let bare = || {
        !answer.headers().contains_key(header::CONTENT_TYPE)
            && (status.is_client_error() || status.is_server_error())
    };
    let explanation = match answer.response().error() {
        Some(error) => match error.as_error::<Problem>() {
            Some(problem) => problem.response(asked),
            None => Problem::of_status(status).response(asked),
        },
        None if bare() => Problem::of_status(status).response(asked),
        None => return answer,
    };
    let told = answer
        .headers()
        .iter()
        .filter(|(name, _)| **name != header::CONTENT_LENGTH);
    let told: Vec<_> = told
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut answer = answer.into_response(explanation);
    for (name, value) in told {
        if !answer.headers().contains_key(&name) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

/// The headers of every answer.
fn finish(answer: &mut HttpResponse, asked: &Asked<'_>) -> StatusCode {
    let headers = answer.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&asked.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    default(headers, header::CACHE_CONTROL, "no-store");
    default(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    let media_type = headers.get(header::CONTENT_TYPE);
    if media_type.is_some_and(|it| it.as_bytes().starts_with(b"text/html")) {
        for (name, value) in PAGE {
            default(headers, name, value);
        }
    }
    answer.status()
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::{
        App,
        body::to_bytes,
        error::ErrorBadRequest,
        middleware::from_fn,
        test::{TestRequest, init_service, try_call_service},
    };
    use serde_json::Value;

    use super::*;

    /// What comes of a handler, behind the edge.
    async fn told(
        method: Method,
        handler: fn() -> Result<HttpResponse, Error>,
    ) -> (HttpResponse, Value) {
        let route = web::get().to(move || async move { handler() });
        let app = init_service(App::new().route("/", route).wrap(from_fn(pass))).await;
        let request = TestRequest::default().method(method).to_request();
        let answer = match try_call_service(&app, request).await {
            Ok(answer) => answer.into_parts().1,
            Err(error) => error.error_response(),
        };
        let (head, body) = answer.into_parts();
        let body = to_bytes(body).await.unwrap();
        (
            head.map_into_boxed_body(),
            serde_json::from_slice(&body).unwrap_or_default(),
        )
    }

    #[actix_web::test]
    async fn sec_41_a_panic_is_a_problem_that_shows_nothing() {
        let (answer, body) = told(Method::GET, || panic!("secret")).await;

        assert_eq!(answer.status(), 500);
        assert_eq!(
            answer.headers().get("content-type").unwrap(),
            "application/problem+json; charset=utf-8"
        );
        assert_eq!(body["code"], "internal");
        assert_eq!(
            answer.headers().get(REQUEST_ID).unwrap(),
            body["requestId"].as_str().unwrap()
        );
        assert!(!body.to_string().contains("secret"));
    }

    #[actix_web::test]
    async fn sec_47_a_page_may_read_that_its_request_failed_here() {
        let origins = Arc::new(cors::Origins::default());
        origins.replace(["https://app.example.com".parse().unwrap()].into());
        let fail = web::get().to(async || -> HttpResponse { panic!("of a test") });
        let app = App::new()
            .app_data(web::Data::from(origins.clone()))
            .route("/", fail);
        let app = app.wrap(cors::cors(origins)).wrap(from_fn(pass));
        let app = init_service(app).await;

        for (origin, allowed) in [
            ("https://app.example.com", Some("https://app.example.com")),
            ("https://other.example.com", None),
        ] {
            let request = TestRequest::default().insert_header(("origin", origin));
            let answer = try_call_service(&app, request.to_request()).await;
            let answer = answer.map(|_| ()).unwrap_err().error_response();
            let told = answer.headers().get("access-control-allow-origin");
            assert_eq!(told.map(|it| it.to_str().unwrap()), allowed);
            assert_eq!(answer.status(), 500);
        }
    }

    #[actix_web::test]
    async fn sec_41_an_error_of_the_framework_is_a_problem_without_its_words() {
        let (answer, body) = told(Method::GET, || Err(ErrorBadRequest("secret"))).await;

        assert_eq!(
            (answer.status().as_u16(), &body["code"]),
            (400, &"bad_request".into())
        );
        assert!(!body.to_string().contains("secret"));
    }

    #[actix_web::test]
    async fn what_is_explained_already_and_what_went_well_stay() {
        let (answer, _) = told(Method::GET, || {
            Ok(HttpResponse::Gone().content_type("text/html").body("gone"))
        })
        .await;
        assert_eq!(answer.headers().get("content-type").unwrap(), "text/html");

        let (answer, body) = told(Method::HEAD, || Ok(HttpResponse::Ok().json("fine"))).await;
        assert_eq!((answer.status().as_u16(), body), (200, "fine".into()));
        assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
        assert_eq!(
            answer.headers().get("x-content-type-options").unwrap(),
            "nosniff"
        );
    }
}
