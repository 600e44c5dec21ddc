use actix_web::{HttpResponse, delete, get, web::Data};
use domain::model::{Actor, AddressFamily, Identity, Session};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Caller,
    contract::{OfSession, OfUser, Reply},
    problem::Problem,
};

/// The sign-ins of a user that are not over, last used first.
#[derive(Serialize, ToSchema)]
#[schema(as = Sessions)]
struct SessionsView {
    sessions: Vec<SessionView>,
}

/// A sign-in. Dates are in ISO 8601 with zone.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Session, rename_all = "camelCase")]
struct SessionView {
    session_id: String,
    client_id: String,
    created_at: String,
    last_used_at: String,
    /// Unless it is used before.
    expires_at: String,
    /// From what kind of address the person signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "IPv6")]
    address_family: Option<&'static str>,
    /// With what program.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Firefox on Windows")]
    agent: Option<String>,
    /// Whether the caller's own token comes from it.
    current: bool,
}

impl SessionView {
    fn of(session: Session, caller: &Actor) -> Self {
        let current = match &caller.identity {
            Identity::User(user) => user.session == session.id,
            Identity::Anonymous | Identity::Client(_) | Identity::Operator(_) => false,
        };
        Self {
            session_id: session.id.to_string(),
            client_id: session.client.to_string(),
            created_at: session.created_at.to_string(),
            last_used_at: session.last_used_at.to_string(),
            expires_at: session.idle_expires_at.min(session.expires_at).to_string(),
            address_family: session.address_family.map(AddressFamily::name),
            agent: session.agent.map(|agent| agent.to_string()),
            current,
        }
    }
}

/// The sign-ins of a user: one's own, or anybody's for an administrator of the tenant.
#[utoipa::path(
    tag = "Sessions",
    operation_id = "getSessions",
    security(("bearer" = [])),
    params(OfUser),
    responses((status = 200, description = "The sign-ins, the first 200", body = SessionsView)),
)]
#[get("/sessions/{tenantId}/{userId}")]
pub(super) async fn of_user(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfUser,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let sessions = app.membership.sessions.of(&actor, of.tenant, of.user);
    let views = sessions.await?.into_iter();
    reply.json(&SessionsView {
        sessions: views.map(|it| SessionView::of(it, &actor)).collect(),
    })
}

/// Ends one sign-in: on that device the person has to sign in anew.
#[utoipa::path(
    tag = "Sessions",
    operation_id = "deleteSession",
    security(("bearer" = [])),
    params(OfSession),
    responses((status = 204, description = "It is ended")),
)]
#[delete("/sessions/{tenantId}/{userId}/{sessionId}")]
pub(super) async fn end(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfSession,
) -> Result<HttpResponse, Problem> {
    app.membership
        .sessions
        .end(&actor, of.tenant, of.user, of.session)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
