use std::time::Duration;

use async_trait::async_trait;
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{
        MailKind, MailLimit, MailOrder, MailState, Mailing, MessageId, OneTimeTokenId, Settlement,
        TenantId, Timestamp, UserId,
    },
    ports::{Effects, Outbox},
};

use crate::{
    SqliteStore, audit,
    error::Failure,
    one_time_tokens,
    rows::{Id, counted, entity, known, moment, parsed, printable},
    schema::mail_orders,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = mail_orders, check_for_backend(diesel::sqlite::Sqlite))]
struct MailOrderRow {
    id: Id,
    tenant_id: Id,
    user_id: Id,
    kind: String,
    recipient: String,
    token_id: Option<Id>,
    created_at: i64,
    attempts: i64,
    due_at: i64,
    state: String,
    last_error: Option<String>,
}

impl From<&MailOrder> for MailOrderRow {
    fn from(order: &MailOrder) -> Self {
        Self {
            id: Id(order.id.uuid()),
            tenant_id: Id(order.tenant.uuid()),
            user_id: Id(order.user.uuid()),
            kind: order.kind.name().to_owned(),
            recipient: order.recipient.to_string(),
            token_id: order.token.map(|it| Id(it.uuid())),
            created_at: order.created_at.unix_micros(),
            attempts: i64::from(order.attempts),
            due_at: order.due_at.unix_micros(),
            state: order.state.name().to_owned(),
            last_error: order.last_error.as_deref().map(printable),
        }
    }
}

impl TryFrom<MailOrderRow> for MailOrder {
    type Error = Error;

    fn try_from(row: MailOrderRow) -> Result<Self> {
        Ok(Self {
            id: MessageId::from_uuid(row.id.0),
            tenant: TenantId::from_uuid(row.tenant_id.0),
            user: UserId::from_uuid(row.user_id.0),
            kind: known(MailKind::named(&row.kind), "mail_orders.kind")?,
            recipient: parsed(&row.recipient, "mail_orders.recipient")?,
            token: row.token_id.map(|it| OneTimeTokenId::from_uuid(it.0)),
            created_at: moment(row.created_at, "mail_orders.created_at")?,
            attempts: counted(row.attempts, "mail_orders.attempts")?,
            due_at: moment(row.due_at, "mail_orders.due_at")?,
            state: known(MailState::named(&row.state), "mail_orders.state")?,
            last_error: row.last_error,
        })
    }
}

/// Stores what a change entails.
pub(crate) fn store(sqlite: &mut SqliteConnection, effects: &Effects) -> Result<(), Failure> {
    add(sqlite, &effects.mail)?;
    audit::record(sqlite, &effects.audit)?;
    Ok(())
}

/// Stores new orders with their tokens.
pub(crate) fn add(sqlite: &mut SqliteConnection, mail: &[Mailing]) -> Result<(), Failure> {
    for Mailing { order, token } in mail {
        let row = MailOrderRow::from(order);
        diesel::insert_into(mail_orders::table)
            .values(row)
            .execute(sqlite)
            .map_err(|error| Failure::on_foreign_key(error, Error::NotFound("user")))?;
        if let Some(token) = token {
            one_time_tokens::add(sqlite, token)?;
        }
    }
    Ok(())
}

/// Whether the accounts of these orders are below the limit.
pub(crate) fn allows(
    sqlite: &mut SqliteConnection,
    mail: &[Mailing],
    limit: MailLimit,
) -> QueryResult<bool> {
    let orders = mail.iter().map(|it| &it.order);
    for order in orders.filter(|it| it.kind.is_limited()) {
        let since = order.created_at.minus(limit.window);
        let ordered: i64 = mail_orders::table
            .filter(mail_orders::tenant_id.eq(Id(order.tenant.uuid())))
            .filter(mail_orders::user_id.eq(Id(order.user.uuid())))
            .filter(mail_orders::created_at.gt(since.unix_micros()))
            .filter(mail_orders::kind.eq(order.kind.name()))
            .count()
            .get_result(sqlite)?;
        if ordered >= i64::from(limit.count) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[async_trait]
impl Outbox for SqliteStore {
    async fn lease(&self, now: Timestamp, lease: Duration, limit: u32) -> Result<Vec<MailOrder>> {
        let until = now.plus(lease).unix_micros();
        let rows = self
            .pool
            .transaction(move |sqlite| {
                let due = mail_orders::table
                    .filter(mail_orders::state.eq(MailState::Waiting.name()))
                    .filter(mail_orders::due_at.le(now.unix_micros()))
                    .order((mail_orders::due_at, mail_orders::id))
                    .limit(i64::from(limit))
                    .select(MailOrderRow::as_select())
                    .load(sqlite)?;
                if due.is_empty() {
                    return Ok(due);
                }
                let ids: Vec<_> = due.iter().map(|it| it.id).collect();
                diesel::update(mail_orders::table.filter(mail_orders::id.eq_any(ids)))
                    .set((
                        mail_orders::attempts.eq(mail_orders::attempts + 1),
                        mail_orders::due_at.eq(until),
                    ))
                    .execute(sqlite)?;
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
            Settlement::Deferred { until, reason } => (
                MailState::Waiting,
                until.unix_micros(),
                Some(printable(reason)),
            ),
            Settlement::Dead { reason } => {
                (MailState::Dead, leased.due_at, Some(printable(reason)))
            }
        };
        self.pool
            .transaction(move |sqlite| {
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
                .execute(sqlite)?;
                Ok(settled == 1)
            })
            .await
    }

    async fn mail_order(&self, id: MessageId) -> Result<Option<MailOrder>> {
        let row = self
            .pool
            .query(move |sqlite| {
                mail_orders::table
                    .find(Id(id.uuid()))
                    .select(MailOrderRow::as_select())
                    .first(sqlite)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn mail_in_state(&self, state: MailState, limit: u32) -> Result<Vec<MailOrder>> {
        let rows = self
            .pool
            .query(move |sqlite| {
                mail_orders::table
                    .filter(mail_orders::state.eq(state.name()))
                    .order((mail_orders::created_at.desc(), mail_orders::id.desc()))
                    .limit(i64::from(limit))
                    .select(MailOrderRow::as_select())
                    .load(sqlite)
            })
            .await?;
        Ok(readable(rows))
    }

    async fn retry_mail(&self, id: MessageId, now: Timestamp) -> Result<bool> {
        self.pool
            .transaction(move |sqlite| {
                let retried = diesel::update(
                    mail_orders::table
                        .filter(mail_orders::id.eq(Id(id.uuid())))
                        .filter(mail_orders::state.ne(MailState::Sent.name())),
                )
                .set((
                    mail_orders::state.eq(MailState::Waiting.name()),
                    mail_orders::attempts.eq(0),
                    mail_orders::due_at.eq(now.unix_micros()),
                ))
                .execute(sqlite)?;
                Ok(retried == 1)
            })
            .await
    }

    async fn drop_mail(&self, id: MessageId) -> Result<bool> {
        self.pool
            .transaction(move |sqlite| {
                let dropped = diesel::delete(
                    mail_orders::table
                        .filter(mail_orders::id.eq(Id(id.uuid())))
                        .filter(mail_orders::state.ne(MailState::Sent.name())),
                )
                .execute(sqlite)?;
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
            .inspect_err(|error| tracing::error!(order = %id.0, cause = ?error, "not to be read"))
            .ok()
    };
    rows.into_iter().filter_map(read).collect()
}

const PURGE: &str = "
    DELETE FROM mail_orders WHERE id IN (
        SELECT id FROM mail_orders WHERE state = 'sent' AND created_at < ?1 LIMIT ?2
    )";
