//! The operations of the contract, a file for each noun. A handler extracts, parses, calls one service, and views.

mod email_confirmations;
mod identified_users;
mod initialize;
mod password_resets;
mod refresh_tokens;
mod registrations;
mod roles;
mod support;
mod tenants;
mod token;
mod users;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::ServiceConfig};
use utoipa::OpenApi;

use crate::{openapi, problem::Problem};

/// Every documented operation.
#[derive(OpenApi)]
#[openapi(paths(
    token::token,
    token::connect_token,
    registrations::register,
    email_confirmations::order,
    email_confirmations::confirm,
    password_resets::order,
    password_resets::validity,
    password_resets::confirm,
    roles::held,
    roles::set,
    refresh_tokens::end_all,
    support::token,
    identified_users::ignore,
    initialize::initialize,
    tenants::all,
    tenants::one,
    tenants::create,
    tenants::update,
    tenants::delete,
    users::in_tenant,
))]
pub(crate) struct Operations;

/// The same operations, to be served.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(token::token)
        .service(token::connect_token)
        .service(registrations::register)
        .service(email_confirmations::order)
        .service(email_confirmations::confirm)
        .service(password_resets::order)
        .service(password_resets::validity)
        .service(password_resets::confirm)
        .service(roles::held)
        .service(roles::set)
        .service(refresh_tokens::end_all)
        .service(support::token)
        .service(identified_users::ignore)
        .service(initialize::initialize)
        .service(tenants::all)
        .service(tenants::one)
        .service(tenants::create)
        .service(tenants::update)
        .service(tenants::delete)
        .service(users::in_tenant);
}

/// 404, or 405 where another method would do.
pub(crate) async fn unknown(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(match request.match_pattern() {
        Some(route) => Problem::method_not_allowed(openapi::methods_of(&route)),
        None => Problem::of_status(StatusCode::NOT_FOUND),
    })
}
