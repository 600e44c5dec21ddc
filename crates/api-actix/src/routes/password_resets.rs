use actix_web::{HttpRequest, HttpResponse, get, post, web::Data};
use domain::{
    Error,
    model::{Email, Password, UserId, Username},
    services::Account,
};
use utoipa::{IntoParams, ToSchema};

use crate::{
    App,
    caller::Anybody,
    contract::{Body, Fields, OneUser, Read, Reply, pairs},
    problem::Problem,
};

/// Whose password to reset: the tenant and one of the other two.
#[derive(ToSchema)]
struct PasswordResetRequest {
    /// The tenant's short name.
    tenant: String,
    #[schema(value_type = Option<String>)]
    email: Option<Email>,
    #[schema(value_type = Option<String>)]
    username: Option<Username>,
}

/// A new password, by the token of a mailed link.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct PasswordResetConfirmation {
    #[schema(value_type = String)]
    user_id: UserId,
    #[schema(value_type = String)]
    new_password: Password,
    token: String,
}

/// The token of a mailed link.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
struct Link {
    token: String,
}

impl Read for PasswordResetRequest {
    fn read(fields: &Fields) -> domain::Result<Self> {
        let told = |name| {
            let text = fields.text(name);
            text.map(|text| text.filter(|text| !text.is_empty()))
        };
        Ok(Self {
            tenant: fields.needed("tenant")?.to_owned(),
            email: told("email")?.map(str::parse).transpose()?,
            username: told("username")?.map(str::parse).transpose()?,
        })
    }
}

impl PasswordResetRequest {
    /// The address goes before the name.
    fn account(&self) -> domain::Result<Account> {
        let email = self.email.clone().map(Account::Email);
        let account = email.or(self.username.clone().map(Account::Username));
        account.ok_or_else(|| Error::invalid("email", "and username are missing: one is needed"))
    }
}

impl Read for PasswordResetConfirmation {
    fn read(fields: &Fields) -> domain::Result<Self> {
        Ok(Self {
            user_id: fields.parsed("userId")?,
            new_password: Password::parse("newPassword", fields.needed("newPassword")?.to_owned())?,
            token: fields.needed("token")?.to_owned(),
        })
    }
}

impl Link {
    /// Without a token the link is as bad as with a wrong one.
    fn of(request: &HttpRequest) -> Self {
        let query = pairs(request.query_string().as_bytes()).unwrap_or_default();
        let token = query
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("token"));
        Self {
            token: token.map(|(_, token)| token).unwrap_or_default(),
        }
    }
}

/// Mails a link to set a new password. The answer does not tell whether there is such a user.
#[utoipa::path(
    tag = "Membership",
    operation_id = "requestPasswordReset",
    request_body = PasswordResetRequest,
    responses(
        (status = 204, description = "Mailed if there is such a user"),
        (status = 200, description = "The same, told to callers of the older generation", content((Object = "application/json"), (Object = "application/xml"))),
    )
)]
#[post("/membership/password-reset-requests")]
pub(super) async fn order(
    app: Data<App>,
    Anybody(actor): Anybody,
    body: Body,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let asked: PasswordResetRequest = body.read().await?;
    app.membership
        .password_reset
        .request(&actor, &asked.tenant, asked.account()?)
        .await?;
    Ok(reply.object())
}

/// Says whether a mailed link would work, without using it up.
#[utoipa::path(
    tag = "Membership",
    operation_id = "checkPasswordReset",
    params(OneUser, Link),
    responses(
        (status = 204, description = "It would"),
        (status = 200, description = "The same, told to callers of the older generation", content((Object = "application/json"), (Object = "application/xml"))),
        (status = 400, description = "It would not"),
    )
)]
#[get("/membership/password-reset-tokens/{userId}")]
pub(super) async fn validity(
    app: Data<App>,
    Anybody(actor): Anybody,
    of: OneUser,
    request: HttpRequest,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    app.membership
        .password_reset
        .check(&actor, of.user, &Link::of(&request).token)
        .await?;
    Ok(reply.object())
}

/// Sets a new password, which ends every sign-in of the user.
#[utoipa::path(
    tag = "Membership",
    operation_id = "confirmPasswordReset",
    request_body = PasswordResetConfirmation,
    responses(
        (status = 204, description = "The password is set"),
        (status = 200, description = "The same, told to callers of the older generation", content((Object = "application/json"), (Object = "application/xml"))),
        (status = 409, description = "The user changed meanwhile: try again"),
        (status = 422, description = "The password is too weak"),
    )
)]
#[post("/membership/password-reset-confirmations")]
pub(super) async fn confirm(
    app: Data<App>,
    Anybody(actor): Anybody,
    body: Body,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let PasswordResetConfirmation {
        user_id,
        new_password,
        token,
    } = body.read().await?;
    app.membership
        .password_reset
        .reset(&actor, user_id, &token, new_password)
        .await?;
    Ok(reply.object())
}
