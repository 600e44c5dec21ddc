use std::net::IpAddr;

use async_trait::async_trait;
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{AuditAction, AuditEvent, AuditEventId, TenantId, UserId},
    ports::Audit,
};

use crate::{
    SqliteStore,
    rows::{Id, entities, known, moment, parsed},
    schema::audit_events,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_events, check_for_backend(diesel::sqlite::Sqlite))]
struct AuditRow {
    id: Id,
    at: i64,
    action: String,
    actor: String,
    source: Option<String>,
    tenant_id: Option<Id>,
    user_id: Option<Id>,
    detail: Option<String>,
}

impl From<&AuditEvent> for AuditRow {
    fn from(event: &AuditEvent) -> Self {
        Self {
            id: Id(event.id.uuid()),
            at: event.at.unix_micros(),
            action: event.action.name().to_owned(),
            actor: event.actor.clone(),
            source: event.source.map(|it| it.to_string()),
            tenant_id: event.tenant.map(|it| Id(it.uuid())),
            user_id: event.user.map(|it| Id(it.uuid())),
            detail: event.detail.clone(),
        }
    }
}

impl TryFrom<AuditRow> for AuditEvent {
    type Error = Error;

    fn try_from(row: AuditRow) -> Result<Self> {
        let source = row.source.as_deref();
        Ok(Self {
            id: AuditEventId::from_uuid(row.id.0),
            at: moment(row.at, "audit_events.at")?,
            action: known(AuditAction::named(&row.action), "audit_events.action")?,
            actor: row.actor,
            source: source
                .map(|it| parsed::<IpAddr>(it, "audit_events.source"))
                .transpose()?,
            tenant: row.tenant_id.map(|it| TenantId::from_uuid(it.0)),
            user: row.user_id.map(|it| UserId::from_uuid(it.0)),
            detail: row.detail,
        })
    }
}

/// Stores the record of what the surrounding transaction does.
pub(crate) fn record(sqlite: &mut SqliteConnection, event: &AuditEvent) -> QueryResult<usize> {
    diesel::insert_into(audit_events::table)
        .values(AuditRow::from(event))
        .execute(sqlite)
}

#[async_trait]
impl Audit for SqliteStore {
    async fn append(&self, event: &AuditEvent) -> Result<()> {
        let event = event.clone();
        self.pool
            .transaction(move |sqlite| {
                record(sqlite, &event)?;
                Ok(())
            })
            .await
    }

    async fn in_tenant(&self, tenant: TenantId, limit: u32) -> Result<Vec<AuditEvent>> {
        let rows = self
            .pool
            .query(move |sqlite| {
                audit_events::table
                    .filter(audit_events::tenant_id.eq(Id(tenant.uuid())))
                    .order((audit_events::at.desc(), audit_events::id.desc()))
                    .limit(i64::from(limit))
                    .select(AuditRow::as_select())
                    .load(sqlite)
            })
            .await?;
        entities(rows)
    }
}
