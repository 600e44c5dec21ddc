use std::sync::Arc;

use domain::{
    Error,
    model::{ClientChange, ClientKind, Secret},
    services::ClientCredentials,
};
use testkit::FakeSecrets;

use crate::{
    lab::{Lab, SignedIn, anonymous, canopy, operator, refresh},
    world::Disturbance,
};

/// A client and a sign-in that it keeps refreshing.
async fn web(lab: &Lab) -> (ClientCredentials, SignedIn) {
    let client = lab
        .client("web", ClientKind::Confidential, ClientChange::default())
        .await;
    let signed_in = lab.sign_in_by(&client, &lab.platform, "admin").await;
    (client, signed_in.unwrap())
}

async fn rotated(lab: &Lab, client: &ClientCredentials) -> ClientCredentials {
    let clients = &lab.membership.clients;
    let id = client.id.parse().unwrap();
    ClientCredentials {
        id: client.id.clone(),
        secret: Some(clients.rotate_secret(&operator(), &id).await.unwrap()),
    }
}

#[tokio::test]
async fn rel_16_the_secret_before_the_newest_stays_good_until_the_next_rotation() {
    let lab = Lab::new().await;
    let (first, session) = web(&lab).await;
    let is_good = async |client: &ClientCredentials| match lab
        .refresh_by(client, &session.refresh_token)
        .await
    {
        Ok(_) => true,
        Err(Error::BadClient) => false,
        Err(error) => panic!("{error}"),
    };

    let second = rotated(&lab, &first).await;
    assert!(is_good(&first).await && is_good(&second).await);
    let third = rotated(&lab, &second).await;
    assert!(!is_good(&first).await);
    assert!(is_good(&second).await && is_good(&third).await);

    let events = lab.events(|event| event.action.name() == "client_secret_rotated");
    assert_eq!(events.len(), 2);
}

#[tokio::test]
async fn a_secret_is_good_for_its_client_alone() {
    let lab = Lab::new().await;
    let (web, _) = web(&lab).await;
    let stolen = ClientCredentials {
        secret: web.secret.clone(),
        ..canopy()
    };

    let refused = lab.sign_in_by(&stolen, &lab.platform, "admin").await;

    assert!(matches!(refused, Err(Error::BadClient)));
}

#[tokio::test]
async fn nothing_stored_or_recorded_holds_the_secret() {
    let lab = Lab::new().await;
    let (web, _) = web(&lab).await;
    let secret = web.secret.unwrap().expose().clone();

    let client = lab
        .membership
        .clients
        .one(&operator(), &web.id.parse().unwrap())
        .await;
    let hashes = client.unwrap().secret_hashes;
    assert!(
        hashes
            .iter()
            .all(|hash| !secret.as_bytes().starts_with(&hash[..8]))
    );
    let told = |event: &domain::model::AuditEvent| {
        event
            .detail
            .as_ref()
            .is_some_and(|detail| detail.contains(&secret))
    };
    assert!(lab.events(told).is_empty());
}

#[tokio::test]
async fn rel_16_a_hash_under_an_older_master_key_is_made_anew_at_its_use() {
    let lab = Lab::new().await;
    let (newest, session) = web(&lab).await;
    let older = newest.clone();
    let newest = rotated(&lab, &newest).await;
    let hashes = || {
        let id = newest.id.parse().unwrap();
        lab.store
            .edit(|state| state.clients[&id].secret_hashes.clone())
    };
    let before = hashes();
    let with_ring = async |ring: &[&str]| {
        let secrets = Arc::new(FakeSecrets::new(ring.iter().copied()));
        let process = lab.another_process_with(|ports| ports.secrets = secrets);
        process.signing_keys.tend().await.unwrap();
        process
    };
    let both = with_ring(&["new key", "test key"]).await;
    let refreshed = async |process: &domain::Membership, client| {
        let request = refresh(client, &session.refresh_token);
        process.tokens.refresh(&anonymous(), request).await
    };

    lab.watched
        .disturb("replace_secret_hash", Disturbance::FailsBefore);
    assert!(
        refreshed(&both, &older).await.is_ok(),
        "it does not depend on it"
    );
    assert_eq!(hashes(), before);
    assert!(refreshed(&both, &older).await.is_ok());
    assert_eq!(hashes()[0], before[0]);
    assert_ne!(hashes()[1], before[1]);
    assert!(refreshed(&both, &newest).await.is_ok());
    assert_ne!(hashes()[0], before[0]);

    let made_anew = hashes();
    let new_alone = with_ring(&["new key"]).await;
    for client in [&older, &newest] {
        let status = &new_alone.token_status;
        let token = Secret::new("any".to_owned());
        assert!(
            status
                .introspect(&anonymous(), client, &token)
                .await
                .is_ok()
        );
    }
    let wrong = ClientCredentials {
        secret: Some(Secret::new("wrong".to_owned())),
        ..newest.clone()
    };
    assert!(matches!(
        refreshed(&both, &wrong).await,
        Err(Error::BadClient)
    ));
    assert_eq!(hashes(), made_anew);
}
