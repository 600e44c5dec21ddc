use actix_web::{HttpResponse, post, web::Data};
use utoipa::ToSchema;

use crate::{
    App,
    caller::{Anybody, Visitor},
    contract::{Body, Fields, OfUser, Read},
    problem::Problem,
};

/// The token of a mailed link.
#[derive(ToSchema)]
struct EmailConfirmation {
    token: String,
}

impl Read for EmailConfirmation {
    fn read(fields: &Fields) -> domain::Result<Self> {
        Ok(Self {
            token: fields.needed("token")?.to_owned(),
        })
    }
}

/// Mails a link to confirm the address. The answer does not tell whether there is such a user.
#[utoipa::path(
    tag = "Membership",
    operation_id = "requestEmailConfirmation",
    params(OfUser),
    responses(
        (status = 204, description = "Mailed if there is such a user"),
        (status = 401, description = "Anonymous requests are closed by a setting"),
        (status = 403, description = "Anonymous requests are closed by a setting, and this caller may not ask"),
    )
)]
#[post("/membership/email-confirmation-requests/{tenantId}/{userId}")]
pub(super) async fn order(
    app: Data<App>,
    Visitor(actor): Visitor,
    of: OfUser,
) -> Result<HttpResponse, Problem> {
    app.membership
        .email_confirmation
        .request(&actor, of.tenant, of.user)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Confirms the address that a link was mailed to. The token is all there is to know.
#[utoipa::path(
    tag = "Membership",
    operation_id = "confirmEmail",
    request_body = EmailConfirmation,
    responses(
        (status = 204, description = "Confirmed"),
        (status = 409, description = "The user changed meanwhile: try again"),
    )
)]
#[post("/membership/email-confirmations")]
pub(super) async fn confirm(
    app: Data<App>,
    Anybody(actor): Anybody,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let EmailConfirmation { token } = body.read().await?;
    app.membership
        .email_confirmation
        .confirm(&actor, &token)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
