//! The mail worker inside the server.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::Membership;
use futures_util::FutureExt as _;
use tokio::sync::watch;

/// Orders taken up in one go: one, so that none waits on another's attempt while its own lease runs out.
const BATCH: u32 = 1;
/// The longest rest when nothing is due.
const REST: Duration = Duration::from_secs(1);

/// Delivers mail until `stop` is true or its sender gone; a batch that was begun is finished. What goes wrong costs one round.
pub(crate) async fn run(membership: Arc<Membership>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow_and_update() {
        let round = AssertUnwindSafe(membership.delivery.run_once(BATCH))
            .catch_unwind()
            .await;
        match round {
            Ok(Ok(delivered)) if delivered > 0 => continue,
            Ok(Ok(_)) | Err(_) => {}
            Ok(Err(error)) => tracing::warn!(
                cause = domain::error::chain(&error),
                "the mail worker could not work"
            ),
        }
        if let Ok(Err(_)) = tokio::time::timeout(REST, stop.changed()).await {
            return;
        }
    }
}
