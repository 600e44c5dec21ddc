use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, PRAGMA},
    post,
    web::{Data, Payload},
};
use utoipa::ToSchema;

use crate::{
    App,
    caller::Anybody,
    contract::{BodyType, read_bytes},
    oauth::{self, Grant, TokenView},
    problem::Problem,
};

/// The form of both grants.
#[expect(dead_code, reason = "for the document alone: `Grant` reads the form")]
#[derive(ToSchema)]
struct TokenRequest {
    /// `password` or `refresh_token`.
    grant_type: String,
    client_id: String,
    client_secret: Option<String>,
    /// The tenant's short name; ignored in a refresh.
    tenant: Option<String>,
    username: Option<String>,
    password: Option<String>,
    refresh_token: Option<String>,
}

/// Signs a person in, or refreshes a sign-in (RFC 6749 sections 4.3 and 6).
#[utoipa::path(
    tag = "Token",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Signed in", body = TokenView<'_>),
    )
)]
#[post("/token")]
pub(super) async fn token(
    app: Data<App>,
    caller: Anybody,
    request: HttpRequest,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    answer(&app, caller, &request, body).await
}

/// The same under another address.
#[utoipa::path(
    tag = "Token",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Signed in", body = TokenView<'_>),
    )
)]
#[post("/connect/token")]
pub(super) async fn connect_token(
    app: Data<App>,
    caller: Anybody,
    request: HttpRequest,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    answer(&app, caller, &request, body).await
}

async fn answer(
    app: &App,
    Anybody(actor): Anybody,
    request: &HttpRequest,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    let form = read_bytes(request, body.into_inner())
        .await
        .map_err(|problem| problem.with_oauth_error("invalid_request"))?;
    if BodyType::of(request.headers()) != Some(BodyType::Form) {
        return Err(oauth::invalid_request(
            "The body is not of the type application/x-www-form-urlencoded.",
        ));
    }
    let answer = match Grant::read(request.query_string(), &form)? {
        Grant::Password(grant) => app.membership.tokens.sign_in(&actor, grant).await,
        Grant::Refresh(grant) => app.membership.tokens.refresh(grant).await,
    };
    let answer = answer.map_err(oauth::refusal)?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .content_type("application/json; charset=utf-8")
        .body(serde_json::to_string(&TokenView::from(&answer)).unwrap_or_default()))
}
