use actix_web::{HttpResponse, post, web::Data};
use domain::{model::RoleName, services::ActiveToken};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Anybody,
    oauth::{self, ClientForm, Proof},
    problem::Problem,
};

/// A token, and which client asks.
#[expect(
    dead_code,
    reason = "for the document alone: `ClientForm` reads the form"
)]
#[derive(ToSchema)]
struct TokenStatusRequest {
    /// An access token or a refresh token.
    token: String,
    /// Ignored: a token tells by itself what it is.
    token_type_hint: Option<String>,
    /// Unless the client uses HTTP Basic.
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// What a token is worth (RFC 7662 section 2.2).
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = TokenStatus)]
enum TokenStatusView {
    Active(Box<ActiveTokenView>),
    Inactive(InactiveTokenView),
}

/// A token that is good for nothing, or not the client's business.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InactiveToken)]
struct InactiveTokenView {
    #[schema(example = false)]
    active: bool,
}

/// An active token, and whom it stands for as things are now.
#[derive(Serialize, ToSchema)]
#[schema(as = ActiveToken)]
struct ActiveTokenView {
    #[schema(example = true)]
    active: bool,
    client_id: String,
    /// The user's id, or the client's if the token is its own.
    sub: String,
    exp: i64,
    iat: i64,
    iss: String,
    /// Of an access token, as `jti` and `aud`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Bearer")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
    /// Of a person, as the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// The tenant's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    /// The session's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,
}

impl TokenStatusView {
    fn of(token: Option<ActiveToken>, issuer: &str) -> Self {
        match token {
            Some(token) => Self::Active(ActiveTokenView::of(token, issuer).into()),
            None => Self::Inactive(InactiveTokenView { active: false }),
        }
    }
}

impl ActiveTokenView {
    fn of(token: ActiveToken, issuer: &str) -> Self {
        let (is_access_token, person) = (token.token_id.is_some(), token.person.as_ref());
        let user = person.map(|it| it.user.to_string());
        Self {
            active: true,
            sub: user.unwrap_or_else(|| token.client.to_string()),
            client_id: token.client.to_string(),
            exp: token.expires_at.unix_seconds(),
            iat: token.issued_at.unix_seconds(),
            iss: issuer.to_owned(),
            token_type: is_access_token.then_some("Bearer"),
            aud: is_access_token.then(|| issuer.to_owned()),
            username: person.map(|it| it.username.to_string()),
            tenant: person.map(|it| it.tenant.to_string()),
            sid: person.map(|it| it.session.to_string()),
            roles: person.map(|it| it.roles.iter().map(RoleName::to_string).collect()),
            jti: token.token_id,
        }
    }
}

/// Tells a confidential client what a token is worth now (RFC 7662).
#[utoipa::path(
    tag = "Token",
    security((), ("client" = [])),
    request_body(content = TokenStatusRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "What it is worth", body = TokenStatusView),
        (status = 401, description = "The client is not known, or public"),
    )
)]
#[post("/oauth/introspect")]
pub(super) async fn introspect(
    app: Data<App>,
    Anybody(actor): Anybody,
    form: ClientForm,
) -> Result<HttpResponse, Problem> {
    let (client, token) = form.token()?;
    let active = app
        .membership
        .token_status
        .introspect(&actor, &client, &token);
    let active = active
        .await
        .map_err(|error| oauth::refusal(error, Proof::InHeader))?;
    oauth::answer(&TokenStatusView::of(active, &app.issuer))
}

/// Ends the sign-in that a token of the client comes from (RFC 7009). Any other text is answered alike.
#[utoipa::path(
    tag = "Token",
    security((), ("client" = [])),
    request_body(content = TokenStatusRequest, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "It is worth nothing"),
        (status = 401, description = "The client is not known"),
    )
)]
#[post("/oauth/revoke")]
pub(super) async fn revoke(
    app: Data<App>,
    Anybody(actor): Anybody,
    form: ClientForm,
) -> Result<HttpResponse, Problem> {
    let (client, token) = form.token()?;
    let revoked = app.membership.token_status.revoke(&actor, &client, &token);
    revoked
        .await
        .map_err(|error| oauth::refusal(error, Proof::InHeader))?;
    Ok(oauth::done())
}
