//! Many who do the same at the same time.

use std::time::Duration;

use futures_util::future::try_join_all;
use hyper::StatusCode;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::{
    Result,
    client::{Call, Client},
    measure::{Times, count, millis},
    server::Server,
};

/// A refusal is to take no longer.
const PROMPT: Duration = Duration::from_millis(100);

/// Connections that are to send the same.
pub(crate) struct Flood {
    clients: Vec<Client>,
    call: Call,
}

/// What became of their requests.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) done: Times,
    refused: Times,
    /// Refusals that were not prompt.
    late: usize,
    /// Anything else.
    failed: usize,
}

impl Flood {
    pub(crate) async fn start(server: &Server, call: &Call, parallel: usize) -> Result<Self> {
        let clients = try_join_all((0..parallel).map(|_| server.client())).await?;
        Ok(Self {
            clients,
            call: call.clone(),
        })
    }

    /// Each sends again and again for so long; who is told to come again later does so.
    pub(crate) async fn last(self, time: Duration) -> Result<Outcome> {
        let end = Instant::now() + time;
        let tasks = self.clients.into_iter().map(|client| {
            let call = self.call.clone();
            async move { tokio::spawn(repeat(client, call, end)).await? }
        });
        let mut all = Outcome::default();
        for one in try_join_all(tasks).await? {
            all.done.extend(&one.done);
            all.refused.extend(&one.refused);
            all.late += one.late;
            all.failed += one.failed;
        }
        Ok(all)
    }
}

async fn repeat(mut client: Client, call: Call, end: Instant) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    while let Ok(answer) = timeout_at(end, client.send(&call)).await {
        let answer = answer?;
        match answer.status {
            status if status.is_success() => outcome.done.push(answer.took),
            StatusCode::SERVICE_UNAVAILABLE => {
                outcome.refused.push(answer.took);
                outcome.late += usize::from(answer.took > PROMPT);
                let again = Instant::now() + answer.retry_after.unwrap_or_default();
                sleep_until(again.min(end)).await;
            }
            _ => {
                outcome.failed += 1;
                sleep(PROMPT).await;
            }
        }
    }
    Ok(outcome)
}

impl Outcome {
    pub(crate) fn row(&self, name: &str, time: Duration) -> Vec<String> {
        let rate = count(self.done.len()) / time.as_secs_f64();
        let times = |it: &Times| [0.5, 0.99].map(|of| millis(it.percentile(of)));
        let [done_p50, done_p99] = times(&self.done);
        let [refused_p50, refused_p99] = times(&self.refused);
        vec![
            name.to_owned(),
            format!("{rate:.1}"),
            done_p50,
            done_p99,
            self.refused.len().to_string(),
            refused_p50,
            refused_p99,
            self.late.to_string(),
            self.failed.to_string(),
        ]
    }
}
