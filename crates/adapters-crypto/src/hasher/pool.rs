use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use domain::{Error, Result};
use tokio::{sync::oneshot, time::timeout};

use super::queue::{Lane, Queue, Ticket};

const PORT: &str = "password hashing";
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The costliest accepted hash takes about 5 s of an idle core; threads at the lowest priority may get a fraction.
const LONGEST_JOB: Duration = Duration::from_mins(1);

/// Threads of the lowest priority behind a bounded queue with fair turns.
pub(super) struct Pool {
    shared: Arc<Shared>,
    wait: Duration,
}

/// What waits, and whether the threads are to end.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    queue: Queue<Job>,
    ended: bool,
}

struct Job {
    /// Tells the waiter that it has its turn; fails if nobody waits any more. Dropped unsent, it says that another was let
    /// in instead.
    turn: oneshot::Sender<()>,
    work: Box<dyn FnOnce() + Send>,
}

/// A place in the queue, given back when nobody waits at it any more.
struct Place<'a> {
    shared: &'a Shared,
    lane: Lane,
    ticket: Ticket,
}

impl Pool {
    /// Starts `threads` threads with room for `queue` waiting jobs. No job waits longer than `wait` for its turn.
    pub(super) fn start(threads: usize, queue: usize, wait: Duration) -> io::Result<Self> {
        let state = State {
            queue: Queue::new(queue, threads, wait),
            ended: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        // Before the threads: should one not start, its drop ends the others.
        let pool = Self { shared, wait };
        for number in 0..threads {
            let shared = Arc::clone(&pool.shared);
            thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || shared.work_off())?;
        }
        Ok(pool)
    }

    /// Runs `work` on a thread of the pool. [`Error::Overloaded`] if the turn would not come in time, at once as far as that
    /// can be foreseen; then `work` is not run. [`Error::Unavailable`] if `work` panics.
    pub(super) async fn run<T, F>(&self, lane: Lane, work: F) -> Result<T>
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
        let place = self.shared.enter(lane, Job { turn, work })?;
        timeout(self.wait, waiting)
            .await
            .map_err(|_| overloaded())?
            .map_err(|_| overloaded())?;
        drop(place);
        timeout(LONGEST_JOB, done)
            .await
            .map_err(|late| Error::unavailable(PORT, late))?
            .map_err(|_| Error::unavailable(PORT, "the job ended without a result"))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, lane: Lane, job: Job) -> Result<Place<'_>> {
        let ticket = self.lock().queue.push(lane, job).ok_or_else(overloaded)?;
        self.changed.notify_one();
        Ok(Place {
            shared: self,
            lane,
            ticket,
        })
    }

    fn work_off(&self) {
        lower_priority();
        while let Some(job) = self.next() {
            if job.turn.send(()).is_err() {
                continue;
            }
            let start = Instant::now();
            if catch_unwind(AssertUnwindSafe(job.work)).is_err() {
                tracing::error!("a password hashing job panicked");
            }
            self.lock().queue.took(start.elapsed());
        }
    }

    /// Waits for the next job. `None` once the pool is gone.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.ended {
                return None;
            }
            if let Some(job) = state.queue.pop() {
                return Some(job);
            }
            let woken = self.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.lock().queue.remove(self.lane, self.ticket);
    }
}

fn overloaded() -> Error {
    Error::Overloaded {
        retry_after: RETRY_AFTER,
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
mod tests;
