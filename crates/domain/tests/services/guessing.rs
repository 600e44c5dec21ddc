use std::{net::IpAddr, sync::Arc, time::Duration};

use domain::{
    Error, Result,
    model::{Actor, ClientChange, ClientKind, Secret, Tenant, UserId},
    services::{ClientCredentials, SignIn},
};

use crate::lab::{Lab, PASSWORD, anonymous, canopy, just_before, linked, password, sign_in};

pub(crate) const WRONG: &str = "a wrong password";
const NEW_PASSWORD: &str = "a new password of mine";

pub(crate) fn from(source: &str) -> Actor {
    Actor::anonymous(Some(source.parse().unwrap()))
}

/// So many sources, none in the network of another.
pub(crate) fn strangers(number: u32) -> impl Iterator<Item = Actor> {
    let address = |index: u32| IpAddr::from((0x0a00_0000 + (index << 8)).to_be_bytes());
    (0..number).map(move |index| Actor::anonymous(Some(address(index))))
}

async fn with_anna() -> (Lab, Tenant, UserId) {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let anna = lab.register(&acme, "anna").await;
    (lab, acme, anna)
}

impl Lab {
    async fn tries(&self, actor: &Actor, name: &str, password: &str) -> Result<()> {
        let request = sign_in("acme", name, password);
        let outcome = self.membership.tokens.sign_in(actor, request).await;
        outcome.map(|_| ())
    }

    /// A guess that must be refused as any other; whether it ran a hash.
    async fn is_looked_at(&self, actor: &Actor, name: &str, password: &str) -> bool {
        let before = self.hasher.verified();
        let outcome = self.tries(actor, name, password).await;
        assert!(matches!(outcome, Err(Error::BadCredentials)));
        self.hasher.verified() > before
    }

    fn limited(&self, action: &str) -> usize {
        let ends = |detail: &String| detail.ends_with("limited");
        let events = self.events(|it| it.action.name() == action);
        events
            .iter()
            .filter(|it| it.detail.as_ref().is_some_and(ends))
            .count()
    }
}

#[tokio::test]
async fn sec_07_guesses_over_the_limit_run_no_hash_whether_or_not_there_is_the_account() {
    let (lab, _, _) = with_anna().await;

    for name in ["anna", "nobody", "not a name\n"] {
        let mut hashed = 0;
        for actor in strangers(50) {
            hashed += usize::from(lab.is_looked_at(&actor, name, WRONG).await);
        }
        assert_eq!(hashed, 10, "{name}");
        assert!(!lab.is_looked_at(&from("192.0.2.1"), name, PASSWORD).await);
    }

    assert_eq!(lab.limited("sign_in_refused"), 3 * 41);
    assert!(lab.store.edit(|state| state.sessions.is_empty()));
}

#[tokio::test]
async fn sec_07_every_spelling_of_an_account_counts_together() {
    let (lab, _, _) = with_anna().await;

    let mut hashed = 0;
    for actor in strangers(20) {
        for name in ["anna", "ANNA", "Anna"] {
            hashed += usize::from(lab.is_looked_at(&actor, name, WRONG).await);
        }
    }

    assert_eq!(hashed, 10);
}

#[tokio::test]
async fn sec_07_the_wait_rises_and_ends() {
    let (lab, _, _) = with_anna().await;
    for actor in strangers(10) {
        assert!(lab.is_looked_at(&actor, "anna", WRONG).await);
    }
    let stranger = from("192.0.2.1");

    for seconds in [5, 10, 20, 40, 80, 160, 320, 640, 900, 900] {
        let wait = Duration::from_secs(seconds);
        lab.clock.advance(just_before(wait));
        assert!(!lab.is_looked_at(&stranger, "anna", PASSWORD).await);
        lab.clock.advance(Duration::from_micros(1));
        assert!(
            lab.is_looked_at(&stranger, "anna", WRONG).await,
            "{seconds}"
        );
    }
    lab.clock.advance(Duration::from_mins(15));
    lab.tries(&stranger, "anna", PASSWORD).await.unwrap();

    for actor in strangers(10) {
        assert!(lab.is_looked_at(&actor, "anna", WRONG).await, "cleared");
    }
}

#[tokio::test]
async fn sec_07_a_source_makes_twenty_guesses_a_minute_at_all_accounts_together() {
    let (lab, _, _) = with_anna().await;

    for (source, network) in [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8:1::1")] {
        let mut hashed = 0;
        for number in 0..50 {
            let name = format!("user{number}");
            hashed += usize::from(lab.is_looked_at(&from(source), &name, WRONG).await);
        }
        assert_eq!(hashed, 20, "{source}");
        assert!(lab.is_looked_at(&from(network), "other", WRONG).await);
    }
    let neighbour = from("2001:db8::2");
    assert!(!lab.is_looked_at(&neighbour, "other", WRONG).await);
    lab.clock.advance(Duration::from_mins(1));
    assert!(lab.is_looked_at(&neighbour, "other", WRONG).await);
}

#[tokio::test]
async fn sec_07_of_guesses_at_the_same_moment_no_more_are_looked_at() {
    let (lab, _, _) = with_anna().await;
    let before = lab.hasher.verified();

    let lab = Arc::new(lab);
    let guesses: Vec<_> = strangers(100)
        .map(|actor| {
            let lab = Arc::clone(&lab);
            tokio::spawn(async move { lab.tries(&actor, "anna", WRONG).await })
        })
        .collect();

    for guess in guesses {
        assert!(matches!(guess.await.unwrap(), Err(Error::BadCredentials)));
    }
    assert_eq!(lab.hasher.verified() - before, 10);
}

#[tokio::test]
async fn sec_07_who_signs_in_often_is_not_limited() {
    let (lab, _, _) = with_anna().await;
    let counted = || (lab.watched.calls("attempt"), lab.watched.calls("succeed"));
    let before = counted();

    for _ in 0..100 {
        lab.tries(&from("192.0.2.1"), "anna", PASSWORD)
            .await
            .unwrap();
    }

    let signed_in = (before.0 + 100 + 1, before.1 + 1);
    assert_eq!(counted(), signed_in, "and the client once");
}

#[tokio::test]
async fn sec_08_after_a_thousand_guesses_the_owner_signs_in_where_she_did_before() {
    let (lab, _, _) = with_anna().await;
    lab.tries(&from("192.0.2.1"), "anna", PASSWORD)
        .await
        .unwrap();
    let before = lab.hasher.verified();

    for actor in strangers(1_000) {
        lab.tries(&actor, "anna", WRONG).await.unwrap_err();
    }

    assert_eq!(lab.hasher.verified() - before, 10);
    let neighbour = from("192.0.2.200");
    lab.tries(&neighbour, "anna", PASSWORD).await.unwrap();
    let elsewhere = from("198.51.100.1");
    assert!(!lab.is_looked_at(&elsewhere, "anna", PASSWORD).await);
    for actor in strangers(10) {
        let looked_at = lab.is_looked_at(&actor, "anna", WRONG).await;
        assert!(!looked_at, "the owner's success gives them nothing back");
    }
    lab.clock.advance(Duration::from_hours(24 * 89));
    for actor in strangers(11) {
        lab.tries(&actor, "anna", WRONG).await.unwrap_err();
    }
    lab.tries(&neighbour, "anna", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn sec_08_where_she_signed_in_before_guesses_are_limited_too() {
    let (lab, _, _) = with_anna().await;
    let home = from("192.0.2.1");
    lab.tries(&home, "anna", PASSWORD).await.unwrap();

    let mut hashed = 0;
    for _ in 0..30 {
        hashed += usize::from(lab.is_looked_at(&home, "anna", WRONG).await);
    }

    assert_eq!(hashed, 10);
    let by_another = SignIn {
        client: lab
            .client("app", ClientKind::Public, ClientChange::default())
            .await,
        ..sign_in("acme", "anna", PASSWORD)
    };
    let elsewhere = lab.membership.tokens.sign_in(&home, by_another).await;
    assert!(elsewhere.is_ok(), "another client is another place");
}

#[tokio::test]
async fn sec_08_a_source_without_budget_does_not_keep_those_away_who_signed_in_there_before() {
    let (lab, acme, _) = with_anna().await;
    let office = from("192.0.2.1");
    lab.register(&acme, "bert").await;
    lab.tries(&office, "anna", PASSWORD).await.unwrap();

    for number in 0..50 {
        let name = format!("user{number}");
        lab.tries(&office, &name, WRONG).await.unwrap_err();
    }

    lab.tries(&office, "anna", PASSWORD).await.unwrap();
    assert!(!lab.is_looked_at(&office, "bert", PASSWORD).await);
    lab.clock.advance(Duration::from_mins(1));
    lab.tries(&office, "bert", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn sec_08_the_owner_signs_in_at_a_new_place_after_a_reset_there() {
    let (lab, _, anna) = with_anna().await;
    lab.mail().await;
    for actor in strangers(1_000) {
        lab.tries(&actor, "anna", WRONG).await.unwrap_err();
    }
    let hotel = from("198.51.100.1");
    assert!(!lab.is_looked_at(&hotel, "anna", PASSWORD).await);
    let reset = &lab.membership.password_reset;
    let account = domain::services::Account::Username("anna".parse().unwrap());
    reset.request(&hotel, "acme", account).await.unwrap();
    let mail = lab.mail().await;

    let (token, new) = (linked(&mail[0], "token"), password(NEW_PASSWORD));
    reset.reset(&hotel, anna, &token, new).await.unwrap();
    for actor in strangers(1_000) {
        lab.tries(&actor, "anna", WRONG).await.unwrap_err();
    }

    lab.tries(&hotel, "anna", NEW_PASSWORD).await.unwrap();
    let elsewhere = from("203.0.113.1");
    assert!(!lab.is_looked_at(&elsewhere, "anna", NEW_PASSWORD).await);
}

#[tokio::test]
async fn sec_07_secrets_of_a_client_are_limited_where_they_are_shown_and_nowhere_else() {
    let (lab, _, _) = with_anna().await;
    let (stranger, server) = (from("192.0.2.1"), from("198.51.100.1"));
    let shows = async |actor: &Actor, id: &str, secret: Option<Secret<String>>| {
        let client = ClientCredentials {
            id: id.to_owned(),
            secret,
        };
        let request = SignIn {
            client,
            ..sign_in("acme", "anna", PASSWORD)
        };
        lab.membership.tokens.sign_in(actor, request).await
    };
    let wrong = || Some(Secret::new("wrong".to_owned()));

    for id in ["canopy", "nobody"] {
        for attempt in 0..30 {
            let refused = shows(&stranger, id, wrong()).await.err();
            let limited = matches!(refused, Some(Error::Throttled { .. }));
            assert_eq!(limited, attempt >= 10, "{id}");
            assert!(limited || matches!(refused, Some(Error::BadClient)));
        }
    }

    let right = || canopy().secret;
    let limited = shows(&stranger, "canopy", right()).await;
    assert!(matches!(limited, Err(Error::Throttled { .. })));
    assert!(shows(&server, "canopy", right()).await.is_ok());
    lab.clock.advance(Duration::from_mins(1));
    assert!(shows(&stranger, "canopy", right()).await.is_ok());
}

#[tokio::test]
async fn sec_07_a_client_that_was_proved_is_not_counted_until_it_shows_a_wrong_secret() {
    let lab = Lab::new().await;
    let server = from("192.0.2.1");
    let introspects = async |secret: &str| {
        let client = ClientCredentials {
            secret: Some(Secret::new(secret.to_owned())),
            ..canopy()
        };
        let status = &lab.membership.token_status;
        let token = Secret::new("x".to_owned());
        status.introspect(&server, &client, &token).await
    };
    let counted = || lab.watched.calls("attempt");

    for _ in 0..50 {
        assert!(introspects(crate::lab::CLIENT_SECRET).await.is_ok());
    }
    assert_eq!(counted(), 1);
    for attempt in 0..20 {
        let refused = introspects("wrong").await.err();
        let limited = matches!(refused, Some(Error::Throttled { .. }));
        assert_eq!(limited, attempt >= 10);
    }
    lab.clock.advance(Duration::from_secs(5));
    assert!(introspects(crate::lab::CLIENT_SECRET).await.is_ok());
}

#[tokio::test]
async fn sec_07_links_that_we_did_not_make_are_limited_by_source() {
    let (lab, _, anna) = with_anna().await;
    let stranger = from("192.0.2.1");
    let (reset, confirmation) = (
        &lab.membership.password_reset,
        &lab.membership.email_confirmation,
    );
    let good = lab.mailed("token").await;
    let made_up = "x".repeat(good.len());

    for attempt in 0..30 {
        let refused = match attempt % 3 {
            0 => reset.check(&stranger, anna, &made_up).await.map(|_| ()),
            1 => confirmation.confirm(&stranger, &made_up).await,
            _ => {
                let new = password(NEW_PASSWORD);
                reset.reset(&stranger, anna, &made_up, new).await
            }
        };
        let limited = matches!(refused, Err(Error::Throttled { .. }));
        assert_eq!(limited, attempt >= 20, "{attempt}");
    }

    let elsewhere = reset.check(&from("192.0.2.2"), anna, &made_up).await;
    assert!(matches!(elsewhere, Err(Error::BadToken)));
    confirmation.confirm(&stranger, &good).await.unwrap();
    assert!(lab.tries(&stranger, "anna", PASSWORD).await.is_ok());
    let unknown = reset.check(&anonymous(), anna, &made_up).await;
    assert!(matches!(unknown, Err(Error::BadToken)));
}
