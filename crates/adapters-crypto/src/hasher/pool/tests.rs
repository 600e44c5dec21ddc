use std::{future::ready, pin::Pin, sync::mpsc};

use super::*;

const LONG: Duration = Duration::from_mins(1);

#[expect(clippy::unnecessary_wraps, reason = "a lane may be nobody's")]
fn lane(number: u128) -> Lane {
    Some(format!("{number:032x}").parse().unwrap())
}

/// Keeps the pool's only thread busy until the returned sender is dropped.
async fn occupy(pool: &Pool) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel();
    let (turn, begun) = oneshot::channel();
    let work = Box::new(move || {
        let _ = released.recv();
    });
    let job = Job { turn, work };
    pool.shared.lock().queue.push(None, job).unwrap();
    pool.shared.changed.notify_one();
    begun.await.unwrap();
    release
}

/// A job that waits in the queue; `done` is told its name when it runs.
async fn queued<'a>(
    pool: &'a Pool,
    lane: Lane,
    name: &'static str,
    done: &mpsc::Sender<&'static str>,
) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>> {
    let done = done.clone();
    let mut job = Box::pin(pool.run(lane, move || done.send(name).unwrap()));
    tokio::select! {
        biased;
        early = &mut job => panic!("ended while the thread was busy: {early:?}"),
        () = ready(()) => {}
    }
    job
}

fn is_overloaded<T>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::Overloaded { retry_after }) if *retry_after == RETRY_AFTER)
}

#[tokio::test]
async fn sec_04_a_full_queue_is_refused_at_once() {
    let pool = Pool::start(1, 1, LONG).unwrap();
    let busy = occupy(&pool).await;
    let (done, _effects) = mpsc::channel();
    let waiting = queued(&pool, None, "first", &done).await;

    let refused = pool.run(None, || ()).await;

    assert!(is_overloaded(&refused));
    drop(busy);
    assert!(waiting.await.is_ok());
}

#[tokio::test]
async fn sec_04_a_turn_that_does_not_come_in_time_is_refused() {
    let pool = Pool::start(1, 1, Duration::ZERO).unwrap();
    let busy = occupy(&pool).await;

    let refused = pool.run(None, || ()).await;

    assert!(is_overloaded(&refused));
    drop(busy);
}

#[tokio::test]
async fn rel_14_a_flood_of_one_tenant_leaves_another_its_turn() {
    let pool = Pool::start(1, 4, LONG).unwrap();
    let busy = occupy(&pool).await;
    let (done, effects) = mpsc::channel();
    let mut flood = Vec::new();
    for name in ["a1", "a2", "a3", "a4"] {
        flood.push(queued(&pool, lane(1), name, &done).await);
    }
    assert!(is_overloaded(&pool.run(lane(1), || ()).await));

    let other = queued(&pool, lane(2), "b1", &done).await;

    let newest = flood.pop().unwrap().await;
    assert!(is_overloaded(&newest), "it gave way");
    drop(busy);
    other.await.unwrap();
    for job in flood {
        job.await.unwrap();
    }
    drop(done);
    assert_eq!(effects.iter().collect::<Vec<_>>(), ["a1", "b1", "a2", "a3"]);
}

#[tokio::test]
async fn rel_14_who_goes_away_gives_the_place_back() {
    let pool = Pool::start(1, 1, LONG).unwrap();
    let busy = occupy(&pool).await;
    let (done, effects) = mpsc::channel();
    let abandoned = queued(&pool, None, "abandoned", &done).await;
    assert!(is_overloaded(&pool.run(None, || ()).await));

    drop(abandoned);

    let awaited = queued(&pool, None, "awaited", &done).await;
    drop((busy, done));
    awaited.await.unwrap();
    assert_eq!(effects.iter().collect::<Vec<_>>(), ["awaited"]);
}

#[tokio::test]
async fn rel_17_a_panic_costs_its_job_only() {
    let pool = Pool::start(1, 1, LONG).unwrap();

    let panicked = pool.run(None, || panic!("a fault")).await;
    let next = pool.run(None, || "done").await;

    assert!(matches!(panicked, Err::<(), _>(Error::Unavailable { .. })));
    assert_eq!(next.unwrap(), "done");
}

#[tokio::test]
async fn the_threads_end_with_the_pool() {
    let pool = Pool::start(2, 1, LONG).unwrap();
    pool.run(None, || ()).await.unwrap();
    let shared = Arc::downgrade(&pool.shared);

    drop(pool);

    let deadline = Instant::now() + LONG;
    while shared.strong_count() > 0 {
        assert!(Instant::now() < deadline, "the threads still run");
        tokio::task::yield_now().await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn jobs_run_on_named_threads_of_the_lowest_priority_and_others_keep_theirs() {
    let pool = Pool::start(1, 1, LONG).unwrap();
    let priority = || rustix::process::getpriority_process(None).unwrap();
    let ordinary = priority();

    let (name, lowest) = pool
        .run(None, move || {
            (thread::current().name().map(str::to_owned), priority())
        })
        .await
        .unwrap();

    assert_eq!((name.as_deref(), lowest), (Some("hash-0"), 19));
    assert_eq!(priority(), ordinary);
}
