use std::time::Duration;

use async_trait::async_trait;
use domain::{
    Result,
    model::{MailLimit, MailRequest, Timestamp},
    ports::{Effects, MailRequests, RequestEnd},
};

use super::{MemoryStore, insert, purge};

#[async_trait]
impl MailRequests for MemoryStore {
    async fn request_mail(&self, request: &MailRequest) -> Result<()> {
        self.transaction(|state| insert(&mut state.mail_requests, request.id, request))
    }

    async fn lease_requests(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<MailRequest>> {
        self.transaction(|state| {
            let requests = state.mail_requests.values_mut();
            let mut due: Vec<_> = requests.filter(|it| it.due_at <= now).collect();
            due.sort_by_key(|it| (it.due_at, it.id));
            due.truncate(usize::try_from(limit).unwrap());
            let take_up = |request: &mut MailRequest| {
                request.due_at = now.plus(lease);
                request.clone()
            };
            Ok(due.into_iter().map(take_up).collect())
        })
    }

    async fn end_request(
        &self,
        leased: &MailRequest,
        effects: &Effects,
        limit: MailLimit,
    ) -> Result<RequestEnd> {
        self.transaction(|state| {
            if !state.allows(&effects.mail, limit) {
                return Ok(RequestEnd::MailLimited);
            }
            let stored = state.mail_requests.get(&leased.id);
            if stored.is_none_or(|it| it.due_at != leased.due_at) {
                return Ok(RequestEnd::Lost);
            }
            state.mail_requests.remove(&leased.id);
            state.add_effects(effects)?;
            Ok(RequestEnd::Done)
        })
    }

    async fn purge_requests(&self, before: Timestamp, limit: u32) -> Result<usize> {
        self.transaction(|state| Ok(purge(&mut state.mail_requests, limit, |it| it.at < before)))
    }
}
