use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::{dsl::exists, prelude::*};
use domain::{
    Error, Result,
    model::{AuditEvent, Founding, ShortName, Tenant, TenantId, Timestamp},
    ports::Tenants,
};
use uuid::Uuid;

use crate::{
    PostgresStore, audit, clients,
    error::Failure,
    outbox,
    rows::{entities, entity, parsed},
    schema::tenants,
    users,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tenants, check_for_backend(diesel::pg::Pg))]
struct TenantRow {
    id: Uuid,
    name: String,
    short_name: String,
    created_at: DateTime<Utc>,
    enabled: bool,
    database_id: String,
    region: String,
    deployment_id: i32,
    platform: bool,
    min_password_length: Option<i32>,
    version: i64,
}

impl From<&Tenant> for TenantRow {
    fn from(tenant: &Tenant) -> Self {
        Self {
            id: tenant.id.uuid(),
            name: tenant.name.clone(),
            short_name: tenant.short_name.to_string(),
            created_at: tenant.created_at.utc(),
            enabled: tenant.enabled,
            database_id: tenant.database_id.clone(),
            region: tenant.region.clone(),
            deployment_id: tenant.deployment_id,
            platform: tenant.platform,
            min_password_length: tenant.min_password_length.map(u32::cast_signed),
            version: tenant.version,
        }
    }
}

impl TryFrom<TenantRow> for Tenant {
    type Error = Error;

    fn try_from(row: TenantRow) -> Result<Self> {
        Ok(Self {
            id: TenantId::from_uuid(row.id),
            name: row.name,
            short_name: parsed(&row.short_name, "tenants.short_name")?,
            created_at: Timestamp::new(row.created_at),
            enabled: row.enabled,
            database_id: row.database_id,
            region: row.region,
            deployment_id: row.deployment_id,
            platform: row.platform,
            min_password_length: row.min_password_length.map(i32::cast_unsigned),
            version: row.version,
        })
    }
}

#[async_trait]
impl Tenants for PostgresStore {
    async fn initialize(&self, founding: &Founding) -> Result<bool> {
        let row = TenantRow::from(&founding.tenant);
        let administrator = founding.administrator.clone();
        let client = founding.client.clone();
        let mail = founding.mail.clone();
        let audit = founding.audit.clone();
        self.pool
            .transaction(move |pg| {
                let added = diesel::insert_into(tenants::table)
                    .values(row)
                    .on_conflict_do_nothing()
                    .execute(pg)?;
                if added == 0 {
                    // Callers at once may meet at the short name before they meet at the platform's mark.
                    let initialized = exists(tenants::table.filter(tenants::platform));
                    return if diesel::select(initialized).get_result(pg)? {
                        Ok(false)
                    } else {
                        Err(Error::Conflict("the short name is taken").into())
                    };
                }
                users::add(pg, &administrator)?;
                clients::add(pg, &client)?;
                outbox::add(pg, &mail)?;
                audit::record(pg, &audit)?;
                Ok(true)
            })
            .await
    }

    async fn is_initialized(&self) -> Result<bool> {
        self.pool
            .query(|pg| {
                diesel::select(exists(tenants::table.filter(tenants::platform))).get_result(pg)
            })
            .await
    }

    async fn add_tenant(&self, tenant: &Tenant, audit: &AuditEvent) -> Result<()> {
        let row = TenantRow::from(tenant);
        let audit = audit.clone();
        self.pool
            .transaction(move |pg| {
                diesel::insert_into(tenants::table)
                    .values(row)
                    .execute(pg)?;
                audit::record(pg, &audit)?;
                Ok(())
            })
            .await
    }

    async fn update_tenant(&self, tenant: &Tenant, audit: &AuditEvent) -> Result<()> {
        let row = TenantRow::from(tenant);
        let audit = audit.clone();
        self.pool
            .transaction(move |pg| {
                let as_read = tenants::id.eq(row.id).and(tenants::version.eq(row.version));
                let updated = diesel::update(tenants::table.filter(as_read))
                    .set((
                        tenants::name.eq(row.name),
                        tenants::short_name.eq(row.short_name),
                        tenants::enabled.eq(row.enabled),
                        tenants::database_id.eq(row.database_id),
                        tenants::region.eq(row.region),
                        tenants::deployment_id.eq(row.deployment_id),
                        tenants::min_password_length.eq(row.min_password_length),
                        tenants::version.eq(row.version + 1),
                    ))
                    .execute(pg)?;
                if updated == 0 {
                    return Err(Error::Stale.into());
                }
                audit::record(pg, &audit)?;
                Ok(())
            })
            .await
    }

    async fn delete_tenant(&self, id: TenantId, audit: &AuditEvent) -> Result<bool> {
        let audit = audit.clone();
        self.pool
            .transaction(move |pg| {
                let deleted = diesel::delete(tenants::table.find(id.uuid()))
                    .execute(pg)
                    .map_err(has_users)?;
                if deleted == 1 {
                    audit::record(pg, &audit)?;
                }
                Ok(deleted == 1)
            })
            .await
    }

    async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>> {
        let row = self
            .pool
            .query(move |pg| {
                tenants::table
                    .find(id.uuid())
                    .select(TenantRow::as_select())
                    .first(pg)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn tenant_by_short_name(&self, name: &ShortName) -> Result<Option<Tenant>> {
        let name = name.to_string();
        let row = self
            .pool
            .query(move |pg| {
                tenants::table
                    .filter(tenants::short_name.eq(&name))
                    .select(TenantRow::as_select())
                    .first(pg)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn all_tenants(&self) -> Result<Vec<Tenant>> {
        let rows = self
            .pool
            .query(|pg| {
                tenants::table
                    .order(tenants::short_name)
                    .select(TenantRow::as_select())
                    .load(pg)
            })
            .await?;
        entities(rows)
    }
}

fn has_users(error: diesel::result::Error) -> Failure {
    let failure = Failure::from(error);
    if failure.is_foreign_key() {
        return Error::Conflict("the tenant still has users").into();
    }
    failure
}
