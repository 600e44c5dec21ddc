use actix_web::{HttpResponse, post};
use utoipa::ToSchema;

use crate::{
    contract::{Body, Reply},
    problem::Problem,
};

/// What older clients tell of their users.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "for the document alone: what is told here is no longer used"
)]
struct IdentifiedUser {
    is_update: Option<bool>,
    tenant: Option<String>,
    username: Option<String>,
    email: Option<String>,
}

/// Does nothing: the operation is no longer used, and older clients still call it.
#[utoipa::path(
    tag = "Membership",
    operation_id = "postIdentifiedUser",
    request_body = IdentifiedUser,
    responses(
        (status = 204, description = "Ignored"),
        (status = 200, description = "The same, told to callers of the older generation", content((Object = "application/json"), (Object = "application/xml"))),
    )
)]
#[post("/membership/identified-users")]
pub(super) async fn ignore(body: Body, reply: Reply) -> Result<HttpResponse, Problem> {
    body.fields().await?;
    Ok(reply.object())
}
