use std::net::IpAddr;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{AuditAction, AuditEvent, AuditEventId, TenantId, Timestamp, UserId},
    ports::Audit,
};
use uuid::Uuid;

use crate::{
    PostgresStore,
    rows::{entities, known, parsed},
    schema::audit_events,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_events, check_for_backend(diesel::pg::Pg))]
struct AuditRow {
    id: Uuid,
    at: DateTime<Utc>,
    action: String,
    actor: String,
    source: Option<String>,
    tenant_id: Option<Uuid>,
    user_id: Option<Uuid>,
    detail: Option<String>,
}

impl From<&AuditEvent> for AuditRow {
    fn from(event: &AuditEvent) -> Self {
        Self {
            id: event.id.uuid(),
            at: event.at.utc(),
            action: event.action.name().to_owned(),
            actor: event.actor.clone(),
            source: event.source.map(|it| it.to_string()),
            tenant_id: event.tenant.map(TenantId::uuid),
            user_id: event.user.map(UserId::uuid),
            detail: event.detail.clone(),
        }
    }
}

impl TryFrom<AuditRow> for AuditEvent {
    type Error = Error;

    fn try_from(row: AuditRow) -> Result<Self> {
        let source = row.source.as_deref();
        Ok(Self {
            id: AuditEventId::from_uuid(row.id),
            at: Timestamp::new(row.at),
            action: known(AuditAction::named(&row.action), "audit_events.action")?,
            actor: row.actor,
            source: source
                .map(|it| parsed::<IpAddr>(it, "audit_events.source"))
                .transpose()?,
            tenant: row.tenant_id.map(TenantId::from_uuid),
            user: row.user_id.map(UserId::from_uuid),
            detail: row.detail,
        })
    }
}

/// Stores the record of what the surrounding transaction does.
pub(crate) fn record(pg: &mut PgConnection, event: &AuditEvent) -> QueryResult<usize> {
    diesel::insert_into(audit_events::table)
        .values(AuditRow::from(event))
        .execute(pg)
}

#[async_trait]
impl Audit for PostgresStore {
    async fn append(&self, event: &AuditEvent) -> Result<()> {
        let event = event.clone();
        self.pool
            .transaction(move |pg| {
                record(pg, &event)?;
                Ok(())
            })
            .await
    }

    async fn in_tenant(&self, tenant: TenantId, limit: u32) -> Result<Vec<AuditEvent>> {
        let rows = self
            .pool
            .query(move |pg| {
                audit_events::table
                    .filter(audit_events::tenant_id.eq(tenant.uuid()))
                    .order((audit_events::at.desc(), audit_events::id.desc()))
                    .limit(i64::from(limit))
                    .select(AuditRow::as_select())
                    .load(pg)
            })
            .await?;
        entities(rows)
    }
}
