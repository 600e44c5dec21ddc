use actix_web::{HttpResponse, post, web::Data};
use utoipa::ToSchema;

use crate::{
    App,
    caller::Anybody,
    oauth::{self, ClientForm, Grant, TokenView},
    problem::Problem,
};

/// The form of every grant.
#[expect(dead_code, reason = "for the document alone: `Grant` reads the form")]
#[derive(ToSchema)]
struct TokenRequest {
    /// `password`, `refresh_token` or `client_credentials`.
    grant_type: String,
    /// Unless the client uses HTTP Basic.
    client_id: Option<String>,
    client_secret: Option<String>,
    /// The tenant's short name. In a refresh its id or nothing; anything else is ignored there.
    tenant: Option<String>,
    username: Option<String>,
    password: Option<String>,
    refresh_token: Option<String>,
}

/// Signs a person in, refreshes a sign-in, or gives a client a token of its own (RFC 6749 sections 4.3, 6 and 4.4).
#[utoipa::path(
    tag = "Token",
    security((), ("client" = [])),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The tokens", body = TokenView<'_>),
        (status = 401, description = "The client is not known, or what HTTP Basic says of it is wrong"),
    )
)]
#[post("/connect/token")]
pub(super) async fn connect_token(
    app: Data<App>,
    caller: Anybody,
    form: ClientForm,
) -> Result<HttpResponse, Problem> {
    answer(&app, caller, form).await
}

/// The same under the address of the released clients.
#[utoipa::path(
    tag = "Token",
    security((), ("client" = [])),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The tokens", body = TokenView<'_>),
        (status = 401, description = "The client is not known, or what HTTP Basic says of it is wrong"),
    )
)]
#[post("/token")]
pub(super) async fn token(
    app: Data<App>,
    caller: Anybody,
    form: ClientForm,
) -> Result<HttpResponse, Problem> {
    answer(&app, caller, form).await
}

async fn answer(
    app: &App,
    Anybody(actor): Anybody,
    form: ClientForm,
) -> Result<HttpResponse, Problem> {
    let (tokens, proof) = (&app.membership.tokens, form.proof());
    let answer = match Grant::read(form)? {
        Grant::Password(grant) => tokens.sign_in(&actor, grant).await,
        Grant::Refresh(grant) => tokens.refresh(&actor, grant).await,
        Grant::ClientCredentials(client) => tokens.client_credentials(&actor, &client).await,
    };
    let answer = answer.map_err(|error| oauth::refusal(error, proof))?;
    oauth::answer(&TokenView::from(&answer))
}
