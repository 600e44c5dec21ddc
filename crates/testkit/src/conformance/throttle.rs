//! Cases of [`Throttle`](domain::ports::Throttle).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{
    Error,
    model::{
        Attempt, AuditAction, Bucket, Budget, Familiar, Spent, Success, ThrottleKey, Timestamp,
    },
    ports::Store,
};

use super::{
    scene::{Scene, event, together},
    sessions::open,
};
use crate::{at, digest::digest, session};

pub async fn each_attempt_is_judged_as_the_rule_says(store: Arc<dyn Store>) {
    let buckets = ["2/s", "3/min", "1/20s"].map(|rate| rate.parse().unwrap());
    let buckets = [
        Budget::Even(buckets[0]),
        Budget::Even(buckets[1]),
        Budget::Rising(buckets[2]),
        Budget::Rising(buckets[1]),
    ];
    let mut model: [Option<Spent>; 4] = [None; 4];
    let mut now = at(0);

    for step in 0..400_u32 {
        let chance = digest(&[b"step", &step.to_be_bytes()]);
        let which = usize::from(chance[0] % 4);
        let pauses = [0, 0, 300, 1_000, 5_000, 20_001, 400_000, 2_000_000];
        now = now.plus(Duration::from_millis(pauses[usize::from(chance[1] % 8)]));
        let bucket = bucket(&which.to_string(), buckets[which]);
        if chance[2].is_multiple_of(8) {
            let success = Success {
                returned: vec![bucket.key],
                ..Success::default()
            };
            store.succeed(now, &success).await.unwrap();
            model[which] = model[which].map(Spent::returned);
            continue;
        }

        let told = wait(store.attempt(&strange(now, [bucket])).await.map(|_| ()));

        let expected = buckets[which].spend(model[which], now);
        let expected = wait(expected.map(|spent| model[which] = Some(spent)));
        assert_eq!(told, expected, "step {step}, budget {which}");
    }
}

pub async fn a_refused_attempt_is_counted_nowhere(store: Arc<dyn Store>) {
    let [one, two] = [even("one", "1/min"), even("two", "2/min")];
    assert!(passes(&store, strange(at(0), [one])).await);

    for second in 1..10 {
        assert!(!passes(&store, strange(at(second), [two, one])).await);
    }

    assert!(passes(&store, strange(at(10), [two])).await);
    assert!(passes(&store, strange(at(11), [two])).await);
    assert!(!passes(&store, strange(at(12), [two])).await);
}

pub async fn each_key_has_a_budget_of_its_own(store: Arc<dyn Store>) {
    for key in ["one", "two", "three"] {
        for attempt in 0..5 {
            let passed = passes(&store, strange(at(attempt), [even(key, "3/min")])).await;
            assert_eq!(passed, attempt < 3, "{key}");
        }
    }
}

pub async fn of_parallel_attempts_no_more_are_let_through_than_allowed(store: Arc<dyn Store>) {
    for (number, budget) in [
        Budget::Even("7/min".parse().unwrap()),
        Budget::Rising("7/min".parse().unwrap()),
    ]
    .into_iter()
    .enumerate()
    {
        let mut passed = 0;
        for _ in 0..3 {
            let attempts = (0..20).map(|caller: u32| {
                let store = Arc::clone(&store);
                let common = bucket(&format!("common {number}"), budget);
                // Others of their own sort before and after the common one.
                let own = even(&format!("{caller} {number}"), "1000/min");
                async move { passes(&store, strange(at(0), [common, own])).await }
            });
            let outcomes = together(attempts).await;
            passed += outcomes.into_iter().filter(|it| *it).count();
        }
        assert_eq!(passed, 7);
    }
}

pub async fn a_familiar_place_is_counted_for_itself(store: Arc<dyn Store>) {
    let account = even("account", "3/min");
    let home = even("home", "2/min");
    let known = Success {
        familiar: Some(home.key),
        ..Success::default()
    };
    store.succeed(at(0), &known).await.unwrap();
    let from = |mark: &str, second| Attempt {
        familiar: Some(Familiar {
            marks: vec![key("another"), key(mark)],
            bucket: home,
        }),
        ..strange(at(second), [account])
    };

    for second in 0..5 {
        let attempt = store.attempt(&from("elsewhere", second)).await;
        assert_eq!(attempt.ok(), (second < 3).then_some(false));
    }
    for second in 5..9 {
        let attempt = store.attempt(&from("home", second)).await;
        assert_eq!(attempt.ok(), (second < 7).then_some(true));
    }
}

pub async fn a_place_is_familiar_for_90_days_after_the_last_success(store: Arc<dyn Store>) {
    let day = |days: u64| at(0).plus(Duration::from_hours(24 * days));
    let just_before = |moment: Timestamp| moment.minus(Duration::from_micros(1));
    let home = even("home", "100/min");
    let known = Success {
        familiar: Some(home.key),
        ..Success::default()
    };
    let is_familiar = async |at| {
        let attempt = Attempt {
            at,
            familiar: Some(Familiar {
                marks: vec![home.key],
                bucket: home,
            }),
            buckets: vec![even("account", "100/min")],
        };
        store.attempt(&attempt).await.unwrap()
    };

    store.succeed(day(0), &known).await.unwrap();
    store.succeed(day(10), &known).await.unwrap();

    assert!(is_familiar(just_before(day(100))).await);
    assert!(!is_familiar(day(100)).await);
    store.succeed(day(101), &known).await.unwrap();
    assert!(is_familiar(day(102)).await);
}

pub async fn a_success_clears_and_returns_what_it_names_alone(store: Arc<dyn Store>) {
    let [cleared, returned, other] = ["c", "r", "o"].map(|name| even(name, "2/min"));
    let all = [cleared, returned, other];
    for second in 0..2 {
        assert!(passes(&store, strange(at(second), all)).await);
    }
    let success = Success {
        cleared: vec![cleared.key, key("nothing")],
        returned: vec![returned.key, key("nothing either")],
        familiar: None,
    };

    store.succeed(at(2), &success).await.unwrap();

    let mut passed = BTreeMap::new();
    for (name, bucket) in ["cleared", "returned", "other"].into_iter().zip(all) {
        for second in 3..8 {
            let more = usize::from(passes(&store, strange(at(second), [bucket])).await);
            *passed.entry(name).or_insert(0) += more;
        }
    }
    assert_eq!(
        passed,
        BTreeMap::from([("cleared", 2), ("other", 0), ("returned", 1)])
    );
}

pub async fn a_sign_in_stores_its_success_unless_it_was_overtaken(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let account = even("account", "1/h");
    let success = Success {
        cleared: vec![account.key],
        ..Success::default()
    };
    assert!(passes(&store, strange(at(0), [account])).await);
    let opened = async |epoch, second| {
        let mut session = session(&scene.anna, at(second));
        session.epoch = epoch;
        let label = session.id.to_string();
        let event = event(&label, AuditAction::SignedIn, session.tenant, session.user);
        store.open(&session, &event, &success).await.unwrap()
    };

    assert!(!opened(scene.anna.epoch + 1, 1).await);
    assert!(!passes(&store, strange(at(2), [account])).await);
    assert!(opened(scene.anna.epoch, 3).await);
    assert!(passes(&store, strange(at(4), [account])).await);
    assert!(open(&store, &session(&scene.anna, at(5))).await);
    assert!(!passes(&store, strange(at(6), [account])).await);
}

pub async fn parallel_attempts_and_successes_hold_nobody_up(store: Arc<dyn Store>) {
    let [account, source] = ["account", "source"].map(|name| even(name, "1000/min"));
    let calls = (0..40_u32).map(|number| {
        let store = Arc::clone(&store);
        async move {
            let buckets = if number.is_multiple_of(2) {
                [account, source]
            } else {
                [source, account]
            };
            store.attempt(&strange(at(0), buckets)).await.unwrap();
            let success = Success {
                cleared: vec![account.key],
                returned: vec![source.key],
                familiar: Some(key("home")),
            };
            store.succeed(at(0), &success).await.unwrap();
        }
    });

    assert_eq!(together(calls).await.len(), 40);

    let all_returned = even("source", "1/min");
    assert!(passes(&store, strange(at(1), [all_returned])).await);
}

pub async fn purge_takes_what_is_forgotten_up_to_its_limit(store: Arc<dyn Store>) {
    for number in 0..5 {
        let forgotten_soon = even(&format!("soon {number}"), "1/s");
        assert!(passes(&store, strange(at(0), [forgotten_soon])).await);
    }
    let kept = even("kept", "1/h");
    assert!(passes(&store, strange(at(0), [kept])).await);
    let known = Success {
        familiar: Some(key("home")),
        ..Success::default()
    };
    store.succeed(at(0), &known).await.unwrap();

    let now = at(1).minus(Duration::from_micros(1));
    assert_eq!(store.purge_throttle(now, 10).await.unwrap(), 0);
    assert_eq!(store.purge_throttle(at(1), 3).await.unwrap(), 3);
    assert_eq!(store.purge_throttle(at(1), 3).await.unwrap(), 2);
    assert_eq!(store.purge_throttle(at(1), 3).await.unwrap(), 0);

    assert!(!passes(&store, strange(at(2), [kept])).await);
    let in_90_days = at(0).plus(Success::FAMILIAR);
    assert_eq!(store.purge_throttle(in_90_days, 3).await.unwrap(), 2);
}

fn key(name: &str) -> ThrottleKey {
    ThrottleKey(digest(&[name.as_bytes()]))
}

fn bucket(name: &str, budget: Budget) -> Bucket {
    let key = key(name);
    Bucket { key, budget }
}

fn even(name: &str, rate: &str) -> Bucket {
    bucket(name, Budget::Even(rate.parse().unwrap()))
}

fn strange(at: Timestamp, buckets: impl Into<Vec<Bucket>>) -> Attempt {
    Attempt {
        at,
        familiar: None,
        buckets: buckets.into(),
    }
}

async fn passes(store: &Arc<dyn Store>, attempt: Attempt) -> bool {
    wait(store.attempt(&attempt).await.map(|_| ())).is_none()
}

/// How long one has to wait, if so.
fn wait(outcome: Result<(), Error>) -> Option<Duration> {
    match outcome {
        Ok(()) => None,
        Err(Error::Throttled { retry_after }) => Some(retry_after),
        Err(error) => panic!("{error}"),
    }
}
