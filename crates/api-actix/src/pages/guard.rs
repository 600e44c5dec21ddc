use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};

use super::{Audience, notice::notice};
use crate::App;

const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
];

/// Refuses forms that another site sends, and gives every answer the headers of a page.
pub(super) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let mut response = if request.method().is_safe() || !is_cross_site(&request) {
        next.call(request).await?.map_into_boxed_body()
    } else {
        let refusal = foreign(request.request());
        request.into_response(refusal)
    };
    for (name, value) in HEADERS {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

fn foreign(request: &HttpRequest) -> HttpResponse {
    let Some(app) = request.app_data::<web::Data<App>>() else {
        return HttpResponse::Forbidden().finish();
    };
    let to = Audience::unknown(request, &app.wording);
    notice(StatusCode::FORBIDDEN, &to, &to.words.foreign_form)
}

fn is_cross_site(request: &ServiceRequest) -> bool {
    request
        .headers()
        .get_all("sec-fetch-site")
        .any(|site| site.as_bytes().eq_ignore_ascii_case(b"cross-site"))
}

#[cfg(test)]
mod tests {
    use actix_web::{App, http::Method, middleware::from_fn, test};

    use super::*;

    /// The status and headers of a guarded page whose handler answers 200 with nothing.
    async fn send(method: Method, site: Option<&str>) -> ServiceResponse {
        let page = web::resource("/page")
            .wrap(from_fn(guard))
            .to(HttpResponse::Ok);
        let app = test::init_service(App::new().service(page)).await;
        let mut request = test::TestRequest::with_uri("/page").method(method);
        if let Some(site) = site {
            request = request.insert_header(("sec-fetch-site", site));
        }
        test::call_service(&app, request.to_request()).await
    }

    #[actix_web::test]
    async fn sec_39_a_form_from_another_site_is_refused() {
        for (method, site, status) in [
            (Method::POST, Some("cross-site"), StatusCode::FORBIDDEN),
            (Method::POST, Some("Cross-Site"), StatusCode::FORBIDDEN),
            (Method::POST, Some("same-origin"), StatusCode::OK),
            (Method::POST, None, StatusCode::OK),
            (Method::GET, Some("cross-site"), StatusCode::OK),
            (Method::HEAD, Some("cross-site"), StatusCode::OK),
        ] {
            let response = send(method.clone(), site).await;
            assert_eq!(response.status(), status, "{method} {site:?}");
        }
    }

    #[actix_web::test]
    async fn sec_40_every_answer_has_the_headers_of_a_page() {
        for site in [None, Some("cross-site")] {
            let response = send(Method::POST, site).await;
            for (name, value) in HEADERS {
                assert_eq!(response.headers().get(&name).unwrap(), value, "{name}");
            }
        }
    }
}
