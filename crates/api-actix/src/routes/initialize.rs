use actix_web::{HttpResponse, post, web::Data};

use crate::{App, caller::Visitor, contract::Reply, problem::Problem};

/// Brings a new instance into being from the operator's settings, and does nothing on any other.
#[utoipa::path(
    tag = "Membership",
    operation_id = "initialize",
    responses(
        (status = 200, description = "The instance is initialised"),
        (status = 204, description = "The same, where a setting follows the older document"),
        (status = 401, description = "Anonymous requests are closed by a setting"),
        (status = 403, description = "Anonymous requests are closed by a setting, and this caller may not initialise"),
    )
)]
#[post("/membership/initialize")]
pub(super) async fn initialize(
    app: Data<App>,
    Visitor(actor): Visitor,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    app.membership
        .initialization
        .initialize(&actor, &|_| ())
        .await?;
    Ok(reply.done())
}
