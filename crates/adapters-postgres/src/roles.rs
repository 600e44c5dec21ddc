use async_trait::async_trait;
use diesel::{dsl::exists, prelude::*};
use domain::{
    Result,
    model::{AuditEvent, RoleName, TenantId, User, UserId},
    ports::{RoleChange, Roles},
};
use uuid::Uuid;

use crate::{
    PostgresStore, audit,
    schema::{user_roles, users},
};

#[async_trait]
impl Roles for PostgresStore {
    async fn grant(
        &self,
        tenant: TenantId,
        user: UserId,
        role: &RoleName,
        audit: &AuditEvent,
    ) -> Result<RoleChange> {
        let (tenant, user, role) = (tenant.uuid(), user.uuid(), role.to_string());
        let audit = audit.clone();
        self.pool
            .transaction(move |pg| {
                if !is_of_tenant(pg, tenant, user)? {
                    return Ok(RoleChange::NoSuchUser);
                }
                let granted = diesel::insert_into(user_roles::table)
                    .values((
                        user_roles::tenant_id.eq(tenant),
                        user_roles::user_id.eq(user),
                        user_roles::role.eq(role),
                    ))
                    .on_conflict_do_nothing()
                    .execute(pg)?;
                if granted == 0 {
                    return Ok(RoleChange::Unchanged);
                }
                audit::record(pg, &audit)?;
                Ok(RoleChange::Done)
            })
            .await
    }

    async fn revoke(
        &self,
        tenant: TenantId,
        user: UserId,
        role: &RoleName,
        keep_one: bool,
        audit: &AuditEvent,
    ) -> Result<RoleChange> {
        let (tenant, user, role) = (tenant.uuid(), user.uuid(), role.to_string());
        let audit = audit.clone();
        self.pool
            .transaction(move |pg| {
                if keep_one && enabled_holders(pg, tenant, &role)? == [user] {
                    return Ok(RoleChange::LastHolder);
                }
                let held = user_roles::tenant_id
                    .eq(tenant)
                    .and(user_roles::user_id.eq(user))
                    .and(user_roles::role.eq(&role));
                let revoked = diesel::delete(user_roles::table.filter(held)).execute(pg)?;
                if revoked == 1 {
                    audit::record(pg, &audit)?;
                    return Ok(RoleChange::Done);
                }
                Ok(if is_of_tenant(pg, tenant, user)? {
                    RoleChange::Unchanged
                } else {
                    RoleChange::NoSuchUser
                })
            })
            .await
    }
}

fn is_of_tenant(pg: &mut PgConnection, tenant: Uuid, user: Uuid) -> QueryResult<bool> {
    let of_tenant = users::tenant_id.eq(tenant).and(users::id.eq(user));
    diesel::select(exists(users::table.filter(of_tenant))).get_result(pg)
}

/// Whether the user is the last one left who may sign in and holds a role of which one must be kept. If so, and as long
/// as the transaction lasts, nobody else becomes that.
pub(crate) fn is_last_administrator(pg: &mut PgConnection, user: &User) -> QueryResult<bool> {
    for role in RoleName::ADMINISTRATIVE {
        if enabled_holders(pg, user.tenant.uuid(), role)? == [user.id.uuid()] {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Those who hold the role and may sign in. Until the end of the transaction nobody else takes it from one of them, or
/// disables one: the rows are locked, in one order for all.
fn enabled_holders(pg: &mut PgConnection, tenant: Uuid, role: &str) -> QueryResult<Vec<Uuid>> {
    let holders = user_roles::table
        .filter(user_roles::tenant_id.eq(tenant))
        .filter(user_roles::role.eq(role))
        .order(user_roles::user_id)
        .select(user_roles::user_id);
    holders.for_update().execute(pg)?;
    // Whoever had the lock before may have disabled one of them, which a statement that waited for it does not see.
    let enabled = users::table
        .filter(users::id.eq(user_roles::user_id))
        .filter(users::enabled);
    holders.filter(exists(enabled)).load(pg)
}
