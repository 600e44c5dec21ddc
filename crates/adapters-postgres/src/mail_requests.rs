use std::{net::IpAddr, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{Asked, MailLimit, MailRequest, MailRequestId, Timestamp},
    ports::{Effects, MailRequests, RequestEnd},
};
use uuid::Uuid;

use crate::{
    PostgresStore, outbox,
    rows::{known, parsed},
    schema::mail_requests,
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = mail_requests, check_for_backend(diesel::pg::Pg))]
struct MailRequestRow {
    id: Uuid,
    form: String,
    tenant: String,
    account: String,
    at: DateTime<Utc>,
    actor: String,
    source: Option<String>,
    due_at: DateTime<Utc>,
}

impl From<&MailRequest> for MailRequestRow {
    fn from(request: &MailRequest) -> Self {
        let (form, tenant, account) = request.asked.parts();
        Self {
            id: request.id.uuid(),
            form: form.to_owned(),
            tenant,
            account,
            at: request.at.utc(),
            actor: request.actor.clone(),
            source: request.source.map(|it| it.to_string()),
            due_at: request.due_at.utc(),
        }
    }
}

impl TryFrom<MailRequestRow> for MailRequest {
    type Error = Error;

    fn try_from(row: MailRequestRow) -> Result<Self> {
        let asked = Asked::of_parts(&row.form, &row.tenant, &row.account);
        let source = row.source.as_deref();
        Ok(Self {
            id: MailRequestId::from_uuid(row.id),
            asked: known(asked, "mail_requests.account")?,
            at: Timestamp::new(row.at),
            actor: row.actor,
            source: source
                .map(|it| parsed::<IpAddr>(it, "mail_requests.source"))
                .transpose()?,
            due_at: Timestamp::new(row.due_at),
        })
    }
}

#[async_trait]
impl MailRequests for PostgresStore {
    async fn request_mail(&self, request: &MailRequest) -> Result<()> {
        let row = MailRequestRow::from(request);
        self.pool
            .query(move |pg| {
                diesel::insert_into(mail_requests::table)
                    .values(&row)
                    // It may be repeated on another connection.
                    .on_conflict_do_nothing()
                    .execute(pg)
            })
            .await?;
        Ok(())
    }

    async fn lease_requests(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<MailRequest>> {
        let until = now.plus(lease).utc();
        let rows = self
            .pool
            .transaction(move |pg| {
                let due = mail_requests::table
                    .filter(mail_requests::due_at.le(now.utc()))
                    .order((mail_requests::due_at, mail_requests::id))
                    .limit(i64::from(limit))
                    .select(MailRequestRow::as_select())
                    .for_update()
                    .skip_locked()
                    .load(pg)?;
                if due.is_empty() {
                    return Ok(due);
                }
                let ids: Vec<_> = due.iter().map(|it| it.id).collect();
                diesel::update(mail_requests::table.filter(mail_requests::id.eq_any(ids)))
                    .set(mail_requests::due_at.eq(until))
                    .execute(pg)?;
                Ok(due)
            })
            .await?;
        let leased = rows.into_iter().map(|row| MailRequestRow {
            due_at: until,
            ..row
        });
        Ok(readable(leased))
    }

    async fn end_request(
        &self,
        leased: &MailRequest,
        effects: &Effects,
        limit: MailLimit,
    ) -> Result<RequestEnd> {
        let (id, due_at, effects) = (leased.id.uuid(), leased.due_at.utc(), effects.clone());
        self.pool
            .transaction(move |pg| {
                if !outbox::allows(pg, &effects.mail, limit)? {
                    return Ok(RequestEnd::MailLimited);
                }
                let own = mail_requests::table
                    .filter(mail_requests::id.eq(id))
                    .filter(mail_requests::due_at.eq(due_at));
                if diesel::delete(own).execute(pg)? == 0 {
                    return Ok(RequestEnd::Lost);
                }
                outbox::store(pg, &effects)?;
                Ok(RequestEnd::Done)
            })
            .await
    }

    async fn purge_requests(&self, before: Timestamp, limit: u32) -> Result<usize> {
        self.pool.purge(PURGE, before, limit).await
    }
}

/// One that cannot be read is left to operators; it does not hold up the others.
fn readable(rows: impl IntoIterator<Item = MailRequestRow>) -> Vec<MailRequest> {
    let read = |row: MailRequestRow| {
        let id = row.id;
        MailRequest::try_from(row)
            .inspect_err(|error| tracing::error!(request = %id, cause = ?error, "not to be read"))
            .ok()
    };
    rows.into_iter().filter_map(read).collect()
}

const PURGE: &str = "
    DELETE FROM mail_requests WHERE id = ANY (ARRAY(
        SELECT id FROM mail_requests WHERE at < $1 LIMIT $2
    ))";
