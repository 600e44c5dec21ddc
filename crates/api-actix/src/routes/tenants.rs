use actix_web::{HttpResponse, delete, get, post, put, web::Data};
use domain::model::{NewTenant, Tenant, TenantChange};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Caller,
    contract::{Body, Fields, OfTenant, Read, Reply},
    problem::Problem,
};

/// All tenants.
#[derive(Serialize, ToSchema)]
#[schema(as = Tenants)]
struct TenantsView {
    tenants: Vec<ListedTenant>,
}

/// A tenant in the list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(rename_all = "camelCase")]
struct ListedTenant {
    tenant_id: String,
    name: String,
    short_name: String,
    /// ISO 8601 with zone.
    creation_date: String,
    is_enabled: bool,
    database_id: String,
    region: String,
}

/// A tenant.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Tenant, rename_all = "camelCase")]
struct TenantView {
    name: String,
    short_name: String,
    /// ISO 8601 with zone.
    creation_date: String,
    is_enabled: bool,
    database_id: String,
    deployment_id: i32,
    /// The shortest new password of its users, where that is more than the service's minimum.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_password_length: Option<u32>,
}

impl From<Tenant> for ListedTenant {
    fn from(tenant: Tenant) -> Self {
        Self {
            tenant_id: tenant.id.to_string(),
            name: tenant.name,
            short_name: tenant.short_name.to_string(),
            creation_date: tenant.created_at.to_string(),
            is_enabled: tenant.enabled,
            database_id: tenant.database_id,
            region: tenant.region,
        }
    }
}

impl From<Tenant> for TenantView {
    fn from(tenant: Tenant) -> Self {
        Self {
            name: tenant.name,
            short_name: tenant.short_name.to_string(),
            creation_date: tenant.created_at.to_string(),
            is_enabled: tenant.enabled,
            database_id: tenant.database_id,
            deployment_id: tenant.deployment_id,
            min_password_length: tenant.min_password_length,
        }
    }
}

/// A tenant to be made.
#[derive(ToSchema)]
#[schema(as = NewTenant, rename_all = "camelCase")]
struct Creation {
    name: String,
    /// For sign-in forms; unique.
    short_name: String,
    /// The tenant's id if left out.
    database_id: Option<String>,
    /// `north-europe`, the default, or `east-us`.
    region: Option<String>,
    deployment_id: Option<i32>,
}

/// What to change of a tenant.
#[derive(ToSchema)]
#[schema(as = TenantChange, rename_all = "camelCase")]
struct Change {
    name: Option<String>,
    short_name: Option<String>,
    is_enabled: Option<bool>,
    database_id: Option<String>,
    deployment_id: Option<i32>,
    /// The shortest new password of its users: not less than the service's minimum, at most 64.
    min_password_length: Option<u32>,
}

impl Read for Creation {
    fn read(fields: &Fields) -> domain::Result<Self> {
        Ok(Self {
            name: fields.needed("name")?.to_owned(),
            short_name: fields.needed("shortName")?.to_owned(),
            database_id: fields.text("databaseId")?.map(str::to_owned),
            region: fields.text("region")?.map(str::to_owned),
            deployment_id: fields.integer("deploymentId")?,
        })
    }
}

impl Read for Change {
    fn read(fields: &Fields) -> domain::Result<Self> {
        Ok(Self {
            name: fields.text("name")?.map(str::to_owned),
            short_name: fields.text("shortName")?.map(str::to_owned),
            is_enabled: fields.flag("isEnabled")?,
            database_id: fields.text("databaseId")?.map(str::to_owned),
            deployment_id: fields.integer("deploymentId")?,
            min_password_length: fields.count("minPasswordLength")?,
        })
    }
}

impl From<Creation> for NewTenant {
    fn from(new: Creation) -> Self {
        let Creation {
            name,
            short_name,
            database_id,
            region,
            deployment_id,
        } = new;
        Self {
            name,
            short_name,
            database_id,
            region,
            deployment_id,
        }
    }
}

impl From<Change> for TenantChange {
    fn from(new: Change) -> Self {
        let Change {
            name,
            short_name,
            is_enabled: enabled,
            database_id,
            deployment_id,
            min_password_length,
        } = new;
        Self {
            name,
            short_name,
            enabled,
            database_id,
            deployment_id,
            min_password_length,
        }
    }
}

/// All tenants, for an administrator of the platform.
#[utoipa::path(
    tag = "Tenancy",
    operation_id = "getTenants",
    security(("bearer" = [])),
    responses((status = 200, description = "The tenants", body = TenantsView)),
)]
#[get("/tenants")]
pub(super) async fn all(
    app: Data<App>,
    Caller(actor): Caller,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let tenants = app.membership.tenants.all(&actor).await?;
    reply.json(&TenantsView {
        tenants: tenants.into_iter().map(ListedTenant::from).collect(),
    })
}

/// One tenant, for whoever is in it.
#[utoipa::path(
    tag = "Tenancy",
    operation_id = "getTenant",
    security(("bearer" = [])),
    params(OfTenant),
    responses((status = 200, description = "The tenant", body = TenantView)),
)]
#[get("/tenants/{tenantId}")]
pub(super) async fn one(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfTenant,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let tenant = app.membership.tenants.one(&actor, of.tenant).await?;
    reply.json(&TenantView::from(tenant))
}

/// Makes a tenant.
#[utoipa::path(
    tag = "Tenancy",
    operation_id = "postTenant",
    security(("bearer" = [])),
    request_body = Creation,
    responses(
        (status = 200, description = "Made"),
        (status = 204, description = "The same, where a setting follows the older document"),
        (status = 409, description = "The short name is taken"),
    )
)]
#[post("/tenants")]
pub(super) async fn create(
    app: Data<App>,
    Caller(actor): Caller,
    body: Body,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let new: Creation = body.read().await?;
    app.membership.tenants.create(&actor, new.into()).await?;
    Ok(reply.done())
}

/// Changes a tenant; what is not supplied stays.
#[utoipa::path(
    tag = "Tenancy",
    operation_id = "putTenant",
    security(("bearer" = [])),
    params(OfTenant),
    request_body = Change,
    responses(
        (status = 200, description = "Changed"),
        (status = 204, description = "The same, where a setting follows the older document"),
        (status = 409, description = "The short name is taken, or the platform's own tenant would be disabled"),
        (status = 422, description = "The minimum of passwords is not within the service's and 64"),
    )
)]
#[put("/tenants/{tenantId}")]
pub(super) async fn update(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfTenant,
    body: Body,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let new: Change = body.read().await?;
    app.membership
        .tenants
        .change(&actor, of.tenant, new.into())
        .await?;
    Ok(reply.done())
}

/// Deletes a tenant that has no users, for ever.
#[utoipa::path(
    tag = "Tenancy",
    operation_id = "deleteTenant",
    security(("bearer" = [])),
    params(OfTenant),
    responses(
        (status = 200, description = "Deleted"),
        (status = 409, description = "The tenant has users, or is the platform's own"),
    )
)]
#[delete("/tenants/{tenantId}")]
pub(super) async fn delete(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfTenant,
) -> Result<HttpResponse, Problem> {
    app.membership.tenants.delete(&actor, of.tenant).await?;
    Ok(HttpResponse::Ok().finish())
}
