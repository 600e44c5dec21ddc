//! The operations of the contract, a file for each noun. A handler extracts, parses, calls one service, and views.

mod account_settings;
mod clients;
mod discovery;
mod email_confirmations;
mod identified_users;
mod initialize;
mod mail_settings;
mod password_resets;
mod refresh_tokens;
mod registrations;
mod roles;
mod sessions;
mod support;
mod tenants;
mod token;
mod token_status;
mod userinfo;
mod users;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::ServiceConfig};
use utoipa::OpenApi;

use crate::{openapi, problem::Problem};

/// Every documented operation.
#[derive(OpenApi)]
#[openapi(paths(
    token::token,
    token::connect_token,
    token_status::introspect,
    token_status::revoke,
    userinfo::userinfo,
    discovery::openid_configuration,
    discovery::authorization_server,
    discovery::key_set,
    sessions::of_user,
    sessions::end,
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
    mail_settings::show,
    mail_settings::replace,
    users::in_tenant,
    account_settings::show,
    account_settings::update,
    clients::all,
    clients::one,
    clients::create,
    clients::update,
    clients::delete,
    clients::rotate_secret,
))]
pub(crate) struct Operations;

/// The same operations, to be served.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(token::token)
        .service(token::connect_token)
        .service(token_status::introspect)
        .service(token_status::revoke)
        .service(userinfo::userinfo)
        .service(discovery::openid_configuration)
        .service(discovery::authorization_server)
        .service(discovery::key_set)
        .service(sessions::of_user)
        .service(sessions::end)
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
        .service(mail_settings::show)
        .service(mail_settings::replace)
        .service(users::in_tenant)
        .service(account_settings::show)
        .service(account_settings::update)
        .service(clients::all)
        .service(clients::one)
        .service(clients::create)
        .service(clients::update)
        .service(clients::delete)
        .service(clients::rotate_secret);
}

/// 404, or 405 where another method would do.
pub(crate) async fn unknown(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(match request.match_pattern() {
        Some(route) => Problem::method_not_allowed(openapi::methods_of(&route)),
        None => Problem::of_status(StatusCode::NOT_FOUND),
    })
}
