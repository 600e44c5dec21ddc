use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Duration,
};

use domain::{Error, Result};
use tokio::{sync::oneshot, time::timeout};

const PORT: &str = "password hashing";
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The costliest accepted hash takes about 5 s of an idle core; threads at the lowest priority may get a fraction.
const LONGEST_JOB: Duration = Duration::from_mins(1);

/// Threads of the lowest priority behind a bounded queue.
pub(super) struct Pool {
    queue: SyncSender<Job>,
    wait: Duration,
}

struct Job {
    /// Tells the waiter that it has its turn; fails if nobody waits any more.
    turn: oneshot::Sender<()>,
    work: Box<dyn FnOnce() + Send>,
}

impl Pool {
    /// Starts `threads` threads with room for `queue` waiting jobs. No job waits longer than `wait` for its turn.
    pub(super) fn start(threads: usize, queue: usize, wait: Duration) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads {
            let jobs = Arc::clone(&receiver);
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work_off(&jobs))?;
        }
        Ok(Self {
            queue: sender,
            wait,
        })
    }

    /// Runs `work` on a thread of the pool. [`Error::Overloaded`] if the queue is full or the turn does not come in
    /// time; then `work` is not run. [`Error::Unavailable`] if `work` panics.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (turn, waiting) = oneshot::channel();
        let (result, done) = oneshot::channel();
        let work = Box::new(move || {
            // Nobody may want the result any more.
            let _ = result.send(work());
        });
        self.queue
            .try_send(Job { turn, work })
            .map_err(|refused| match refused {
                TrySendError::Full(_) => overloaded(),
                TrySendError::Disconnected(_) => stopped(),
            })?;
        timeout(self.wait, waiting)
            .await
            .map_err(|_| overloaded())?
            .map_err(|_| stopped())?;
        timeout(LONGEST_JOB, done)
            .await
            .map_err(|late| Error::unavailable(PORT, late))?
            .map_err(|_| stopped())
    }
}

fn overloaded() -> Error {
    Error::Overloaded {
        retry_after: RETRY_AFTER,
    }
}

fn stopped() -> Error {
    Error::unavailable(PORT, "the job ended without a result")
}

fn work_off(jobs: &Mutex<Receiver<Job>>) {
    lower_priority();
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if job.turn.send(()).is_ok() && catch_unwind(AssertUnwindSafe(job.work)).is_err() {
            tracing::error!("a password hashing job panicked");
        }
    }
}

/// On Linux priorities belong to threads; elsewhere to the process, which must keep its own.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::warn!(%error, "password hashing runs at ordinary priority");
    }
}

#[cfg(test)]
mod tests {
    use std::{future::ready, sync::mpsc};

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    /// Keeps the pool's only thread busy until the returned sender is dropped.
    async fn occupy(pool: &Pool) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel();
        let (turn, begun) = oneshot::channel();
        let work = Box::new(move || {
            let _ = released.recv();
        });
        pool.queue.try_send(Job { turn, work }).ok().unwrap();
        begun.await.unwrap();
        release
    }

    /// Puts a job into the queue and gives up waiting for it at once.
    async fn abandon(pool: &Pool, work: impl FnOnce() + Send + 'static) {
        tokio::select! {
            biased;
            _ = pool.run(work) => panic!("ran while the thread was busy"),
            () = ready(()) => {}
        }
    }

    #[tokio::test]
    async fn sec_04_a_full_queue_is_refused_at_once() {
        let pool = Pool::start(1, 1, LONG).unwrap();
        let busy = occupy(&pool).await;
        abandon(&pool, || ()).await;

        let refused = pool.run(|| ()).await;

        assert!(
            matches!(refused, Err(Error::Overloaded { retry_after }) if retry_after == RETRY_AFTER)
        );
        drop(busy);
    }

    #[tokio::test]
    async fn sec_04_a_turn_that_does_not_come_in_time_is_refused() {
        let pool = Pool::start(1, 1, Duration::ZERO).unwrap();
        let busy = occupy(&pool).await;

        let refused = pool.run(|| ()).await;

        assert!(matches!(refused, Err(Error::Overloaded { .. })));
        drop(busy);
    }

    #[tokio::test]
    async fn a_job_whose_waiter_is_gone_is_skipped() {
        let pool = Pool::start(1, 2, LONG).unwrap();
        let busy = occupy(&pool).await;
        let (ran, effects) = mpsc::channel();
        let abandoned = ran.clone();
        abandon(&pool, move || abandoned.send("abandoned").unwrap()).await;
        drop(busy);

        pool.run(move || ran.send("awaited").unwrap())
            .await
            .unwrap();

        assert_eq!(effects.iter().collect::<Vec<_>>(), ["awaited"]);
    }

    #[tokio::test]
    async fn rel_17_a_panic_costs_its_job_only() {
        let pool = Pool::start(1, 1, LONG).unwrap();

        let panicked = pool.run(|| panic!("a fault")).await;
        let next = pool.run(|| "done").await;

        assert!(matches!(panicked, Err::<(), _>(Error::Unavailable { .. })));
        assert_eq!(next.unwrap(), "done");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn jobs_run_on_named_threads_of_the_lowest_priority_and_others_keep_theirs() {
        let pool = Pool::start(1, 1, LONG).unwrap();
        let priority = || rustix::process::getpriority_process(None).unwrap();
        let ordinary = priority();

        let (name, lowest) = pool
            .run(move || (thread::current().name().map(str::to_owned), priority()))
            .await
            .unwrap();

        assert_eq!((name.as_deref(), lowest), (Some("hash-0"), 19));
        assert_eq!(priority(), ordinary);
    }
}
