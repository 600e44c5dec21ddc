use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Caller,
    contract::{OfUser, Reply},
    problem::Problem,
};

/// A token for the support desk.
#[derive(Serialize, ToSchema)]
#[schema(as = SupportToken)]
struct TokenView<'a> {
    /// A JWT for Zendesk's single sign-on.
    token: &'a str,
}

/// Signs its caller in at the support desk.
#[utoipa::path(
    tag = "Membership",
    operation_id = "getZendeskToken",
    security(("bearer" = [])),
    params(OfUser),
    responses(
        (status = 200, description = "A fresh token", body = TokenView<'_>),
        (status = 409, description = "The address is not confirmed"),
    )
)]
#[get("/membership/zendesk-token/{tenantId}/{userId}")]
pub(super) async fn token(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfUser,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let token = app
        .membership
        .support_desk
        .token(&actor, of.tenant, of.user)
        .await?;
    reply.json(&TokenView {
        token: token.expose(),
    })
}
