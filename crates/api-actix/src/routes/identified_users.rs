use actix_web::{HttpResponse, post};
use utoipa::ToSchema;

use crate::{
    contract::{Body, Fields, Read, Reply},
    problem::Problem,
};

/// What older clients tell of their users.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "what is told here is no longer used: it is read to be checked"
)]
struct IdentifiedUser {
    is_update: Option<bool>,
    tenant: Option<String>,
    username: Option<String>,
    email: Option<String>,
}

impl Read for IdentifiedUser {
    fn read(fields: &Fields) -> domain::Result<Self> {
        let text = |name| fields.text(name).map(|text| text.map(str::to_owned));
        Ok(Self {
            is_update: fields.flag("isUpdate")?,
            tenant: text("tenant")?,
            username: text("username")?,
            email: text("email")?,
        })
    }
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
    body.read::<IdentifiedUser>().await?;
    Ok(reply.object())
}
