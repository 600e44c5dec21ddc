//! Cases of [`Sessions`](domain::ports::Sessions): their ends.

use std::{sync::Arc, time::Duration};

use domain::{
    model::{AuditAction, Session, User},
    ports::Store,
};

use super::{
    scene::{Scene, add, event, recorded, stored, together},
    sessions::{open, read},
};
use crate::{at, audit, session, user};

pub async fn an_ended_session_is_gone_and_the_others_stay(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let [ended, other] = [1, 2].map(|second| session(&anna, at(second)));
    for session in [&ended, &other] {
        open(&store, session).await;
    }

    assert!(end_session(&store, &ended).await);

    assert!(read(&store, ended.id).await.is_none());
    assert_eq!(read(&store, other.id).await, Some(other));
    assert_eq!(recorded(&store, &home, AuditAction::SessionEnded).await, 1);
    assert!(!end_session(&store, &ended).await);
    assert_eq!(recorded(&store, &home, AuditAction::SessionEnded).await, 1);
}

pub async fn a_session_is_ended_for_its_own_user_at_home_alone(store: Arc<dyn Store>) {
    let Scene {
        home, abroad, anna, ..
    } = Scene::set(&store).await;
    let zoe = user(&home, "zoe");
    add(&store, &zoe).await;
    let opened = session(&anna, at(1));
    open(&store, &opened).await;

    for (tenant, user) in [(abroad.id, anna.id), (home.id, zoe.id)] {
        let event = audit(AuditAction::SessionEnded, &anna, at(2));
        let ended = store.end_session(tenant, user, opened.id, &event).await;
        assert!(!ended.unwrap());
        assert_eq!(read(&store, opened.id).await.as_ref(), Some(&opened));
        assert_eq!(recorded(&store, &home, AuditAction::SessionEnded).await, 0);
    }
    assert!(end_session(&store, &opened).await);
}

pub async fn a_session_of_a_past_epoch_is_ended_once_more(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let opened = session(&anna, at(1));
    open(&store, &opened).await;
    assert!(end_all(&store, &anna).await);

    assert!(end_session(&store, &opened).await);

    assert!(read(&store, opened.id).await.is_none());
    assert_eq!(recorded(&store, &home, AuditAction::SessionEnded).await, 1);
}

pub async fn of_parallel_ends_of_one_session_one_counts(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let opened = session(&anna, at(1));
    open(&store, &opened).await;

    let ended = together((0..8).map(|second| {
        let store = Arc::clone(&store);
        let event = audit(AuditAction::SessionEnded, &anna, at(second));
        let (tenant, user, id) = (opened.tenant, opened.user, opened.id);
        async move { store.end_session(tenant, user, id, &event).await.unwrap() }
    }))
    .await;

    assert_eq!(ended.iter().filter(|it| **it).count(), 1);
    assert_eq!(recorded(&store, &home, AuditAction::SessionEnded).await, 1);
}

pub async fn ending_all_sessions_moves_the_epoch_on_and_is_recorded(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;

    assert!(end_all(&store, &scene.anna).await);

    let ended = User {
        epoch: scene.anna.epoch + 1,
        version: scene.anna.version + 1,
        ..scene.anna.clone()
    };
    assert!(stored(&store, &scene.anna).await == ended);
    assert!(stored(&store, &scene.bert).await == scene.bert);
    let ends = recorded(&store, &scene.home, AuditAction::SessionsEnded).await;
    assert_eq!(ends, 1);
}

pub async fn sessions_are_not_ended_from_abroad(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let event = audit(AuditAction::SessionsEnded, &scene.anna, at(1));

    let ended = store
        .end_all(scene.abroad.id, scene.anna.id, &event.into())
        .await;

    assert!(!ended.unwrap());
    assert!(stored(&store, &scene.anna).await == scene.anna);
    let ends = recorded(&store, &scene.home, AuditAction::SessionsEnded).await;
    assert_eq!(ends, 0);
    assert!(end_all(&store, &scene.anna).await);
}

pub async fn every_one_of_parallel_ends_counts(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;

    together((0..8).map(|second| {
        let (store, anna) = (Arc::clone(&store), anna.clone());
        let event = audit(AuditAction::SessionsEnded, &anna, at(second));
        async move {
            store
                .end_all(anna.tenant, anna.id, &event.into())
                .await
                .unwrap()
        }
    }))
    .await;

    assert_eq!(stored(&store, &anna).await.epoch, 8);
}

pub async fn purge_takes_what_is_over_by_time_or_epoch(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let out = session(&scene.bert, at(1));
    open(&store, &out).await;
    let event = audit(AuditAction::SessionsEnded, &scene.bert, at(2));
    assert!(
        store
            .end_all(out.tenant, out.user, &event.into())
            .await
            .unwrap()
    );
    let live = session(&scene.anna, at(1));
    let idle = Session {
        idle_expires_at: at(100),
        ..session(&scene.anna, at(2))
    };
    let old = Session {
        expires_at: at(100),
        ..session(&scene.anna, at(3))
    };
    for session in [&live, &idle, &old] {
        assert!(open(&store, session).await);
    }

    let just_before = at(100).minus(Duration::from_micros(1));
    assert_eq!(store.purge_sessions(just_before, 10).await.unwrap(), 1);
    assert!(read(&store, out.id).await.is_none());
    assert_eq!(store.purge_sessions(at(100), 10).await.unwrap(), 2);
    for (session, stays) in [(live, true), (idle, false), (old, false)] {
        assert_eq!(read(&store, session.id).await.is_some(), stays);
    }
}

pub async fn purge_stops_at_its_limit(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    for second in 0..3 {
        open(&store, &session(&anna, at(second))).await;
    }
    let long_after = at(0).plus(Duration::from_hours(24 * 365));

    for purged in [2, 1, 0] {
        let count = store.purge_sessions(long_after, 2).await.unwrap();
        assert_eq!(count, purged);
    }
}

/// Whether there was one.
pub(super) async fn end_session(store: &Arc<dyn Store>, session: &Session) -> bool {
    let (tenant, user, id) = (session.tenant, session.user, session.id);
    let event = event(&id.to_string(), AuditAction::SessionEnded, tenant, user);
    store.end_session(tenant, user, id, &event).await.unwrap()
}

/// Whether there is such a user.
pub(super) async fn end_all(store: &Arc<dyn Store>, user: &User) -> bool {
    let label = format!("{} in epoch {}", user.id, user.epoch);
    let event = event(&label, AuditAction::SessionsEnded, user.tenant, user.id);
    store
        .end_all(user.tenant, user.id, &event.into())
        .await
        .unwrap()
}
