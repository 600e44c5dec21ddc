//! Keys change under load, and nobody notices (REL-16).

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use data_encoding::BASE64;
use domain::{Membership, model::Actor};
use tokio::task::JoinSet;

use crate::{
    app::Api,
    home::{Backend, Home},
    people::Person,
    process::until,
    replicas::Replicas,
};

const ROTATIONS: usize = 3;

#[tokio::test]
async fn rel_16_rotating_the_signing_keys_under_load_fails_no_verification() {
    let home = Home::new(Backend::Postgres).await;
    let replicas = Replicas::start(&home, 2).await;
    let operator = Actor::operator("test");
    let membership = wiring::assemble(&home.settings()).await.unwrap();
    let before = replicas.master.clone();
    let load = Load::start(&replicas).await;

    for _ in 0..ROTATIONS {
        let current = membership
            .signing_keys
            .rotate(&operator, true)
            .await
            .unwrap();
        until(async || load.signed_by(&current.id)).await;
        load.goes_on().await;
    }

    load.expect_no_failure("signing keys").await;
    for api in replicas.apis() {
        expect_good(&api, &before).await;
    }
    assert_eq!(in_database(&membership).await, ROTATIONS + 2);
}

#[tokio::test]
async fn rel_16_rotating_the_master_key_under_load_fails_no_verification() {
    let home = Home::new(Backend::Postgres).await;
    let replicas = Replicas::start(&home, 2).await;
    let operator = Actor::operator("test");
    let before = replicas.master.clone();
    let load = Load::start(&replicas).await;
    let (old, new) = (BASE64.encode(&[7; 32]), BASE64.encode(&[8; 32]));

    for (step, ring) in [format!("{old}\n{new}\n"), format!("{new}\n{old}\n")]
        .iter()
        .enumerate()
    {
        put_in_place(&home, ring);
        until(async || reloads(&home) == 2 * (step + 1)).await;
        load.goes_on().await;
    }
    let membership = wiring::assemble(&home.settings()).await.unwrap();
    let resealed = membership.signing_keys.reseal(&operator).await.unwrap();
    load.goes_on().await;

    load.expect_no_failure("master key").await;
    assert_eq!(resealed, 2);
    assert_eq!(membership.signing_keys.reseal(&operator).await.unwrap(), 0);
    for api in replicas.apis() {
        expect_good(&api, &before).await;
    }
}

/// An old access token and an old refresh token are as good as ever.
async fn expect_good(api: &Api, person: &Person) {
    api.tenants(person).await;
    api.refresh(&person.refresh_token).await.expect(200);
}

async fn in_database(membership: &Membership) -> usize {
    let keys = membership.signing_keys.all(&Actor::operator("test")).await;
    keys.unwrap().len()
}

/// As an orchestrator replaces a mounted secret: all at once.
fn put_in_place(home: &Home, ring: &str) {
    let aside = home.folder().join("master.new");
    fs::write(&aside, ring).unwrap();
    fs::rename(aside, home.folder().join("master")).unwrap();
}

/// How often a replica said that it has taken up another ring.
fn reloads(home: &Home) -> usize {
    let log = fs::read_to_string(home.folder().join("log")).unwrap();
    log.matches("the master keys changed").count()
}

/// Callers who refresh at one replica and use what they get at another, again and again.
struct Load {
    callers: JoinSet<()>,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    over: AtomicBool,
    verified: AtomicUsize,
    failed: AtomicUsize,
    newest: std::sync::Mutex<String>,
}

impl Load {
    async fn start(replicas: &Replicas<'_>) -> Self {
        let seen = Arc::new(Seen::default());
        let mut callers = JoinSet::new();
        let [here, there] = replicas.apis().try_into().ok().expect("two replicas");
        for (refreshed_at, used_at) in [(here, there), (there, here)] {
            let (seen, person) = (seen.clone(), replicas.master.clone());
            callers.spawn(async move {
                while !seen.over.load(Ordering::SeqCst) {
                    seen.note(use_once(&refreshed_at, &used_at, &person).await);
                }
            });
        }
        let load = Self { callers, seen };
        load.goes_on().await;
        load
    }

    /// Waits for a hundred more verifications.
    async fn goes_on(&self) {
        let enough = self.seen.total() + 100;
        until(async || self.seen.total() >= enough).await;
    }

    fn signed_by(&self, kid: &str) -> bool {
        let token = self.seen.newest.lock().unwrap();
        let header = token.split('.').next().unwrap_or_default();
        let header = data_encoding::BASE64URL_NOPAD
            .decode(header.as_bytes())
            .unwrap_or_default();
        String::from_utf8_lossy(&header).contains(kid)
    }

    #[expect(clippy::print_stdout, reason = "the figures are what one wants to see")]
    async fn expect_no_failure(mut self, what: &str) {
        self.seen.over.store(true, Ordering::SeqCst);
        while let Some(ended) = self.callers.join_next().await {
            ended.unwrap();
        }
        let failed = self.seen.failed.load(Ordering::SeqCst);
        println!(
            "{what}: {} verifications, {failed} failed",
            self.seen.total()
        );
        assert_eq!(failed, 0);
    }
}

/// The access token if everything went well.
async fn use_once(refreshed_at: &Api, used_at: &Api, person: &Person) -> Option<String> {
    let refreshed = refreshed_at.refresh(&person.refresh_token).await;
    if refreshed.status != 200 {
        return None;
    }
    let token = refreshed.json()["access_token"].as_str()?.to_owned();
    let used = used_at.get("/tenants").bearer(&token).send().await;
    (used.status == 200).then_some(token)
}

impl Seen {
    fn note(&self, verified: Option<String>) {
        let counter = match verified {
            Some(token) => {
                *self.newest.lock().unwrap() = token;
                &self.verified
            }
            None => &self.failed,
        };
        counter.fetch_add(1, Ordering::SeqCst);
    }

    fn total(&self) -> usize {
        self.verified.load(Ordering::SeqCst) + self.failed.load(Ordering::SeqCst)
    }
}
