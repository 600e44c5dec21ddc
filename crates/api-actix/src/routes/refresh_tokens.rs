use actix_web::{HttpResponse, delete, web::Data};

use crate::{
    App,
    caller::MaybeCaller,
    contract::{OfUser, Reply},
    problem::Problem,
};

/// Ends every sign-in of a user, on all devices. The answer does not tell whether there is such a user.
#[utoipa::path(
    tag = "Membership",
    operation_id = "deleteRefreshTokens",
    params(OfUser),
    responses(
        (status = 200, description = "They are ended"),
        (status = 204, description = "The same, where a setting follows the older document"),
        (status = 401, description = "The token that was sent is not good, or anonymous requests are closed by a setting"),
        (status = 403, description = "Anonymous requests are closed by a setting, and this caller may not end them"),
        (status = 429, description = "They were ended too often by callers without authority, and are not ended now"),
    )
)]
#[delete("/membership/refresh-tokens/{tenantId}/{userId}")]
pub(super) async fn end_all(
    app: Data<App>,
    MaybeCaller(actor): MaybeCaller,
    of: OfUser,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    app.membership
        .sessions
        .end_all(&actor, of.tenant, of.user)
        .await?;
    Ok(reply.done())
}
