//! The mail worker inside the server.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::{Membership, Result};
use futures_util::FutureExt as _;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};

#[cfg(test)]
mod tests;

/// The longest rest. As late as that the worker finds what does not ring: orders of other processes, and those whose
/// backoff or lease ended.
const REST: Duration = Duration::from_secs(1);

/// How much one process delivers.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// Mails at a time.
    pub(crate) concurrency: u32,
    /// Mails a second; 0 for any number.
    pub(crate) rate: u32,
}

/// Delivers mail until `stop` is true or its sender gone; what was begun is finished. An order of this process is taken
/// up at once. What goes wrong costs one round.
pub(crate) async fn run(
    membership: Arc<Membership>,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let bell = Arc::new(Notify::new());
    membership.delivery.on_order({
        let bell = bell.clone();
        move || bell.notify_one()
    });
    // A lease that others hold would look over by a clock that is ahead.
    while !*stop.borrow_and_update()
        && unharmed(membership.housekeeping.set_clock())
            .await
            .is_none()
    {
        let _ = tokio::time::timeout(REST, stop.changed()).await;
    }
    let mut pace = Pace::new(limits.rate);
    let mut running = JoinSet::new();
    while !*stop.borrow_and_update() {
        while running.try_join_next().is_some() {}
        let room = limits.concurrency.saturating_sub(count(running.len()));
        let limit = pace.allows(room);
        let leased = match limit {
            0 => Vec::new(),
            _ => unharmed(membership.delivery.take_up(limit))
                .await
                .unwrap_or_default(),
        };
        let taken = count(leased.len());
        pace.spend(taken);
        for order in leased {
            let membership = membership.clone();
            running.spawn(async move { membership.delivery.deliver(&order).await });
        }
        let rest = if taken < limit {
            Instant::now() + REST
        } else {
            pace.next
        };
        tokio::select! {
            told = stop.changed() => if told.is_err() { break },
            Some(_) = running.join_next() => {}
            () = bell.notified(), if taken < room => {}
            () = sleep_until(rest), if taken < room => {}
        }
    }
    while running.join_next().await.is_some() {}
}

/// When the next mails may begin.
struct Pace {
    interval: Option<Duration>,
    next: Instant,
}

impl Pace {
    fn new(rate: u32) -> Self {
        Self {
            interval: Duration::from_secs(1).checked_div(rate),
            next: Instant::now(),
        }
    }

    /// How many of so many may begin now.
    fn allows(&self, wanted: u32) -> u32 {
        match self.interval {
            None => wanted,
            Some(_) if self.next <= Instant::now() => wanted.min(1),
            Some(_) => 0,
        }
    }

    fn spend(&mut self, begun: u32) {
        if let Some(interval) = self.interval {
            self.next = self.next.max(Instant::now()) + interval * begun;
        }
    }
}

/// The outcome, unless it is an error or a panic.
async fn unharmed<T>(work: impl Future<Output = Result<T>>) -> Option<T> {
    let outcome = AssertUnwindSafe(work).catch_unwind().await.ok()?;
    outcome
        .inspect_err(|error| {
            let cause = domain::error::chain(error);
            tracing::warn!(cause, "the mail worker could not work");
        })
        .ok()
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
