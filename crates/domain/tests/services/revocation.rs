use std::{sync::Arc, time::Duration};

use domain::{
    Error,
    model::{ClientChange, ClientKind, Secret},
    services::ClientCredentials,
};

use crate::lab::{CLIENT_SECRET, Lab, PASSWORD, SignedIn, anonymous, canopy};

async fn revoke(lab: &Lab, client: &ClientCredentials, token: &str) {
    let token = Secret::new(token.to_owned());
    let status = &lab.membership.token_status;
    status.revoke(&anonymous(), client, &token).await.unwrap();
}

async fn app(lab: &Lab) -> ClientCredentials {
    lab.client("app", ClientKind::Public, ClientChange::default())
        .await
}

async fn admin(lab: &Lab) -> SignedIn {
    lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap()
}

/// Whether both tokens of a sign-in are refused.
async fn is_over(lab: &Lab, client: &ClientCredentials, signed_in: &SignedIn) -> bool {
    let access = lab.caller(&signed_in.access_token).await;
    let refresh = lab.refresh_by(client, &signed_in.refresh_token).await;
    match (access, refresh) {
        (Err(Error::Unauthenticated), Err(Error::BadCredentials)) => true,
        (Ok(_), Ok(_)) => false,
        _ => panic!("the tokens do not end together"),
    }
}

#[tokio::test]
async fn sec_27_a_client_ends_its_sign_in_by_either_token_and_no_other() {
    let lab = Lab::new().await;
    let tokens: [fn(&SignedIn) -> &str; 2] = [|it| &it.refresh_token, |it| &it.access_token];
    let other = admin(&lab).await;

    for (number, token) in tokens.iter().enumerate() {
        let ended = admin(&lab).await;
        assert!(!is_over(&lab, &canopy(), &ended).await);

        revoke(&lab, &canopy(), token(&ended)).await;

        assert!(is_over(&lab, &canopy(), &ended).await);
        let events = lab.events(|event| event.action.name() == "token_revoked");
        assert_eq!(events.len(), number + 1);
        assert_eq!(events[0].tenant, Some(lab.platform.id));
        assert_eq!(events[0].user, Some(ended.user.user));
        let detail = format!("{} of canopy", ended.user.session);
        assert_eq!(events[0].detail, Some(detail));
    }
    assert!(!is_over(&lab, &canopy(), &other).await);
}

#[tokio::test]
async fn sec_27_any_generation_of_a_refresh_token_ends_its_sign_in() {
    let lab = Lab::new().await;
    let app = app(&lab).await;

    for revoked in 0..3 {
        let mut generations = vec![lab.sign_in_by(&app, &lab.platform, "admin").await.unwrap()];
        for _ in 0..2 {
            let newest = &generations.last().unwrap().refresh_token;
            generations.push(lab.refresh_by(&app, newest).await.unwrap());
        }

        revoke(&lab, &app, &generations[revoked].refresh_token).await;

        assert!(is_over(&lab, &app, &generations[2]).await, "{revoked}");
    }
    let accused = lab.events(|event| event.action.name() == "refresh_token_reused");
    assert!(accused.is_empty());
}

#[tokio::test]
async fn sec_27_foreign_and_unknown_tokens_change_nothing_and_are_answered_alike() {
    let lab = Lab::new().await;
    let app = app(&lab).await;
    let admin = admin(&lab).await;
    let gone = lab.sign_in_by(&app, &lab.platform, "admin").await.unwrap();
    revoke(&lab, &app, &gone.refresh_token).await;
    let before = lab
        .store
        .edit(|state| (state.sessions.clone(), state.audit.clone()));

    for token in [
        admin.refresh_token.as_str(),
        &admin.access_token,
        &gone.refresh_token,
        &gone.access_token,
        "unknown",
        "",
    ] {
        revoke(&lab, &app, token).await;
    }

    let after = lab
        .store
        .edit(|state| (state.sessions.clone(), state.audit.clone()));
    assert!(after == before);
    assert!(!is_over(&lab, &canopy(), &admin).await);
}

#[tokio::test]
async fn sec_27_who_is_not_proved_to_be_the_client_revokes_nothing() {
    let lab = Lab::new().await;
    let admin = admin(&lab).await;

    for (id, secret) in [
        ("canopy", None),
        ("canopy", Some("wrong")),
        ("nobody", Some(CLIENT_SECRET)),
    ] {
        let client = ClientCredentials {
            id: id.to_owned(),
            secret: secret.map(|text| Secret::new(text.to_owned())),
        };
        let token = Secret::new(admin.refresh_token.clone());
        let status = &lab.membership.token_status;
        let refused = status.revoke(&anonymous(), &client, &token).await;
        assert!(matches!(refused, Err(Error::BadClient)));
    }

    assert!(!is_over(&lab, &canopy(), &admin).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_revocation_and_refreshes_at_the_same_time_nothing_survives() {
    let lab = Arc::new(Lab::new().await);
    let app = app(&lab).await;

    for round in 0..20 {
        let signed_in = lab.sign_in_by(&app, &lab.platform, "admin").await.unwrap();
        let refreshes: Vec<_> = (0..4)
            .map(|_| {
                let (lab, app) = (lab.clone(), app.clone());
                let token = signed_in.refresh_token.clone();
                tokio::spawn(async move { lab.refresh_by(&app, &token).await })
            })
            .collect();
        revoke(&lab, &app, &signed_in.refresh_token).await;
        for refresh in refreshes {
            // Unauthenticated: the new access token was void before it was looked at.
            match refresh.await.unwrap() {
                Ok(answer) => assert!(is_over(&lab, &app, &answer).await, "{round}"),
                Err(Error::BadCredentials | Error::Unauthenticated) => {}
                Err(error) => panic!("{round}: {error}"),
            }
        }
    }
    let events = lab.events(|event| event.action.name() == "token_revoked");
    assert_eq!(events.len(), 20);
}

#[tokio::test]
async fn sec_25_a_revocation_that_fails_is_said_and_can_be_repeated() {
    let lab = Lab::new().await;
    let admin = admin(&lab).await;
    lab.clock.advance(Duration::from_secs(2));
    let token = Secret::new(admin.refresh_token.clone());
    let status = &lab.membership.token_status;

    lab.watched
        .disturb("end_session", crate::world::Disturbance::FailsBefore);
    let failed = status.revoke(&anonymous(), &canopy(), &token).await;
    assert!(matches!(failed, Err(Error::Unavailable { .. })));
    assert!(!is_over(&lab, &canopy(), &admin).await);

    revoke(&lab, &canopy(), &admin.refresh_token).await;
    assert!(is_over(&lab, &canopy(), &admin).await);
}
