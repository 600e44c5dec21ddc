//! Replicas whose clocks disagree (REL-19): the database's clock counts.

use std::sync::Arc;

use domain::{
    Error, Membership,
    model::{ClientChange, ClientKind},
    services::{ClientCredentials, TokenAnswer},
};
use testkit::{FixedClock, at};

use crate::lab::{Lab, PASSWORD, anonymous, refresh};

/// A replica whose clock is ahead of that of the lab and of the database, which stand at 0.
async fn replica(lab: &Lab, seconds_ahead: i64) -> Membership {
    lab.store.edit(|state| state.clock = Some(at(0)));
    let clock = FixedClock::default();
    clock.set(at(seconds_ahead));
    let replica = lab.another_process_with(|ports| ports.clock = Arc::new(clock));
    replica.signing_keys.tend().await.unwrap();
    replica
}

/// The first refresh token of a sign-in that was refreshed twice since, and what its first use was answered with.
async fn spent(lab: &Lab, client: &ClientCredentials) -> (String, String) {
    let signed_in = lab.sign_in_by(client, &lab.platform, "admin");
    let first = signed_in.await.unwrap().refresh_token;
    let second = lab.refresh_by(client, &first).await.unwrap().refresh_token;
    lab.refresh_by(client, &second).await.unwrap();
    (first, second)
}

async fn refresh_at(
    replica: &Membership,
    client: &ClientCredentials,
    token: &str,
) -> domain::Result<TokenAnswer> {
    let request = refresh(client, token);
    replica.tokens.refresh(&anonymous(), request).await
}

#[tokio::test]
async fn rel_19_a_replica_whose_clock_is_ahead_forgives_as_long_as_the_others() {
    let lab = Lab::new().await;
    let client = lab.client("app", ClientKind::Public, ClientChange::default());
    let client = client.await;
    let replica = replica(&lab, 30).await;
    let (first, _) = spent(&lab, &client).await;
    let by_its_own_clock = refresh_at(&replica, &client, &first).await;
    assert!(matches!(by_its_own_clock, Err(Error::BadCredentials)));

    replica.housekeeping.set_clock().await.unwrap();

    let (first, second) = spent(&lab, &client).await;
    let answer = refresh_at(&replica, &client, &first).await.unwrap();
    let again = answer.sign_in.unwrap().refresh_token.unwrap();
    assert_eq!(*again.expose(), second);
}

#[tokio::test]
async fn rel_19_a_replica_whose_clock_is_ahead_believes_tokens_as_long_as_the_others() {
    let lab = Lab::new().await;
    let admin = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    let replica = replica(&lab, 11 * 60).await;
    let believes = async || replica.callers.authenticate(&admin.access_token).await;
    assert!(matches!(believes().await, Err(Error::Unauthenticated)));

    replica.housekeeping.set_clock().await.unwrap();

    assert!(believes().await.is_ok());
}
