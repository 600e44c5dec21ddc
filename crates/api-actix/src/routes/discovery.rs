use actix_web::{
    HttpResponse, get,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web::Data,
};
use domain::model::{Grant, SigningKey};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, problem::Problem};

/// How many seconds the answers may be kept: a key signs no sooner than twice that after it was published.
const MAX_AGE: u64 = SigningKey::PUBLISHED_AHEAD.as_secs() / 2;

/// Where the endpoints are and what they know (RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3).
#[derive(Serialize, ToSchema)]
#[schema(as = ServerMetadata)]
struct MetadataView<'a> {
    issuer: &'a str,
    token_endpoint: String,
    jwks_uri: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    userinfo_endpoint: String,
    service_documentation: String,
    /// None: there is no authorization endpoint.
    response_types_supported: [&'static str; 0],
    grant_types_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: [&'static str; 3],
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
}

/// The public keys that access tokens are signed with (RFC 7517 section 5).
#[expect(dead_code, reason = "for the document alone: the set is kept as text")]
#[derive(ToSchema)]
#[schema(as = KeySet)]
struct KeySetView {
    #[schema(value_type = Vec<Object>)]
    keys: Vec<()>,
}

impl<'a> MetadataView<'a> {
    fn of(app: &'a App) -> Self {
        const SECRET: [&str; 2] = ["client_secret_basic", "client_secret_post"];
        const ANY: [&str; 3] = [SECRET[0], SECRET[1], "none"];
        let at = |path| format!("{}{path}", app.issuer);
        Self {
            issuer: &app.issuer,
            token_endpoint: at("/connect/token"),
            jwks_uri: at("/.well-known/jwks.json"),
            introspection_endpoint: at("/oauth/introspect"),
            revocation_endpoint: at("/oauth/revoke"),
            userinfo_endpoint: at("/connect/userinfo"),
            service_documentation: at("/docs"),
            response_types_supported: [],
            grant_types_supported: Grant::ALL.iter().map(|grant| grant.name()).collect(),
            token_endpoint_auth_methods_supported: ANY,
            introspection_endpoint_auth_methods_supported: SECRET,
            revocation_endpoint_auth_methods_supported: ANY,
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: [app.algorithm],
        }
    }
}

/// Where the endpoints are and what they know, for libraries of OpenID Connect.
#[utoipa::path(
    tag = "Discovery",
    operation_id = "getOpenidConfiguration",
    responses((status = 200, description = "The metadata", body = MetadataView<'_>)),
)]
#[get("/.well-known/openid-configuration")]
pub(super) async fn openid_configuration(app: Data<App>) -> HttpResponse {
    metadata(&app)
}

/// The same for libraries of OAuth 2.0 (RFC 8414).
#[utoipa::path(
    tag = "Discovery",
    operation_id = "getAuthorizationServer",
    responses((status = 200, description = "The metadata", body = MetadataView<'_>)),
)]
#[get("/.well-known/oauth-authorization-server")]
pub(super) async fn authorization_server(app: Data<App>) -> HttpResponse {
    metadata(&app)
}

/// The public keys that access tokens are signed with, the next one among them.
#[utoipa::path(
    tag = "Discovery",
    operation_id = "getKeySet",
    responses(
        (status = 200, description = "The keys", body = KeySetView, content_type = "application/jwk-set+json"),
    )
)]
#[get("/.well-known/jwks.json")]
pub(super) async fn key_set(app: Data<App>) -> Result<HttpResponse, Problem> {
    let keys = app.membership.signing_keys.key_set()?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/jwk-set+json"))
        .insert_header((CACHE_CONTROL, kept()))
        .body(keys.to_string()))
}

fn metadata(app: &App) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, kept()))
        .json(MetadataView::of(app))
}

fn kept() -> String {
    format!("public, max-age={MAX_AGE}")
}
