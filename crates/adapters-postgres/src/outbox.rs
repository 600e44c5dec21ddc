use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{
        MailKind, MailLimit, MailOrder, MailState, Mailing, MessageId, OneTimeTokenId, Settlement,
        TenantId, Timestamp, UserId,
    },
    ports::{Effects, Outbox},
};
use uuid::Uuid;

use crate::{
    PostgresStore, audit, one_time_tokens,
    rows::{counted, entity, known, parsed, printable},
    schema::mail_orders,
    users,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = mail_orders, check_for_backend(diesel::pg::Pg))]
struct MailOrderRow {
    id: Uuid,
    tenant_id: Uuid,
    user_id: Uuid,
    kind: String,
    recipient: String,
    token_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    attempts: i64,
    due_at: DateTime<Utc>,
    state: String,
    last_error: Option<String>,
}

impl From<&MailOrder> for MailOrderRow {
    fn from(order: &MailOrder) -> Self {
        Self {
            id: order.id.uuid(),
            tenant_id: order.tenant.uuid(),
            user_id: order.user.uuid(),
            kind: order.kind.name().to_owned(),
            recipient: order.recipient.to_string(),
            token_id: order.token.map(OneTimeTokenId::uuid),
            created_at: order.created_at.utc(),
            attempts: i64::from(order.attempts),
            due_at: order.due_at.utc(),
            state: order.state.name().to_owned(),
            last_error: order.last_error.as_deref().map(printable),
        }
    }
}

impl TryFrom<MailOrderRow> for MailOrder {
    type Error = Error;

    fn try_from(row: MailOrderRow) -> Result<Self> {
        Ok(Self {
            id: MessageId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            user: UserId::from_uuid(row.user_id),
            kind: known(MailKind::named(&row.kind), "mail_orders.kind")?,
            recipient: parsed(&row.recipient, "mail_orders.recipient")?,
            token: row.token_id.map(OneTimeTokenId::from_uuid),
            created_at: Timestamp::new(row.created_at),
            attempts: counted(row.attempts, "mail_orders.attempts")?,
            due_at: Timestamp::new(row.due_at),
            state: known(MailState::named(&row.state), "mail_orders.state")?,
            last_error: row.last_error,
        })
    }
}

/// Stores what a change entails.
pub(crate) fn store(pg: &mut PgConnection, effects: &Effects) -> QueryResult<()> {
    add(pg, &effects.mail)?;
    audit::record(pg, &effects.audit)?;
    Ok(())
}

/// Stores new orders with their tokens.
pub(crate) fn add(pg: &mut PgConnection, mail: &[Mailing]) -> QueryResult<()> {
    if mail.is_empty() {
        return Ok(());
    }
    one_time_tokens::add(pg, mail.iter().filter_map(|it| it.token.as_ref()))?;
    let rows: Vec<_> = mail
        .iter()
        .map(|it| MailOrderRow::from(&it.order))
        .collect();
    diesel::insert_into(mail_orders::table)
        .values(rows)
        .execute(pg)?;
    Ok(())
}

/// Whether the accounts of these orders are below the limit. Whoever else orders for them waits until the
/// transaction ends.
pub(crate) fn allows(
    pg: &mut PgConnection,
    mail: &[Mailing],
    limit: MailLimit,
) -> QueryResult<bool> {
    let orders = mail.iter().map(|it| &it.order);
    for order in orders.filter(|it| it.kind.is_limited()) {
        users::lock(pg, order.tenant, order.user)?;
        let since = order.created_at.minus(limit.window);
        let ordered: i64 = mail_orders::table
            .filter(mail_orders::tenant_id.eq(order.tenant.uuid()))
            .filter(mail_orders::user_id.eq(order.user.uuid()))
            .filter(mail_orders::created_at.gt(since.utc()))
            .filter(mail_orders::kind.eq(order.kind.name()))
            .count()
            .get_result(pg)?;
        if ordered >= i64::from(limit.count) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[async_trait]
impl Outbox for PostgresStore {
    async fn lease(&self, now: Timestamp, lease: Duration, limit: u32) -> Result<Vec<MailOrder>> {
        let until = now.plus(lease).utc();
        let rows = self
            .pool
            .transaction(move |pg| {
                let due = mail_orders::table
                    .filter(mail_orders::state.eq(MailState::Waiting.name()))
                    .filter(mail_orders::due_at.le(now.utc()))
                    .order((mail_orders::due_at, mail_orders::id))
                    .limit(i64::from(limit))
                    .select(MailOrderRow::as_select())
                    .for_update()
                    .skip_locked()
                    .load(pg)?;
                if due.is_empty() {
                    return Ok(due);
                }
                let ids: Vec<_> = due.iter().map(|it| it.id).collect();
                diesel::update(mail_orders::table.filter(mail_orders::id.eq_any(ids)))
                    .set((
                        mail_orders::attempts.eq(mail_orders::attempts + 1),
                        mail_orders::due_at.eq(until),
                    ))
                    .execute(pg)?;
                Ok(due)
            })
            .await?;
        let leased = rows.into_iter().map(|row| MailOrderRow {
            attempts: row.attempts + 1,
            due_at: until,
            ..row
        });
        Ok(readable(leased))
    }

    async fn settle(&self, leased: &MailOrder, settlement: &Settlement) -> Result<bool> {
        let leased = MailOrderRow::from(leased);
        let (state, due_at, reason) = match settlement {
            Settlement::Sent => (MailState::Sent, leased.due_at, None),
            Settlement::Deferred { until, reason } => {
                (MailState::Waiting, until.utc(), Some(printable(reason)))
            }
            Settlement::Dead { reason } => {
                (MailState::Dead, leased.due_at, Some(printable(reason)))
            }
        };
        self.pool
            .transaction(move |pg| {
                let settled = diesel::update(
                    mail_orders::table
                        .filter(mail_orders::id.eq(leased.id))
                        .filter(mail_orders::tenant_id.eq(leased.tenant_id))
                        .filter(mail_orders::state.eq(MailState::Waiting.name()))
                        .filter(mail_orders::attempts.eq(leased.attempts))
                        .filter(mail_orders::due_at.eq(leased.due_at)),
                )
                .set((
                    mail_orders::state.eq(state.name()),
                    mail_orders::due_at.eq(due_at),
                    mail_orders::last_error.eq(reason),
                ))
                .execute(pg)?;
                Ok(settled == 1)
            })
            .await
    }

    async fn mail_order(&self, id: MessageId) -> Result<Option<MailOrder>> {
        let row = self
            .pool
            .query(move |pg| {
                mail_orders::table
                    .find(id.uuid())
                    .select(MailOrderRow::as_select())
                    .first(pg)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn mail_in_state(&self, state: MailState, limit: u32) -> Result<Vec<MailOrder>> {
        let rows = self
            .pool
            .query(move |pg| {
                mail_orders::table
                    .filter(mail_orders::state.eq(state.name()))
                    .order((mail_orders::created_at.desc(), mail_orders::id.desc()))
                    .limit(i64::from(limit))
                    .select(MailOrderRow::as_select())
                    .load(pg)
            })
            .await?;
        Ok(readable(rows))
    }

    async fn retry_mail(&self, id: MessageId, now: Timestamp) -> Result<bool> {
        self.pool
            .transaction(move |pg| {
                let retried = diesel::update(
                    mail_orders::table
                        .filter(mail_orders::id.eq(id.uuid()))
                        .filter(mail_orders::state.ne(MailState::Sent.name())),
                )
                .set((
                    mail_orders::state.eq(MailState::Waiting.name()),
                    mail_orders::attempts.eq(0),
                    mail_orders::due_at.eq(now.utc()),
                ))
                .execute(pg)?;
                Ok(retried == 1)
            })
            .await
    }

    async fn drop_mail(&self, id: MessageId) -> Result<bool> {
        self.pool
            .transaction(move |pg| {
                let dropped = diesel::delete(
                    mail_orders::table
                        .filter(mail_orders::id.eq(id.uuid()))
                        .filter(mail_orders::state.ne(MailState::Sent.name())),
                )
                .execute(pg)?;
                Ok(dropped == 1)
            })
            .await
    }

    async fn purge_mail(&self, before: Timestamp, limit: u32) -> Result<usize> {
        self.pool.purge(PURGE, before, limit).await
    }
}

/// One that cannot be read is left to operators; it neither holds up nor hides the others.
fn readable(rows: impl IntoIterator<Item = MailOrderRow>) -> Vec<MailOrder> {
    let read = |row: MailOrderRow| {
        let id = row.id;
        MailOrder::try_from(row)
            .inspect_err(|error| tracing::error!(order = %id, cause = ?error, "not to be read"))
            .ok()
    };
    rows.into_iter().filter_map(read).collect()
}

const PURGE: &str = "
    DELETE FROM mail_orders WHERE id = ANY (ARRAY(
        SELECT id FROM mail_orders WHERE state = 'sent' AND created_at < $1 LIMIT $2
    ))";
