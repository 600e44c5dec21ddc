//! SEC-04, REL-14: what a flood of sign-ins does to everybody else, and to itself.

mod flood;
mod probes;

use std::time::Duration;

use clap::Args;
use tokio::time::{Instant, sleep};

use self::{
    flood::{Flood, Outcome},
    probes::Probes,
};
use crate::{
    Result,
    measure::{count, millis, print},
    people::{Master, sign_in_call},
    server::{PASSWORD, Place, Server},
};

#[derive(Args)]
pub(crate) struct Options {
    /// Sign-ins at a time in the flood. Who is refused tries again when the answer says.
    #[arg(long, default_value_t = 500)]
    parallel: usize,
    /// How long each part of the measurement takes.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Enough to keep the hashing threads of a small machine busy, and too few to be refused.
const BUSY: usize = 8;
/// Sign-ins at a time of a tenant that floods nobody.
const MODEST: usize = 2;

pub(crate) async fn run(place: &Place, options: &Options) -> Result<()> {
    let server = Server::start(place, &[]).await?;
    let mut master = Master::of(&server).await?;
    for tenant in ["acme", "globex"] {
        let id = master.tenant(tenant).await?;
        master.user(&id, "user", false).await?;
    }
    let acme = sign_in_call("acme", "user", PASSWORD)?;
    let globex = sign_in_call("globex", "user", PASSWORD)?;
    let part = Duration::from_secs(options.seconds);
    let probes = Probes::of(&server, &master).await?;

    let idle = server.memory("VmRSS")?;
    let before = probes.during(sleep(part)).await?;
    let peak = Flood::start(&server, &acme, BUSY).await?.last(part).await?;
    let flood = Flood::start(&server, &acme, options.parallel);
    let flood = async { flood.await?.last(part).await };
    let (during, flooded) = probes.with(flood).await?;
    let recovered = recovery(&server, &acme).await?;

    let mut rows = Vec::new();
    for (before, during) in before.iter().zip(&during) {
        let cells = [before, during].map(|it| {
            let (times, n) = (&it.times, it.times.len().to_string());
            [
                n,
                millis(times.percentile(0.5)),
                millis(times.percentile(0.99)),
            ]
        });
        let failed = during.failed.to_string();
        let name = before.name.to_owned();
        rows.push(
            [name]
                .into_iter()
                .chain(cells.into_iter().flatten())
                .chain([failed])
                .collect(),
        );
    }
    let (parallel, database) = (options.parallel, place.database);
    let title =
        format!("Other routes before and during {parallel} parallel sign-ins on {database:?}");
    let head = [
        "route", "before", "p50 ms", "p99 ms", "during", "p50 ms", "p99 ms", "failed",
    ];
    print(&title, &head, &rows);

    let named = |name: &str, it: &Outcome| it.row(name, part);
    let alone = Flood::start(&server, &globex, MODEST)
        .await?
        .last(part)
        .await?;
    let flood = Flood::start(&server, &acme, parallel).await?;
    let beside = Flood::start(&server, &globex, MODEST).await?;
    let (_, beside) = tokio::try_join!(flood.last(part), beside.last(part))?;
    let rows = [
        named(&format!("{BUSY} at a time"), &peak),
        named(&format!("{parallel} at a time"), &flooded),
        named("another tenant, alone", &alone),
        named("another tenant, beside the flood", &beside),
    ];
    let head = [
        "sign-ins", "done/s", "p50 ms", "p99 ms", "refused", "p50 ms", "p99 ms", "late", "failed",
    ];
    print(&format!("Sign-ins on {database:?}"), &head, &rows);
    let share = 100.0 * count(flooded.done.len()) / count(peak.done.len()).max(1.0);
    let rows = [
        vec![
            "useful rate in the flood, % of the peak".to_owned(),
            format!("{share:.0}"),
        ],
        vec![
            "first sign-in after the flood, ms".to_owned(),
            millis(recovered),
        ],
        vec!["memory before, MiB".to_owned(), idle.to_string()],
        vec![
            "memory at most, MiB".to_owned(),
            server.memory("VmHWM")?.to_string(),
        ],
    ];
    print("In all", &["figure", "value"], &rows);
    Ok(())
}

/// How long it takes until one more person is signed in.
async fn recovery(server: &Server, call: &crate::client::Call) -> Result<Duration> {
    let (start, mut client) = (Instant::now(), server.client().await?);
    while !client.send(call).await?.status.is_success() {
        sleep(Duration::from_millis(10)).await;
    }
    Ok(start.elapsed())
}
