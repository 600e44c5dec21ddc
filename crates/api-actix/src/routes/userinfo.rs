use actix_web::{HttpResponse, get};
use domain::model::{RoleName, SignedInUser};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{caller::Person, contract::Reply, problem::Problem};

/// The bearer of a token.
#[derive(Serialize, ToSchema)]
#[schema(as = UserInfo)]
struct UserInfoView {
    /// The user's id.
    sub: String,
    /// The username.
    name: String,
    /// The tenant's id.
    tenant: String,
    roles: Vec<String>,
}

impl From<SignedInUser> for UserInfoView {
    fn from(user: SignedInUser) -> Self {
        Self {
            sub: user.user.to_string(),
            name: user.username.to_string(),
            tenant: user.tenant.to_string(),
            roles: user.roles.iter().map(RoleName::to_string).collect(),
        }
    }
}

/// Who one is, as things are now.
#[utoipa::path(
    tag = "Token",
    operation_id = "getUserInfo",
    security(("bearer" = [])),
    responses((status = 200, description = "The bearer of the token", body = UserInfoView)),
)]
#[get("/connect/userinfo")]
pub(super) async fn userinfo(Person(user): Person, reply: Reply) -> Result<HttpResponse, Problem> {
    reply.json(&UserInfoView::from(user))
}
