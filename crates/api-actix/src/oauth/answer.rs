use domain::{
    model::{RoleName, Timestamp},
    services::TokenAnswer,
};
use serde::Serialize;
use utoipa::ToSchema;

/// What the token endpoint answers.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = TokenAnswer)]
pub(crate) enum TokenView<'a> {
    SignIn(SignInView<'a>),
    Client(ClientTokenView<'a>),
}

/// To whoever signs in or refreshes: as complete the one time as the other.
#[derive(Serialize, ToSchema)]
#[schema(as = SignInAnswer)]
pub(crate) struct SignInView<'a> {
    /// To be sent as `Authorization: Bearer`; opaque to clients.
    access_token: &'a str,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// How many seconds the access token is good.
    expires_in: u64,
    /// To be sent for the next answer; left out for a client that may not refresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
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

/// To a client that acts for itself.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClientTokenAnswer)]
pub(crate) struct ClientTokenView<'a> {
    access_token: &'a str,
    #[schema(example = "bearer")]
    token_type: &'static str,
    expires_in: u64,
}

impl<'a> From<&'a TokenAnswer> for TokenView<'a> {
    fn from(answer: &'a TokenAnswer) -> Self {
        let (access_token, token_type) = (answer.access_token.expose(), "bearer");
        let expires_in = answer.expires_in.as_secs();
        let Some(sign_in) = &answer.sign_in else {
            return Self::Client(ClientTokenView {
                access_token,
                token_type,
                expires_in,
            });
        };
        let roles: Vec<_> = sign_in.roles.iter().map(RoleName::as_str).collect();
        let refresh_token = sign_in.refresh_token.as_ref();
        Self::SignIn(SignInView {
            access_token,
            token_type,
            expires_in,
            refresh_token: refresh_token.map(|token| token.expose().as_str()),
            user_id: sign_in.user.to_string(),
            tenant_id: sign_in.tenant.to_string(),
            username: sign_in.username.as_str(),
            roles: roles.join(", "),
            two_factor_enabled: false,
            client_id: answer.client.as_str(),
            issued: http_date(answer.issued_at),
            expires: http_date(answer.issued_at.plus(answer.expires_in)),
        })
    }
}

/// RFC 1123 in GMT.
fn http_date(at: Timestamp) -> String {
    at.utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        assert_eq!(
            http_date(Timestamp::from_unix_seconds(1_769_017_402).unwrap()),
            "Wed, 21 Jan 2026 17:43:22 GMT"
        );
    }
}
