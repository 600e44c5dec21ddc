use std::sync::Arc;

use super::core::Core;
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
}

impl Housekeeping {
    /// Rows deleted in one transaction at most.
    const BATCH: u32 = 500;

    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Takes up the signing keys, and makes the first one where there is none. Of replicas that start together one makes
    /// it and all use it.
    pub async fn load_signing_keys(&self) -> Result<()> {
        let (store, tokens) = (&self.0.ports.store, &self.0.ports.access_tokens);
        if store.signing_keys().await?.is_empty() {
            store
                .add_signing_key(&tokens.generate_key(self.0.now())?)
                .await?;
        }
        tokens.install_keys(&store.signing_keys().await?)
    }

    /// Deletes what is over and past its retention, in small transactions.
    pub async fn purge(&self) -> Result<Purged> {
        let (store, policy, now) = (&self.0.ports.store, &self.0.policy, self.0.now());
        let mut purged = Purged::default();
        loop {
            let sessions = store
                .purge_sessions(now.minus(policy.session_retention), Self::BATCH)
                .await?;
            let one_time_tokens = store
                .purge_one_time_tokens(now.minus(policy.mail.retention), Self::BATCH)
                .await?;
            let mail = store
                .purge_mail(now.minus(policy.mail.retention), Self::BATCH)
                .await?;
            purged.sessions += sessions;
            purged.one_time_tokens += one_time_tokens;
            purged.mail += mail;
            if sessions + one_time_tokens + mail == 0 {
                return Ok(purged);
            }
        }
    }
}
