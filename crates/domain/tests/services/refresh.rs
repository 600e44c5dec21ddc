use std::{collections::BTreeSet, time::Duration};

use domain::{
    Error,
    model::{ClientChange, ClientKind, Grant, RefreshPolicy, Secret, Session},
    services::{ClientCredentials, Refresh},
};

use crate::lab::{Lab, PASSWORD, SignedIn, anonymous, canopy, refresh};

async fn public(lab: &Lab) -> ClientCredentials {
    lab.client("app", ClientKind::Public, ClientChange::default())
        .await
}

async fn admin_by(lab: &Lab, client: &ClientCredentials) -> SignedIn {
    lab.sign_in_by(client, &lab.platform, "admin")
        .await
        .unwrap()
}

fn stored(lab: &Lab, signed_in: &SignedIn) -> Option<Session> {
    lab.store
        .edit(|state| state.sessions.get(&signed_in.user.session).cloned())
}

fn policy(refresh: RefreshPolicy) -> ClientChange {
    ClientChange {
        refresh: Some(refresh),
        ..ClientChange::default()
    }
}

#[tokio::test]
async fn sec_24_a_confidential_client_keeps_its_refresh_token() {
    let lab = Lab::new().await;
    let signed_in = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();

    for _ in 0..3 {
        lab.clock.advance(Duration::from_hours(1));
        let refreshed = lab.refresh(&signed_in.refresh_token).await.unwrap();
        assert_eq!(refreshed.refresh_token, signed_in.refresh_token);
        assert_eq!(refreshed.user, signed_in.user);
    }
}

#[tokio::test]
async fn sec_24_a_public_client_gets_another_refresh_token_each_time() {
    let lab = Lab::new().await;
    let client = public(&lab).await;
    let mut newest = admin_by(&lab, &client).await;
    let mut seen = BTreeSet::from([newest.refresh_token.clone()]);

    for _ in 0..3 {
        lab.clock.advance(Duration::from_hours(1));
        let refreshed = lab.refresh_by(&client, &newest.refresh_token).await;
        let refreshed = refreshed.unwrap();
        assert_eq!(refreshed.user, newest.user, "the same session");
        assert!(seen.insert(refreshed.refresh_token.clone()));
        newest = refreshed;
    }
    assert_eq!(stored(&lab, &newest).unwrap().generation, 3);
}

#[tokio::test]
async fn sec_24_a_lost_answer_is_repeated_as_long_as_its_successor_is_unused() {
    let lab = Lab::new().await;
    let client = public(&lab).await;
    let signed_in = admin_by(&lab, &client).await;
    let parent = &signed_in.refresh_token;
    let lost = lab.refresh_by(&client, parent).await.unwrap();

    for hours in [0, 5, 100] {
        lab.clock.advance(Duration::from_hours(hours));
        let repeated = lab.refresh_by(&client, parent).await.unwrap();
        assert_eq!(repeated.refresh_token, lost.refresh_token);
        assert_eq!(stored(&lab, &signed_in).unwrap().generation, 1);
    }
    let next = lab.refresh_by(&client, &lost.refresh_token).await.unwrap();
    assert_ne!(next.refresh_token, lost.refresh_token);
}

#[tokio::test]
async fn sec_24_an_older_token_is_forgiven_for_ten_seconds_and_then_ends_its_family() {
    let lab = Lab::new().await;
    let client = public(&lab).await;
    let oldest = admin_by(&lab, &client).await;
    let older = lab
        .refresh_by(&client, &oldest.refresh_token)
        .await
        .unwrap();
    lab.clock.advance(Duration::from_secs(4));
    let newest = lab.refresh_by(&client, &older.refresh_token).await.unwrap();

    lab.clock.advance(Duration::from_secs(6));
    let forgiven = lab
        .refresh_by(&client, &oldest.refresh_token)
        .await
        .unwrap();
    assert_eq!(forgiven.refresh_token, older.refresh_token);
    assert_eq!(stored(&lab, &oldest).unwrap().generation, 2);

    lab.clock.advance(Duration::from_micros(1));
    let reused = lab.refresh_by(&client, &oldest.refresh_token).await;
    assert!(matches!(reused, Err(Error::BadCredentials)));
    assert!(stored(&lab, &oldest).is_none());
    let over = lab.refresh_by(&client, &newest.refresh_token).await;
    assert!(matches!(over, Err(Error::BadCredentials)));
}

#[tokio::test]
async fn sec_24_reuse_ends_that_family_alone_at_once_and_is_recorded_once() {
    let lab = Lab::new().await;
    let client = public(&lab).await;
    let stolen = admin_by(&lab, &client).await;
    let other = admin_by(&lab, &client).await;
    let elsewhere = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    let thiefs = lab
        .refresh_by(&client, &stolen.refresh_token)
        .await
        .unwrap();
    let thiefs = lab
        .refresh_by(&client, &thiefs.refresh_token)
        .await
        .unwrap();
    lab.clock.advance(Duration::from_secs(11));
    for token in [&stolen, &thiefs, &other, &elsewhere] {
        assert!(lab.caller(&token.access_token).await.is_ok());
    }

    for _ in 0..2 {
        let reused = lab.refresh_by(&client, &stolen.refresh_token).await;
        assert!(matches!(reused, Err(Error::BadCredentials)));
    }

    for ended in [&stolen, &thiefs] {
        let refused = lab.caller(&ended.access_token).await;
        assert!(matches!(refused, Err(Error::Unauthenticated)));
    }
    let refused = lab.refresh_by(&client, &thiefs.refresh_token).await;
    assert!(matches!(refused, Err(Error::BadCredentials)));
    for other in [&other, &elsewhere] {
        assert!(lab.caller(&other.access_token).await.is_ok());
    }
    assert!(lab.refresh_by(&client, &other.refresh_token).await.is_ok());
    assert!(lab.refresh(&elsewhere.refresh_token).await.is_ok());
    let events = lab.events(|event| event.action.name() == "refresh_token_reused");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].tenant, Some(lab.platform.id));
    assert_eq!(events[0].user, Some(stolen.user.user));
    let detail = format!("{} of app", stolen.user.session);
    assert_eq!(events[0].detail, Some(detail));
}

#[tokio::test]
async fn a_session_ends_by_disuse_and_by_age() {
    let lab = Lab::new().await;
    let unused = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    let used = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();

    for _ in 0..12 {
        lab.clock.advance(Duration::from_hours(29 * 24));
        lab.refresh(&used.refresh_token).await.unwrap();
    }
    let refused = lab.refresh(&unused.refresh_token).await;
    assert!(matches!(refused, Err(Error::BadCredentials)));

    lab.clock.advance(Duration::from_hours(20 * 24));
    let refused = lab.refresh(&used.refresh_token).await;
    assert!(matches!(refused, Err(Error::BadCredentials)));
}

#[tokio::test]
async fn sec_26_a_refresh_token_is_refused_when_forged_and_stays_good() {
    let lab = Lab::new().await;
    let session = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    let before = stored(&lab, &session);
    let mut forged = session.refresh_token.clone();
    forged.replace_range(..1, if forged.starts_with('A') { "B" } else { "A" });
    let queries = lab.watched.calls("session");

    for wrong in [forged.as_str(), "", "x", &session.access_token] {
        let refused = lab.refresh(wrong).await;
        assert!(matches!(refused, Err(Error::BadCredentials)), "{wrong}");
    }

    assert_eq!(
        lab.watched.calls("session"),
        queries,
        "refused without a query"
    );
    assert!(stored(&lab, &session) == before);
    assert!(lab.refresh(&session.refresh_token).await.is_ok());
}

#[tokio::test]
async fn sec_26_a_refresh_token_is_good_for_its_client_alone() {
    let lab = Lab::new().await;
    let client = public(&lab).await;
    let other_public = lab
        .client("other-app", ClientKind::Public, ClientChange::default())
        .await;
    let other = lab
        .client("other", ClientKind::Confidential, ClientChange::default())
        .await;
    let wrong_secret = ClientCredentials {
        secret: Some(Secret::new("wrong".to_owned())),
        ..canopy()
    };
    let spent = admin_by(&lab, &client).await;
    let newest = lab.refresh_by(&client, &spent.refresh_token).await.unwrap();
    let newest = lab
        .refresh_by(&client, &newest.refresh_token)
        .await
        .unwrap();
    let kept = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    lab.clock.advance(Duration::from_hours(1));
    let before = lab.store.edit(|state| state.sessions.clone());

    for token in [&spent, &newest, &kept] {
        for thief in [&other_public, &other] {
            let refused = lab.refresh_by(thief, &token.refresh_token).await;
            assert!(
                matches!(refused, Err(Error::BadCredentials)),
                "{}",
                thief.id
            );
        }
        let refused = lab.refresh_by(&wrong_secret, &token.refresh_token).await;
        assert!(matches!(refused, Err(Error::BadClient)));
    }

    assert!(lab.store.edit(|state| state.sessions == before));
    assert!(lab.refresh_by(&client, &newest.refresh_token).await.is_ok());
    assert!(lab.refresh(&kept.refresh_token).await.is_ok());
}

#[tokio::test]
async fn sec_26_a_refresh_token_is_good_in_its_tenant_alone() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let session = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    let before = stored(&lab, &session);
    let naming = |tenant: String| Refresh {
        tenant: Some(tenant),
        ..refresh(&canopy(), &session.refresh_token)
    };
    let tokens = &lab.membership.tokens;

    let abroad = naming(acme.id.to_string());
    let refused = tokens.refresh(&anonymous(), abroad).await;
    assert!(matches!(refused, Err(Error::BadCredentials)));

    assert!(stored(&lab, &session) == before);
    for good in [lab.platform.id.to_string(), "platform".to_owned()] {
        let refreshed = tokens.refresh(&anonymous(), naming(good)).await;
        assert!(refreshed.is_ok(), "its own, or no id at all");
    }
}

#[tokio::test]
async fn a_client_that_may_no_longer_serve_a_tenant_or_refresh_harms_nobody_by_trying() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let client = public(&lab).await;
    let session = admin_by(&lab, &client).await;
    let before = stored(&lab, &session);
    let tenants = |tenants: BTreeSet<_>| ClientChange {
        tenants: Some(tenants),
        ..ClientChange::default()
    };
    let grants = |grants: &[Grant]| ClientChange {
        grants: Some(grants.iter().copied().collect()),
        ..ClientChange::default()
    };
    let enabled = |enabled| ClientChange {
        enabled: Some(enabled),
        ..ClientChange::default()
    };
    let refused = async || {
        let refused = lab.refresh_by(&client, &session.refresh_token).await;
        assert!(stored(&lab, &session) == before);
        refused.err()
    };

    lab.change_client(&client, tenants(BTreeSet::from([acme.id])))
        .await;
    assert!(matches!(refused().await, Some(Error::BadCredentials)));
    lab.change_client(&client, tenants(BTreeSet::new())).await;
    lab.change_client(&client, grants(&[Grant::Password])).await;
    assert!(matches!(refused().await, Some(Error::Forbidden)));
    lab.change_client(&client, grants(&[Grant::RefreshToken]))
        .await;
    lab.change_client(&client, enabled(false)).await;
    assert!(matches!(refused().await, Some(Error::BadClient)));
    lab.change_client(&client, enabled(true)).await;

    assert!(
        lab.refresh_by(&client, &session.refresh_token)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn sec_24_a_client_that_begins_or_ceases_to_rotate_loses_nobody() {
    let lab = Lab::new().await;
    let client = lab
        .client("web", ClientKind::Confidential, ClientChange::default())
        .await;
    let first = admin_by(&lab, &client).await.refresh_token;
    let refreshed = async |token: &str| {
        lab.clock.advance(Duration::from_mins(1));
        let refreshed = lab.refresh_by(&client, token).await;
        refreshed.unwrap().refresh_token
    };
    assert_eq!(refreshed(&first).await, first);

    lab.change_client(&client, policy(RefreshPolicy::Rotate))
        .await;
    let second = refreshed(&first).await;
    assert_ne!(second, first);
    assert_eq!(refreshed(&first).await, second);

    lab.change_client(&client, policy(RefreshPolicy::Keep))
        .await;
    assert_eq!(refreshed(&second).await, second);
    assert_eq!(
        refreshed(&first).await,
        second,
        "who kept the first follows"
    );

    lab.change_client(&client, policy(RefreshPolicy::Rotate))
        .await;
    let third = refreshed(&second).await;
    let fourth = refreshed(&third).await;
    assert_eq!(refreshed(&third).await, fourth);
    let reused = lab.refresh_by(&client, &second).await;
    assert!(matches!(reused, Err(Error::BadCredentials)));
}

#[tokio::test]
async fn an_access_token_does_not_outlive_its_session() {
    let lab = Lab::new().await;
    let lifetimes = ClientChange {
        access: Some(Duration::from_hours(2)),
        idle: Some(Duration::from_hours(3)),
        absolute: Some(Duration::from_hours(3)),
        ..ClientChange::default()
    };
    let client = lab.client("app", ClientKind::Public, lifetimes).await;
    let signed_in = admin_by(&lab, &client).await;
    lab.clock.advance(Duration::from_mins(150));

    let request = refresh(&client, &signed_in.refresh_token);
    let answer = lab.membership.tokens.refresh(&anonymous(), request).await;

    let answer = answer.unwrap();
    assert_eq!(answer.expires_in, Duration::from_mins(30));
    lab.clock.advance(Duration::from_mins(30));
    let caller = lab.caller(answer.access_token.expose()).await;
    assert!(matches!(caller, Err(Error::Unauthenticated)));
}
