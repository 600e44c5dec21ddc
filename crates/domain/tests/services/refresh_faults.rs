//! Refreshes at the same time, and refreshes that fail for our reasons.

use std::{sync::Arc, time::Duration};

use domain::{
    Error, Membership,
    model::{ClientChange, ClientKind},
    ports::AccessTokens as _,
    services::ClientCredentials,
};

use crate::{
    lab::{Lab, SignedIn, anonymous, refresh},
    world::Disturbance,
};

/// A client of that kind and a sign-in by it.
async fn signed_in(lab: &Lab, kind: ClientKind) -> (ClientCredentials, SignedIn) {
    let client = lab.client(kind.name(), kind, ClientChange::default()).await;
    let signed_in = lab.sign_in_by(&client, &lab.platform, "admin").await;
    (client, signed_in.unwrap())
}

fn rotations(lab: &Lab, signed_in: &SignedIn) -> (u32, usize) {
    lab.store.edit(|state| {
        let session = &state.sessions[&signed_in.user.session];
        (session.generation, session.rotations.len())
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sec_24_twenty_parallel_refreshes_of_one_token_get_one_successor() {
    for (kind, rotated) in [(ClientKind::Confidential, 0), (ClientKind::Public, 1)] {
        let lab = Lab::new().await;
        let (client, session) = signed_in(&lab, kind).await;
        let processes = [(); 3].map(|()| Arc::new(lab.another_process()));
        for process in &processes {
            process.signing_keys.tend().await.unwrap();
        }

        let refreshes: Vec<_> = (0..20)
            .map(|number| {
                let process: Arc<Membership> = processes[number % processes.len()].clone();
                let request = refresh(&client, &session.refresh_token);
                tokio::spawn(async move {
                    let answer = process.tokens.refresh(&anonymous(), request).await;
                    answer.map(|answer| answer.sign_in.unwrap().refresh_token.unwrap())
                })
            })
            .collect();
        let mut answers = Vec::new();
        for refresh in refreshes {
            answers.push(refresh.await.unwrap().unwrap().expose().clone());
        }

        assert!(answers.iter().all(|it| *it == answers[0]), "{kind:?}");
        let kept = answers[0] == session.refresh_token;
        assert_eq!(kept, kind == ClientKind::Confidential);
        let expected = (u32::try_from(rotated).unwrap(), rotated);
        assert_eq!(rotations(&lab, &session), expected, "{kind:?}");
        assert!(lab.refresh_by(&client, &answers[0]).await.is_ok());
    }
}

#[tokio::test]
async fn sec_25_a_refresh_that_fails_for_our_reasons_uses_nothing_up() {
    for kind in ClientKind::ALL {
        let lab = Lab::new().await;
        let (client, session) = signed_in(&lab, *kind).await;
        let successor = match kind {
            ClientKind::Confidential => 0,
            ClientKind::Public => 1,
        };

        for (call, disturbance) in [
            ("client", Disturbance::FailsBefore),
            ("session", Disturbance::FailsBefore),
            ("refresh", Disturbance::FailsBefore),
            ("refresh", Disturbance::FailsAfter),
        ] {
            let retried = matches!(disturbance, Disturbance::FailsAfter);
            lab.watched.disturb(call, disturbance);
            let failed = lab.refresh_by(&client, &session.refresh_token).await;
            assert!(matches!(failed, Err(Error::Unavailable { .. })), "{call}");
            let stored = if retried { successor } else { 0 };
            assert_eq!(rotations(&lab, &session).0, stored, "{call}");
        }
        lab.clock.advance(Duration::from_hours(5));
        let retried = lab.refresh_by(&client, &session.refresh_token).await;

        let newest = retried.unwrap().refresh_token;
        assert_eq!(rotations(&lab, &session).0, successor);
        assert!(lab.refresh_by(&client, &newest).await.is_ok());
    }
}

#[tokio::test]
async fn sec_25_a_refresh_that_cannot_be_signed_uses_nothing_up() {
    let lab = Lab::new().await;
    let (client, session) = signed_in(&lab, ClientKind::Public).await;

    lab.tokens.install_keys(&[]).unwrap();
    let failed = lab.refresh_by(&client, &session.refresh_token).await;
    assert!(matches!(failed, Err(Error::Unavailable { .. })));
    lab.membership.signing_keys.tend().await.unwrap();

    let retried = lab.refresh_by(&client, &session.refresh_token).await;
    let newest = retried.unwrap().refresh_token;
    assert_eq!(rotations(&lab, &session), (1, 1));
    assert!(lab.refresh_by(&client, &newest).await.is_ok());
}

#[tokio::test]
async fn a_refresh_overtaken_by_the_end_of_its_session_is_refused() {
    for kind in ClientKind::ALL {
        let lab = Lab::new().await;
        let (client, session) = signed_in(&lab, *kind).await;
        let id = session.user.session;
        let end = move |store: &testkit::MemoryStore| {
            store.edit(|state| state.sessions.remove(&id)).unwrap();
        };

        lab.watched
            .disturb("refresh", Disturbance::Preceded(Box::new(end)));
        let refused = lab.refresh_by(&client, &session.refresh_token).await;

        assert!(lab.watched.is_quiet());
        assert!(matches!(refused, Err(Error::BadCredentials)), "{kind:?}");
        assert!(lab.store.edit(|state| state.sessions.is_empty()));
    }
}
