use async_trait::async_trait;
use diesel::{dsl::exists, prelude::*};
use domain::{
    Result,
    model::{AuditEvent, RoleName, TenantId, User, UserId},
    ports::{RoleChange, Roles},
};

use crate::{
    SqliteStore, audit,
    rows::Id,
    schema::{user_roles, users},
};

#[async_trait]
impl Roles for SqliteStore {
    async fn grant(
        &self,
        tenant: TenantId,
        user: UserId,
        role: &RoleName,
        audit: &AuditEvent,
    ) -> Result<RoleChange> {
        let (tenant, user, role) = (Id(tenant.uuid()), Id(user.uuid()), role.to_string());
        let audit = audit.clone();
        self.pool
            .transaction(move |sqlite| {
                if !is_of_tenant(sqlite, tenant, user)? {
                    return Ok(RoleChange::NoSuchUser);
                }
                let granted = diesel::insert_into(user_roles::table)
                    .values((
                        user_roles::tenant_id.eq(tenant),
                        user_roles::user_id.eq(user),
                        user_roles::role.eq(role),
                    ))
                    .on_conflict_do_nothing()
                    .execute(sqlite)?;
                if granted == 0 {
                    return Ok(RoleChange::Unchanged);
                }
                audit::record(sqlite, &audit)?;
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
        let (tenant, user, role) = (Id(tenant.uuid()), Id(user.uuid()), role.to_string());
        let audit = audit.clone();
        self.pool
            .transaction(move |sqlite| {
                if keep_one && enabled_holders(sqlite, tenant, &role)? == [user] {
                    return Ok(RoleChange::LastHolder);
                }
                let held = user_roles::tenant_id
                    .eq(tenant)
                    .and(user_roles::user_id.eq(user))
                    .and(user_roles::role.eq(&role));
                let revoked = diesel::delete(user_roles::table.filter(held)).execute(sqlite)?;
                if revoked == 1 {
                    audit::record(sqlite, &audit)?;
                    return Ok(RoleChange::Done);
                }
                Ok(if is_of_tenant(sqlite, tenant, user)? {
                    RoleChange::Unchanged
                } else {
                    RoleChange::NoSuchUser
                })
            })
            .await
    }
}

fn is_of_tenant(sqlite: &mut SqliteConnection, tenant: Id, user: Id) -> QueryResult<bool> {
    let of_tenant = users::tenant_id.eq(tenant).and(users::id.eq(user));
    diesel::select(exists(users::table.filter(of_tenant))).get_result(sqlite)
}

/// Whether the user is the last one left who may sign in and holds a role of which one must be kept.
pub(crate) fn is_last_administrator(
    sqlite: &mut SqliteConnection,
    user: &User,
) -> QueryResult<bool> {
    for role in RoleName::ADMINISTRATIVE {
        if enabled_holders(sqlite, Id(user.tenant.uuid()), role)? == [Id(user.id.uuid())] {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Those who hold the role and may sign in.
fn enabled_holders(sqlite: &mut SqliteConnection, tenant: Id, role: &str) -> QueryResult<Vec<Id>> {
    let enabled = users::table
        .filter(users::id.eq(user_roles::user_id))
        .filter(users::enabled);
    user_roles::table
        .filter(user_roles::tenant_id.eq(tenant))
        .filter(user_roles::role.eq(role))
        .filter(exists(enabled))
        .select(user_roles::user_id)
        .load(sqlite)
}
