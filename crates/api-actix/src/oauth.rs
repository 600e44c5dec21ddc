//! The endpoints that clients of OAuth 2.0 use for themselves: RFC 6749 with the platform's own fields (contract section
//! 5), RFC 7009 and RFC 7662.

mod answer;
mod client;
mod form;
mod grant;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, PRAGMA},
    },
};
use domain::Error;
use serde::Serialize;

pub(crate) use self::{
    answer::TokenView,
    client::{ClientForm, Proof},
    grant::Grant,
};
use crate::problem::{
    Problem,
    kinds::{self, Kind},
};

/// An answer that is not kept (RFC 6749 section 5.1).
pub(crate) fn answer(view: &impl Serialize) -> Result<HttpResponse, Problem> {
    let text = serde_json::to_string(view)
        .map_err(|_| Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR))?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .content_type("application/json; charset=utf-8")
        .body(text))
}

/// The same without a word.
pub(crate) fn done() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .finish()
}

/// 400 for a request that is not one.
fn invalid_request(words: impl Into<Cow<'static, str>>) -> Problem {
    bad_request(&kinds::INVALID_REQUEST, words)
}

fn bad_request(kind: &'static Kind, words: impl Into<Cow<'static, str>>) -> Problem {
    Problem::new(kind, words).with_oauth_error(kind.code)
}

/// The domain's error under its name of RFC 6749 section 5.2. One wording for user, tenant, password and token.
pub(crate) fn refusal(error: Error, proof: Proof) -> Problem {
    match error {
        Error::BadClient | Error::Unauthenticated => {
            let problem = Problem::from(Error::BadClient).with_oauth_error("invalid_client");
            match proof {
                Proof::InForm => problem,
                Proof::InHeader => problem.of_client(),
            }
        }
        Error::Forbidden => bad_request(
            &kinds::UNAUTHORIZED_CLIENT,
            "The client may not use this grant type.",
        ),
        Error::BadCredentials | Error::BadToken => {
            Problem::from(Error::BadCredentials).with_oauth_error("invalid_grant")
        }
        Error::Stale => Problem::of_status(StatusCode::SERVICE_UNAVAILABLE)
            .with_oauth_error("temporarily_unavailable"),
        Error::Throttled { .. } | Error::Overloaded { .. } | Error::Unavailable { .. } => {
            Problem::from(error).with_oauth_error("temporarily_unavailable")
        }
        Error::Conflict(words) => bad_request(&kinds::UNSUPPORTED_TOKEN_TYPE, words),
        Error::Invalid { .. }
        | Error::Unacceptable { .. }
        | Error::Password { .. }
        | Error::NotFound(_) => Problem::from(error).with_oauth_error("invalid_request"),
    }
}
