//! Many refreshes of one token at a time: no honest person is signed out, and no token has two successors.
//!
//! Each test prints what it counted. The rounds are few by default; for 200 of each kind:
//!
//! ```sh
//! REFRESH_RACE_ROUNDS=200 cargo test -p api-actix --test api sec_24 -- --nocapture
//! ```

use std::{collections::BTreeSet, fmt};

use futures_util::future::join_all;

use crate::{
    answer::Answer,
    app::{Api, App},
    home::{Backend, Home},
    oauth_client::OAuthClient,
    people::Person,
    replicas::Replicas,
};

/// Refreshes of one token at a time.
const PARALLEL: usize = 20;

on_both![
    sec_24_parallel_refreshes_of_a_kept_token_all_succeed,
    sec_24_parallel_refreshes_of_a_rotating_token_have_one_successor,
];

async fn sec_24_parallel_refreshes_of_a_kept_token_all_succeed(on: Backend) {
    let app = App::start(on).await;
    let client = OAuthClient::first();

    let count = race(&client, &app.master, &[**app]).await;

    count.expect_clean("one process, kept token");
    assert_eq!(count.successors, 0);
}

async fn sec_24_parallel_refreshes_of_a_rotating_token_have_one_successor(on: Backend) {
    let app = App::start(on).await;
    let client = app.new_client(&app.master, "app", "public").await;

    let count = race(&client, &app.master, &[**app]).await;

    count.expect_clean("one process, rotating token");
    assert_eq!(count.successors, rounds());
}

#[tokio::test]
async fn sec_24_refreshes_of_a_kept_token_by_three_processes_all_succeed() {
    let home = Home::new(Backend::Postgres).await;
    let replicas = Replicas::start(&home, 3).await;
    let client = OAuthClient::first();

    let count = race(&client, &replicas.master, &replicas.apis()).await;

    count.expect_clean("three processes, kept token");
    assert_eq!(count.successors, 0);
}

#[tokio::test]
async fn sec_24_refreshes_of_a_rotating_token_by_three_processes_have_one_successor() {
    let home = Home::new(Backend::Postgres).await;
    let replicas = Replicas::start(&home, 3).await;
    let apis = replicas.apis();
    let client = apis[0].new_client(&replicas.master, "app", "public").await;

    let count = race(&client, &replicas.master, &apis).await;

    count.expect_clean("three processes, rotating token");
    assert_eq!(count.successors, rounds());
}

fn rounds() -> usize {
    let set = std::env::var_os("REFRESH_RACE_ROUNDS");
    set.map_or(20, |rounds| rounds.to_str().unwrap().parse().unwrap())
}

/// What came of the races.
#[derive(Default)]
struct Count {
    refreshes: usize,
    successors: usize,
    forks: usize,
    signed_out: usize,
    server_errors: usize,
}

#[track_caller]
fn refresh_token(answer: &Answer) -> String {
    answer.json()["refresh_token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

/// Races for a token, then for what it was answered with, and so on.
async fn race(client: &OAuthClient, person: &Person, apis: &[Api]) -> Count {
    let mut token = apis[0].signed_in_by(client, person).await.refresh_token;
    let mut count = Count::default();
    for _ in 0..rounds() {
        let competitors = apis.iter().cycle().take(PARALLEL);
        let answers = join_all(competitors.map(|api| api.refresh_by(client, &token))).await;
        let mut given = BTreeSet::new();
        for answer in answers {
            count.refreshes += 1;
            match answer.status {
                200 => drop(given.insert(refresh_token(&answer))),
                500.. => count.server_errors += 1,
                _ => count.signed_out += 1,
            }
        }
        count.forks += given.len().saturating_sub(1);
        let Some(newest) = given.pop_last() else {
            break;
        };
        count.successors += usize::from(newest != token);
        token = newest;
    }
    count
}

impl Count {
    #[track_caller]
    #[expect(
        clippy::print_stdout,
        reason = "the figures are what the command is for"
    )]
    fn expect_clean(&self, what: &str) {
        println!("{what}: {self}");
        assert_eq!(self.refreshes, rounds() * PARALLEL, "{self}");
        let faults = (self.forks, self.signed_out, self.server_errors);
        assert_eq!(faults, (0, 0, 0), "{self}");
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} refreshes, {} successors, {} forks, {} signed out, {} server errors",
            self.refreshes, self.successors, self.forks, self.signed_out, self.server_errors
        )
    }
}
