use actix_web::{HttpResponse, get, put, web::Data};
use domain::model::RoleName;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Caller,
    contract::{Body, Fields, OfUser, Read, Reply},
    problem::Problem,
};

/// The roles of a user.
#[derive(Serialize, ToSchema)]
#[schema(as = UserRoles)]
struct RolesView {
    #[schema(example = json!(["TenantAdministrator"]))]
    roles: Vec<String>,
}

/// A role that a user shall hold or not.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct RoleChange {
    role: String,
    /// `false` if left out.
    #[schema(required = false)]
    is_enabled: bool,
}

impl Read for RoleChange {
    fn read(fields: &Fields) -> domain::Result<Self> {
        Ok(Self {
            role: fields.needed("role")?.to_owned(),
            is_enabled: fields.flag("isEnabled")?.unwrap_or_default(),
        })
    }
}

/// The roles of a user: one's own, or anybody's for an administrator of the tenant.
#[utoipa::path(
    tag = "Membership",
    operation_id = "getUserRoles",
    security(("bearer" = [])),
    params(OfUser),
    responses((status = 200, description = "The roles", body = RolesView)),
)]
#[get("/membership/roles/{tenantId}/{userId}")]
pub(super) async fn held(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfUser,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let roles = app.membership.roles.of(&actor, of.tenant, of.user).await?;
    reply.json(&RolesView {
        roles: roles.iter().map(RoleName::to_string).collect(),
    })
}

/// Gives a user a role, or takes it; repeating it changes nothing.
#[utoipa::path(
    tag = "Membership",
    operation_id = "putUserRole",
    security(("bearer" = [])),
    params(OfUser),
    request_body = RoleChange,
    responses(
        (status = 200, description = "It is so"),
        (status = 204, description = "The same, told to callers of the older generation"),
        (status = 409, description = "The last administrator stays"),
        (status = 422, description = "There is no such role here"),
    )
)]
#[put("/membership/roles/{tenantId}/{userId}")]
pub(super) async fn set(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfUser,
    body: Body,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let RoleChange { role, is_enabled } = body.read().await?;
    app.membership
        .roles
        .set(&actor, of.tenant, of.user, &role, is_enabled)
        .await?;
    Ok(reply.done_by_body())
}
