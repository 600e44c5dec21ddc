//! The OAuth clients of the platform, for its administrators.

mod bodies;
mod views;

use actix_web::{HttpResponse, delete, get, post, put, web::Data};

use self::{
    bodies::{Change, ChangedClient, Creation, NewClient},
    views::{ClientView, ClientsView, NewClientView, SecretView},
};
use crate::{
    App,
    caller::Caller,
    contract::{Body, OneClient, Reply},
    problem::Problem,
};

/// All clients.
#[utoipa::path(
    tag = "Clients",
    operation_id = "getClients",
    security(("bearer" = [])),
    responses((status = 200, description = "The clients, by id", body = ClientsView)),
)]
#[get("/clients")]
pub(super) async fn all(
    app: Data<App>,
    Caller(actor): Caller,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let clients = app.membership.clients.all(&actor).await?;
    reply.json(&ClientsView {
        clients: clients.into_iter().map(ClientView::from).collect(),
    })
}

/// One client.
#[utoipa::path(
    tag = "Clients",
    operation_id = "getClient",
    security(("bearer" = [])),
    params(OneClient),
    responses((status = 200, description = "The client", body = ClientView)),
)]
#[get("/clients/{clientId}")]
pub(super) async fn one(
    app: Data<App>,
    Caller(actor): Caller,
    of: OneClient,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let client = app.membership.clients.one(&actor, of.id()?).await?;
    reply.json(&ClientView::from(client))
}

/// Makes a client. It may refresh sign-ins and nothing else, unless `grants` says more.
#[utoipa::path(
    tag = "Clients",
    operation_id = "postClient",
    security(("bearer" = [])),
    request_body = NewClient,
    responses(
        (status = 201, description = "Made; the secret is not told again", body = NewClientView<'_>),
        (status = 409, description = "The id is taken, or was once"),
    )
)]
#[post("/clients")]
pub(super) async fn create(
    app: Data<App>,
    Caller(actor): Caller,
    body: Body,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let Creation { id, kind, change } = body.read().await?;
    let made = app.membership.clients.create(&actor, id, kind, change);
    let (client, secret) = made.await?;
    reply.created(&NewClientView::of(&client, secret.as_ref()))
}

/// Changes a client; what is not supplied stays.
#[utoipa::path(
    tag = "Clients",
    operation_id = "putClient",
    security(("bearer" = [])),
    params(OneClient),
    request_body = ChangedClient,
    responses(
        (status = 204, description = "Changed"),
        (status = 409, description = "Somebody else changed it meanwhile: read it again and retry"),
    )
)]
#[put("/clients/{clientId}")]
pub(super) async fn update(
    app: Data<App>,
    Caller(actor): Caller,
    of: OneClient,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let Change(change) = body.read().await?;
    app.membership
        .clients
        .change(&actor, of.id()?, change)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Deletes a client, which ends its sign-ins. Its id is not given out again.
#[utoipa::path(
    tag = "Clients",
    operation_id = "deleteClient",
    security(("bearer" = [])),
    params(OneClient),
    responses((status = 204, description = "Deleted")),
)]
#[delete("/clients/{clientId}")]
pub(super) async fn delete(
    app: Data<App>,
    Caller(actor): Caller,
    of: OneClient,
) -> Result<HttpResponse, Problem> {
    app.membership.clients.delete(&actor, of.id()?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes another secret for a client. The one before it stays good until the next time, older ones are void.
#[utoipa::path(
    tag = "Clients",
    operation_id = "postClientSecret",
    security(("bearer" = [])),
    params(OneClient),
    responses(
        (status = 201, description = "Made; it is not told again", body = SecretView<'_>),
        (status = 409, description = "The client is public, or somebody else changed it meanwhile"),
    )
)]
#[post("/clients/{clientId}/secrets")]
pub(super) async fn rotate_secret(
    app: Data<App>,
    Caller(actor): Caller,
    of: OneClient,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let secret = app.membership.clients.rotate_secret(&actor, of.id()?);
    reply.created(&SecretView::from(&secret.await?))
}
