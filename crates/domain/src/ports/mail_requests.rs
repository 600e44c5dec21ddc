use std::time::Duration;

use async_trait::async_trait;

use super::Effects;
use crate::{
    Result,
    model::{MailLimit, MailRequest, Timestamp},
};

/// Mail that was asked for by people who need not exist, until a worker of any replica has looked.
#[async_trait]
pub trait MailRequests: Send + Sync {
    /// Stores a request, looking at nothing else: the work is the same for every tenant and account.
    async fn request_mail(&self, request: &MailRequest) -> Result<()>;

    /// Takes up at most `limit` requests that are due at `now`, oldest due first, and leases them: nobody else takes them
    /// up before `now + lease`, which becomes their `due_at`.
    async fn lease_requests(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<MailRequest>>;

    /// Puts `effects` in the place of a leased request. Of any number of callers one gets [`RequestEnd::Done`]; for the
    /// others nothing is changed. Of any number of callers at once for one user no more get it than `limit` allows.
    async fn end_request(
        &self,
        leased: &MailRequest,
        effects: &Effects,
        limit: MailLimit,
    ) -> Result<RequestEnd>;

    /// Deletes at most `limit` requests made before `before`, which no worker could end; says how many.
    async fn purge_requests(&self, before: Timestamp, limit: u32) -> Result<usize>;
}

/// How the end of a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestEnd {
    /// The request is gone and its effects are stored.
    Done,
    /// A mail among the effects, of a [limited kind](crate::model::MailKind::is_limited), is over the limit: as many of
    /// these kinds were ordered for the user in the window before it.
    MailLimited,
    /// The lease ran out, and somebody else took the request up.
    Lost,
}
