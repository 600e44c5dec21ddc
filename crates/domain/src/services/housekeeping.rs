use std::{pin::Pin, sync::Arc};

use super::{MailPolicy, core::Core};
use crate::Result;

/// What has to be done at start and now and then.
pub struct Housekeeping(Arc<Core>);

/// How many rows a purge deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Sessions that are over.
    pub sessions: usize,
    /// One-time tokens that expired.
    pub one_time_tokens: usize,
    /// Mail orders that were sent.
    pub mail: usize,
    /// Requests for mail that no worker could end.
    pub mail_requests: usize,
    /// Attempts that count no more.
    pub throttle: usize,
}

impl Housekeeping {
    /// Rows deleted in one transaction at most.
    const BATCH: u32 = 500;

    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Takes the time from the database's clock from now on, as far as ours is off. To be repeated: clocks drift.
    pub async fn set_clock(&self) -> Result<()> {
        let (core, ports) = (&self.0, &self.0.ports);
        let drifted = core.clock.set(&*ports.clock, &*ports.store).await?;
        if let Some(correction) = drifted {
            tracing::warn!(
                correction_micros = correction,
                "this machine's clock is off; the database's is taken"
            );
        }
        Ok(())
    }

    /// Deletes what is over and past its retention, in small transactions. What cannot be deleted does not keep the others.
    pub async fn purge(&self) -> Result<Purged> {
        let (store, policy, now) = (&self.0.ports.store, &self.0.policy, self.0.now());
        let sessions = now.minus(policy.session_retention);
        // What still counts towards the limit of its account is not over.
        let kept = policy.mail.retention.max(policy.mail.per_account.window);
        let mail = now.minus(kept);
        let sessions = all(|| store.purge_sessions(sessions, Self::BATCH)).await;
        let tokens = all(|| store.purge_one_time_tokens(mail, Self::BATCH)).await;
        let mail = all(|| store.purge_mail(mail, Self::BATCH)).await;
        let requests = now.minus(MailPolicy::GIVE_UP_AFTER);
        let requests = all(|| store.purge_requests(requests, Self::BATCH)).await;
        let throttle = all(|| store.purge_throttle(now, Self::BATCH)).await;
        Ok(Purged {
            sessions: sessions?,
            one_time_tokens: tokens?,
            mail: mail?,
            mail_requests: requests?,
            throttle: throttle?,
        })
    }
}

/// One batch, as the ports give it.
type Purging<'a> = Pin<Box<dyn Future<Output = Result<usize>> + Send + 'a>>;

/// Purges batch by batch until nothing is left, and adds up.
async fn all<'a>(batch: impl Fn() -> Purging<'a>) -> Result<usize> {
    let mut purged = 0;
    loop {
        match batch().await? {
            0 => return Ok(purged),
            more => purged += more,
        }
    }
}
