//! Three processes that deliver from one database (REL-08).
//!
//! In the suite with few mails. At scale, with figures:
//!
//! ```sh
//! MAIL_COUNT=3000 cargo test -p api-actix --test api rel_08 -- --nocapture --test-threads 1
//! ```
//!
//! `MAIL_CONCURRENCY` sets `mail.concurrency` for both.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use domain::{
    Membership,
    model::{Actor, MailState, TenantId},
    services::NewUser,
};
use futures_util::{StreamExt as _, future::join_all, stream};
use testkit::smtp::SmtpServer;

use crate::{
    home::{Backend, Home},
    process::Process,
};

/// For a delivery to be over on a busy machine before another process takes it for dead; for a killed one's mail to come
/// soon.
const LEASE: &str = "10s";
const PAUSE: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread")]
async fn rel_08_three_processes_send_each_mail_once() {
    let drained = drain(number("MAIL_CONCURRENCY", 4), None).await;

    assert_eq!((drained.lost, drained.duplicates), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_08_a_killed_process_loses_no_mail_and_doubles_at_most_what_it_was_delivering() {
    let concurrency = number("MAIL_CONCURRENCY", 1);

    let drained = drain(concurrency, Some(6)).await;

    assert_eq!(drained.lost, 0);
    assert!(drained.kills > 0);
    assert!(drained.duplicates <= drained.kills * concurrency);
}

struct Drained {
    lost: usize,
    duplicates: usize,
    kills: usize,
}

/// Fills the outbox, has three processes empty it, and kills one of them each time that part of the mails is out.
async fn drain(concurrency: usize, parts: Option<usize>) -> Drained {
    let count = number("MAIL_COUNT", 150);
    let server = SmtpServer::start().await;
    let home = Home::with(
        Backend::Postgres,
        &[
            ("MAIL__URL", &server.url()),
            ("MAIL__FROM", "membership@example.com"),
            ("MAIL__TIMEOUT", "5s"),
            ("MAIL__LEASE", LEASE),
            ("MAIL__CONCURRENCY", &concurrency.to_string()),
        ],
    )
    .await;
    let membership = wiring::assemble(&home.settings()).await.unwrap();
    fill(&membership, count).await;

    let mut processes = join_all((0..3).map(|_| Process::start(&home))).await;
    let start = Instant::now();
    let (mut kills, mut last) = (0, (0, start));
    let mut next = parts.map(|parts| count / parts);
    while server.count() < count || in_state(&membership, MailState::Sent).await < count {
        let sent = server.count();
        if sent > last.0 {
            last = (sent, Instant::now());
        }
        assert!(
            last.1.elapsed() < Duration::from_mins(1),
            "no progress after {sent}"
        );
        if next.is_some_and(|next| next <= sent && sent < count) {
            let killed = processes.remove(0).killed().await;
            processes.push(killed);
            kills += 1;
            next = parts.map(|parts| server.count() + count / parts);
        }
        tokio::time::sleep(PAUSE).await;
    }

    let mut copies = BTreeMap::<_, Vec<_>>::new();
    for mail in server.received() {
        copies
            .entry(mail.header("Message-ID"))
            .or_default()
            .push(mail);
    }
    assert!(
        copies
            .values()
            .all(|copies| copies.iter().all(|it| *it == copies[0]))
    );
    let drained = Drained {
        lost: count - copies.len(),
        duplicates: server.count() - copies.len(),
        kills,
    };
    tell(&drained, &server, concurrency, last.1 - start);
    join_all(processes.into_iter().map(Process::stopped)).await;
    drained
}

#[expect(clippy::print_stdout, reason = "the figures that the command is for")]
fn tell(drained: &Drained, server: &SmtpServer, concurrency: usize, took: Duration) {
    println!(
        "sent {}, lost {}, duplicate {}, kills {}, connections {}, concurrency {concurrency}: {:.1} s, {:.0} mails a second",
        server.count(),
        drained.lost,
        drained.duplicates,
        drained.kills,
        server.connections(),
        took.as_secs_f64(),
        f64::from(u32::try_from(server.count()).unwrap()) / took.as_secs_f64(),
    );
}

/// Orders so many mails: each invites a new user, so that no limit for one account counts and nothing is hashed.
async fn fill(membership: &Membership, count: usize) {
    let operator = Actor::operator("test");
    membership.signing_keys.tend().await.unwrap();
    membership
        .initialization
        .initialize(&operator, &|_| ())
        .await
        .unwrap();
    let tenant: TenantId = membership.tenants.all(&operator).await.unwrap()[0].id;
    stream::iter(0..count)
        .for_each_concurrent(4, |number| {
            let new = NewUser {
                tenant,
                email: format!("u{number}@testing.example.com").parse().unwrap(),
                username: format!("u{number}").parse().unwrap(),
                password: None,
                locale: None,
            };
            let registration = membership.registration.register(&operator, new);
            async move {
                registration.await.unwrap();
            }
        })
        .await;
    assert_eq!(in_state(membership, MailState::Waiting).await, count);
}

async fn in_state(membership: &Membership, state: MailState) -> usize {
    let operator = Actor::operator("test");
    let orders = membership.delivery.list(&operator, state, 100_000);
    orders.await.unwrap().len()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the size of a test is no setting of the service"
)]
fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}
