use actix_web::{HttpResponse, get, web::Data};
use domain::model::{RoleName, User};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Caller,
    contract::{OfTenant, Reply},
    problem::Problem,
};

/// The users of a tenant.
#[derive(Serialize, ToSchema)]
#[schema(as = Users)]
struct UsersView {
    users: Vec<UserView>,
}

/// A user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User, rename_all = "camelCase")]
struct UserView {
    user_id: String,
    username: String,
    email: String,
    roles: Vec<String>,
    is_enabled: bool,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            user_id: user.id.to_string(),
            username: user.username.to_string(),
            email: user.email.to_string(),
            roles: user.roles.iter().map(RoleName::to_string).collect(),
            is_enabled: user.enabled,
        }
    }
}

/// The users of a tenant, for whoever is in it.
#[utoipa::path(
    tag = "Tenancy",
    operation_id = "getTenantUsers",
    security(("bearer" = [])),
    params(OfTenant),
    responses((status = 200, description = "The users", body = UsersView)),
)]
#[get("/tenants/{tenantId}/users")]
pub(super) async fn in_tenant(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfTenant,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let users = app.membership.users.in_tenant(&actor, of.tenant).await?;
    reply.json(&UsersView {
        users: users.into_iter().map(UserView::from).collect(),
    })
}
