//! The token endpoint: RFC 6749 with the platform's own fields (contract section 5).

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use domain::{
    Error,
    model::{RoleName, Secret, Timestamp},
    services::{Refresh, SignIn, TokenAnswer},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{contract::pairs, problem::Problem};

/// What the endpoint knows; anything else is ignored (RFC 6749 section 3.2).
const PARAMETERS: [&str; 7] = [
    "grant_type",
    "username",
    "tenant",
    "password",
    "refresh_token",
    "client_id",
    "client_secret",
];

/// A request of the endpoint.
pub(crate) enum Grant {
    Password(SignIn),
    Refresh(Refresh),
}

impl Grant {
    /// Reads the form. Its parameters may be there once each and not be empty; the query may hold none of them.
    pub(crate) fn read(query: &str, form: &[u8]) -> Result<Self, Problem> {
        let in_query =
            pairs(query.as_bytes()).ok_or_else(|| invalid_request("The query is not in UTF-8."))?;
        if in_query
            .iter()
            .any(|(name, _)| PARAMETERS.contains(&name.as_str()))
        {
            return Err(invalid_request(
                "Parameters belong in the body, not in the query.",
            ));
        }
        let mut form = Form::read(form)?;
        let grant_type = form.needed("grant_type")?;
        if !["password", "refresh_token"].contains(&grant_type.as_str()) {
            let words = "The grant type is neither password nor refresh_token.";
            return Err(
                Problem::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", words)
                    .with_oauth_error("unsupported_grant_type"),
            );
        }
        let client_id = form.needed("client_id")?;
        let client_secret = form.optional("client_secret")?.map(Secret::new);
        if grant_type == "refresh_token" {
            // `tenant` is a short name, an id or absent here, depending on the client: it is ignored.
            let refresh_token = Secret::new(form.needed("refresh_token")?);
            return Ok(Self::Refresh(Refresh {
                client_id,
                client_secret,
                refresh_token,
            }));
        }
        Ok(Self::Password(SignIn {
            client_id,
            client_secret,
            tenant: form.needed("tenant")?,
            username: form.needed("username")?,
            password: Secret::new(form.needed("password")?),
        }))
    }
}

struct Form(BTreeMap<String, String>);

impl Form {
    fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let mut form = BTreeMap::new();
        for (name, value) in
            pairs(bytes).ok_or_else(|| invalid_request("The body is not a form in UTF-8."))?
        {
            if form.insert(name, value).is_some() {
                return Err(invalid_request("A parameter is there more than once."));
            }
        }
        Ok(Self(form))
    }

    fn optional(&mut self, name: &'static str) -> Result<Option<String>, Problem> {
        let value = self.0.remove(name);
        if value.as_ref().is_some_and(String::is_empty) {
            return Err(invalid_request(format!("The parameter {name} is empty.")));
        }
        Ok(value)
    }

    fn needed(&mut self, name: &'static str) -> Result<String, Problem> {
        let value = self.optional(name)?;
        value.ok_or_else(|| invalid_request(format!("The parameter {name} is missing.")))
    }
}

/// 400 for a request that is not one.
pub(crate) fn invalid_request(words: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_request", words)
        .with_oauth_error("invalid_request")
}

/// The domain's error under its name of RFC 6749 section 5.2. One wording for user, tenant, password and token.
pub(crate) fn refusal(error: Error) -> Problem {
    let name = match &error {
        Error::BadCredentials | Error::BadToken => "invalid_grant",
        Error::BadClient | Error::Unauthenticated => "invalid_client",
        Error::Forbidden => "unauthorized_client",
        Error::Throttled { .. } | Error::Overloaded { .. } | Error::Unavailable { .. } => {
            "temporarily_unavailable"
        }
        Error::Invalid { .. }
        | Error::Unacceptable { .. }
        | Error::NotFound(_)
        | Error::Conflict(_)
        | Error::Stale => "invalid_request",
    };
    let error = match error {
        Error::BadToken => Error::BadCredentials,
        Error::Unauthenticated => Error::BadClient,
        other => other,
    };
    Problem::from(error).with_oauth_error(name)
}

/// What a sign-in and a refresh answer.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenAnswer)]
pub(crate) struct TokenView<'a> {
    /// To be sent as `Authorization: Bearer`; opaque to clients.
    access_token: &'a str,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// How many seconds the access token is good.
    expires_in: u64,
    /// To be sent for the next answer.
    refresh_token: &'a str,
    user_id: String,
    tenant_id: String,
    username: &'a str,
    /// With `, ` between the names.
    #[schema(example = "TenantAdministrator, Support")]
    roles: String,
    two_factor_enabled: bool,
    #[serde(rename = "canopysimulations:client_id:")]
    client_id: &'a str,
    #[serde(rename = ".issued")]
    #[schema(example = "Wed, 21 Jan 2026 17:43:22 GMT")]
    issued: String,
    #[serde(rename = ".expires")]
    #[schema(example = "Wed, 21 Jan 2026 18:13:22 GMT")]
    expires: String,
}

impl<'a> From<&'a TokenAnswer> for TokenView<'a> {
    fn from(answer: &'a TokenAnswer) -> Self {
        let roles: Vec<_> = answer.roles.iter().map(RoleName::as_str).collect();
        Self {
            access_token: answer.access_token.expose(),
            token_type: "bearer",
            expires_in: answer.expires_in.as_secs(),
            refresh_token: answer.refresh_token.expose(),
            user_id: answer.user.to_string(),
            tenant_id: answer.tenant.to_string(),
            username: answer.username.as_str(),
            roles: roles.join(", "),
            two_factor_enabled: false,
            client_id: answer.client.as_str(),
            issued: http_date(answer.issued_at),
            expires: http_date(answer.issued_at.plus(answer.expires_in)),
        }
    }
}

/// RFC 1123 in GMT.
fn http_date(at: Timestamp) -> String {
    at.utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests;
