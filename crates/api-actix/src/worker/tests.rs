//! In a world whose time stands still until everybody waits.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use domain::{
    Policy, Ports,
    model::{
        Actor, Lifetimes, Mail, MailLimit, PasswordPolicy, RoleCatalogue, Secret, TenantId,
        Timestamp,
    },
    ports::{Clock, Delivery, Mailer, Tenants as _},
    services::{Bootstrap, MailPolicy, NewUser, OpenOperations, ThrottlePolicy},
};
use testkit::{
    FakeKeyRing, FakeSecrets, FakeTokens, ListedPasswords, MemoryStore, PlainHasher, SeededEntropy,
    at, tenant,
};
use tokio::time::sleep;

use super::*;

struct World {
    store: Arc<MemoryStore>,
    mailer: Arc<SlowMailer>,
    clock: Arc<CountedClock>,
    tenant: TenantId,
}

/// Takes that long over each mail, and keeps when it began.
struct SlowMailer {
    takes: Duration,
    begun: Mutex<Vec<Instant>>,
    running: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Mailer for SlowMailer {
    async fn deliver(&self, _: &Mail) -> Delivery {
        self.begun.lock().unwrap().push(Instant::now());
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
        sleep(self.takes).await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        Delivery::Sent
    }
}

/// The worker asks the time once a round, and more often only for mail.
#[derive(Default)]
struct CountedClock(AtomicUsize);

impl Clock for CountedClock {
    fn now(&self) -> Timestamp {
        self.0.fetch_add(1, Ordering::SeqCst);
        at(0)
    }
}

impl World {
    async fn new(takes: Duration) -> Self {
        let home = tenant("home");
        let store = MemoryStore::default();
        let audit = testkit::audit(
            domain::model::AuditAction::TenantCreated,
            &testkit::user(&home, "anna"),
            at(0),
        );
        store.add_tenant(&home, &audit).await.unwrap();
        Self {
            store: Arc::new(store),
            mailer: Arc::new(SlowMailer {
                takes,
                begun: Mutex::default(),
                running: AtomicUsize::new(0),
                most: AtomicUsize::new(0),
            }),
            clock: Arc::default(),
            tenant: home.id,
        }
    }

    fn process(&self) -> Arc<Membership> {
        let ports = Ports {
            store: self.store.clone(),
            clock: self.clock.clone(),
            entropy: Arc::new(SeededEntropy::default()),
            master_keys: Arc::new(FakeKeyRing),
            hasher: Arc::new(PlainHasher::default()),
            common_passwords: Arc::new(ListedPasswords),
            secrets: Arc::new(FakeSecrets::default()),
            access_tokens: Arc::new(FakeTokens::default()),
            mailer: self.mailer.clone(),
            support_desk: None,
        };
        Arc::new(Membership::new(ports, policy()))
    }

    /// A process with a worker that has come to rest between two looks.
    async fn worker(&self, concurrency: u32, rate: u32) -> (Arc<Membership>, watch::Sender<bool>) {
        let (stop, stops) = watch::channel(false);
        let membership = self.process();
        let limits = Limits { concurrency, rate };
        tokio::spawn(run(membership.clone(), limits, stops));
        sleep(REST * 10 + REST / 4).await;
        (membership, stop)
    }

    async fn register(&self, membership: &Membership, names: &[&str]) {
        for name in names {
            let new = NewUser {
                tenant: self.tenant,
                email: format!("{name}@example.com").parse().unwrap(),
                username: name.parse().unwrap(),
                password: None,
                locale: None,
            };
            let operator = Actor::operator("test");
            membership
                .registration
                .register(&operator, new)
                .await
                .unwrap();
        }
    }

    /// How long after `start` each mail was begun.
    fn begun(&self, start: Instant) -> Vec<Duration> {
        let begun = self.mailer.begun.lock().unwrap();
        begun.iter().map(|at| *at - start).collect()
    }
}

fn policy() -> Policy {
    let day = Duration::from_hours(24);
    let rate = "1/s".parse().unwrap();
    Policy {
        public_url: "https://id.example.com".to_owned(),
        roles: RoleCatalogue::new([]),
        passwords: PasswordPolicy { min_length: 15 },
        open: OpenOperations {
            sign_out: true,
            confirmation_request: true,
            initialize: true,
        },
        locales: domain::model::Locales::new("en".parse().unwrap(), []),
        throttle: ThrottlePolicy {
            per_account: rate,
            guesses_per_source: rate,
            open_per_user: rate,
            open_per_source: rate,
        },
        mail: MailPolicy {
            lease: Duration::from_mins(1),
            max_attempts: 8,
            retention: day,
            per_account: MailLimit {
                count: 3,
                window: day,
            },
            sender_domains: Vec::new(),
        },
        session_retention: day,
        lifetimes: Lifetimes {
            access: Duration::from_mins(10),
            idle: day,
            absolute: day,
        },
        key_rotation: day,
        bootstrap: Bootstrap {
            tenant_name: "Platform".to_owned(),
            tenant: "platform".parse().unwrap(),
            username: "admin".parse().unwrap(),
            email: "admin@example.com".parse().unwrap(),
            password: None,
            client_id: "canopy".parse().unwrap(),
            client_secret: Some(Secret::new("a secret of the first client".to_owned())),
            generate_secrets: false,
        },
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_of_this_process_is_delivered_at_once() {
    let world = World::new(Duration::ZERO).await;
    let (membership, _stop) = world.worker(4, 0).await;
    let start = Instant::now();

    world.register(&membership, &["anna"]).await;
    sleep(REST * 3).await;

    assert_eq!(world.begun(start), [Duration::ZERO]);
}

#[tokio::test(start_paused = true)]
async fn an_order_of_another_process_is_found_within_a_second() {
    let world = World::new(Duration::ZERO).await;
    let (_membership, _stop) = world.worker(4, 0).await;
    let start = Instant::now();

    world.register(&world.process(), &["anna"]).await;
    sleep(REST * 3).await;

    let begun = world.begun(start);
    assert!(begun.len() == 1 && begun[0] <= REST, "{begun:?}");
}

#[tokio::test(start_paused = true)]
async fn a_worker_without_work_looks_once_a_second() {
    let world = World::new(Duration::ZERO).await;
    let (_membership, _stop) = world.worker(4, 0).await;
    let before = world.clock.0.load(Ordering::SeqCst);

    sleep(REST * 100).await;

    assert_eq!(world.clock.0.load(Ordering::SeqCst) - before, 100);
}

#[tokio::test(start_paused = true)]
async fn so_many_mails_are_delivered_at_a_time_as_the_setting_says() {
    let world = World::new(Duration::from_millis(100)).await;
    let (membership, _stop) = world.worker(3, 0).await;
    let start = Instant::now();

    world
        .register(&membership, &["a", "b", "c", "d", "e", "f", "g"])
        .await;
    sleep(REST * 3).await;

    let begun: Vec<_> = world.begun(start).iter().map(Duration::as_millis).collect();
    assert_eq!(world.mailer.most.load(Ordering::SeqCst), 3);
    assert_eq!((begun[0], begun.len()), (0, 7));
    assert!(
        begun[6] < 300,
        "the next begins as soon as one ends: {begun:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn no_more_mails_begin_in_a_second_than_the_setting_says() {
    let world = World::new(Duration::from_millis(100)).await;
    let (membership, _stop) = world.worker(4, 5).await;
    let start = Instant::now();

    world
        .register(&membership, &["a", "b", "c", "d", "e", "f", "g"])
        .await;
    sleep(REST * 3).await;

    let begun = world.begun(start);
    assert_eq!(begun.len(), 7);
    assert!(
        begun
            .windows(2)
            .all(|two| two[1] >= two[0] + Duration::from_millis(200)),
        "{begun:?}"
    );
    assert!(begun[6] < REST * 2, "{begun:?}");
}

#[tokio::test(start_paused = true)]
async fn a_worker_told_to_stop_finishes_what_it_began_and_begins_nothing() {
    let world = World::new(REST * 5).await;
    let (stop, stops) = watch::channel(false);
    let membership = world.process();
    world.register(&membership, &["a", "b", "c"]).await;
    let limits = Limits {
        concurrency: 2,
        rate: 0,
    };
    let worker = tokio::spawn(run(membership, limits, stops));
    sleep(REST).await;

    stop.send_replace(true);
    worker.await.unwrap();

    let attempts = |state: &mut testkit::State| {
        let orders = state.mail.values();
        let mut attempts: Vec<_> = orders.map(|it| (it.attempts, it.state.name())).collect();
        attempts.sort_unstable();
        attempts
    };
    assert_eq!(
        world.store.edit(attempts),
        [(0, "waiting"), (1, "sent"), (1, "sent")]
    );
}
