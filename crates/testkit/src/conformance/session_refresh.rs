//! Cases of [`Sessions::refresh`](domain::ports::Sessions::refresh).

use std::{sync::Arc, time::Duration};

use domain::{
    model::{AddressFamily, Session, User},
    ports::Store,
};
use tokio::{sync::oneshot, task::JoinHandle};

use super::{
    scene::{Scene, add, stored, together},
    session_ends::{end_all, end_session},
    sessions::{open, read},
};
use crate::{at, session, user};

pub async fn refresh_stores_the_use_and_nothing_else(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let opened = opened(&store, &anna, 1).await;
    let used = Session {
        generation: 2,
        rotations: [60_000_001, 60_000_000]
            .map(|micros| at(0).plus(Duration::from_micros(micros)))
            .into(),
        last_used_at: at(60),
        idle_expires_at: at(120),
        ..opened.clone()
    };
    let doctored = Session {
        client: "other".parse().unwrap(),
        epoch: 9,
        address_family: Some(AddressFamily::V4),
        agent: Some("other".parse().unwrap()),
        created_at: at(60),
        expires_at: at(9999),
        ..used.clone()
    };

    assert!(store.refresh(&doctored, 0).await.unwrap());

    assert_eq!(read(&store, opened.id).await, Some(used.clone()));
    let forgotten = Session {
        rotations: Vec::new(),
        ..used
    };
    assert!(store.refresh(&forgotten, 2).await.unwrap());
    assert_eq!(read(&store, opened.id).await, Some(forgotten));
}

pub async fn refresh_leaves_the_other_sessions_alone(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let [refreshed, other] = [
        opened(&store, &anna, 1).await,
        opened(&store, &anna, 2).await,
    ];

    assert!(store.refresh(&refreshed.rotated(at(60)), 0).await.unwrap());

    assert_eq!(read(&store, other.id).await, Some(other));
}

pub async fn refresh_needs_the_stored_generation(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let first = opened(&store, &anna, 1).await.rotated(at(60));
    assert!(store.refresh(&first, 0).await.unwrap());
    let second = first.clone().rotated(at(61));

    for from in [0, 2] {
        assert!(!store.refresh(&second, from).await.unwrap());
        assert_eq!(read(&store, first.id).await.as_ref(), Some(&first));
    }
    assert!(store.refresh(&second, 1).await.unwrap());
}

pub async fn refresh_needs_the_sessions_own_user_and_tenant(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = user(&scene.home, "zoe");
    add(&store, &zoe).await;
    let opened = opened(&store, &scene.anna, 1).await;
    let used = opened.clone().rotated(at(60));
    let from_abroad = Session {
        tenant: scene.abroad.id,
        ..used.clone()
    };
    let of_another = Session {
        user: zoe.id,
        ..used.clone()
    };

    for refused in [from_abroad, of_another] {
        assert!(!store.refresh(&refused, 0).await.unwrap());
        assert_eq!(read(&store, opened.id).await.as_ref(), Some(&opened));
    }
    assert!(store.refresh(&used, 0).await.unwrap());
}

pub async fn refresh_makes_no_session(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let ended = opened(&store, &anna, 1).await;
    end_session(&store, &ended).await;
    let never_opened = session(&anna, at(2));

    for absent in [ended, never_opened] {
        assert!(!store.refresh(&absent, 0).await.unwrap());
        assert!(read(&store, absent.id).await.is_none());
    }
}

pub async fn refresh_does_not_revive_a_session_of_a_past_epoch(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let opened = opened(&store, &anna, 1).await;
    assert!(end_all(&store, &anna).await);
    let of_this_epoch = Session {
        epoch: 1,
        ..opened.clone()
    };

    for used in [opened.clone(), of_this_epoch] {
        assert!(!store.refresh(&used.rotated(at(60)), 0).await.unwrap());
        assert_eq!(read(&store, opened.id).await.as_ref(), Some(&opened));
    }
}

pub async fn of_twenty_parallel_refreshes_of_one_generation_one_wins(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let opened = opened(&store, &anna, 1).await;

    let refreshed = together((0..20).map(|second| {
        let (store, used) = (Arc::clone(&store), opened.clone().rotated(at(second)));
        async move { store.refresh(&used, 0).await.unwrap().then_some(used) }
    }))
    .await;

    let winners: Vec<_> = refreshed.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(read(&store, opened.id).await.as_ref(), winners.first());
}

pub async fn parallel_refreshes_that_keep_the_generation_all_count(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let opened = opened(&store, &anna, 1).await;

    let refreshed = together((0..20).map(|_| {
        let (store, used) = (Arc::clone(&store), opened.clone());
        async move { store.refresh(&used, 0).await.unwrap() }
    }))
    .await;

    assert_eq!(refreshed, [true; 20]);
}

pub async fn an_end_during_refreshes_is_final(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    for round in 0..8 {
        let opened = opened(&store, &anna, round).await;

        let refreshing = being_refreshed(&store, &opened).await;
        assert!(end_session(&store, &opened).await);
        let last = refreshing.await.unwrap();

        assert!(read(&store, opened.id).await.is_none());
        assert!(!store.refresh(&last, last.generation).await.unwrap());
    }
}

pub async fn an_end_of_all_during_refreshes_is_final(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    for round in 0..8 {
        let anna = stored(&store, &scene.anna).await;
        let opened = opened(&store, &anna, round).await;

        let refreshing = being_refreshed(&store, &opened).await;
        assert!(end_all(&store, &anna).await);
        let at_the_end = read(&store, opened.id).await;
        let last = refreshing.await.unwrap();

        assert_eq!(at_the_end.as_ref(), Some(&last));
        assert_eq!(read(&store, opened.id).await, at_the_end);
        assert!(!store.refresh(&last, last.generation).await.unwrap());
    }
}

/// Begins to refresh the session again and again, until it is over; gives what it stored last.
async fn being_refreshed(store: &Arc<dyn Store>, opened: &Session) -> JoinHandle<Session> {
    const ENOUGH: u32 = 1000;
    let (store, mut last) = (Arc::clone(store), opened.clone());
    let (begun, begins) = oneshot::channel();
    let refreshing = tokio::spawn(async move {
        let mut begun = Some(begun);
        while last.generation < ENOUGH {
            let next = last.clone().rotated(last.last_used_at);
            if !store.refresh(&next, last.generation).await.unwrap() {
                break;
            }
            last = next;
            begun.take().map(|begun| begun.send(()));
        }
        last
    });
    begins.await.unwrap();
    refreshing
}

async fn opened(store: &Arc<dyn Store>, user: &User, seconds: i64) -> Session {
    let session = session(user, at(seconds));
    assert!(open(store, &session).await);
    session
}
