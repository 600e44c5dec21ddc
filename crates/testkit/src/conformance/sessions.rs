//! Cases of [`Sessions`](domain::ports::Sessions).

use std::{sync::Arc, time::Duration};

use domain::{
    model::{Actor, AuditAction, AuditEvent, Session, Tenant, User},
    ports::Store,
};

use super::scene::{Scene, add, recorded, stored, together};
use crate::{at, audit, digest::Labelled, role, session, user};

pub async fn a_session_survives_with_every_field_and_its_users_standing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = User {
        epoch: 5,
        roles: [role("Support")].into(),
        ..user(&scene.home, "Zoë")
    };
    add(&store, &zoe).await;
    let session = Session {
        generation: u32::MAX,
        last_used_at: at(2),
        idle_expires_at: at(3),
        expires_at: at(4),
        ..session(&zoe, at(1))
    };

    assert!(open(&store, &session).await);

    let standing = store.standing(zoe.tenant, zoe.id).await.unwrap().unwrap();
    let read = store.session(session.id).await.unwrap();
    assert_eq!(read, Some((session.clone(), standing)));
    assert_eq!(
        recorded(&store, &scene.home, AuditAction::SignedIn).await,
        1
    );
}

pub async fn an_unknown_session_is_absent(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let unknown = session(&anna, at(1));

    assert!(store.session(unknown.id).await.unwrap().is_none());
    assert!(!store.touch(&unknown).await.unwrap());
}

pub async fn a_session_shows_that_its_tenant_was_disabled(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let session = session(&scene.anna, at(1));
    open(&store, &session).await;
    let closed = Tenant {
        enabled: false,
        ..scene.home.clone()
    };
    let event = audit(AuditAction::TenantChanged, &scene.anna, at(2));

    store.update_tenant(&closed, &event).await.unwrap();

    let (_, standing) = store.session(session.id).await.unwrap().unwrap();
    assert!(!standing.enabled);
}

pub async fn a_sign_in_that_was_overtaken_opens_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let [in_time, overtaken] = [1, 2].map(|second| session(&scene.anna, at(second)));
    assert!(open(&store, &in_time).await);
    assert!(end_all(&store, &scene.anna).await);

    assert!(!open(&store, &overtaken).await);

    assert!(store.session(overtaken.id).await.unwrap().is_none());
    assert_eq!(
        recorded(&store, &scene.home, AuditAction::SignedIn).await,
        1
    );
}

pub async fn a_session_is_not_opened_for_a_user_of_another_tenant(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let misplaced = Session {
        tenant: scene.abroad.id,
        ..session(&scene.anna, at(1))
    };

    assert!(!open(&store, &misplaced).await);

    assert!(store.session(misplaced.id).await.unwrap().is_none());
    assert!(open(&store, &session(&scene.anna, at(1))).await);
}

pub async fn touch_stores_the_use_and_nothing_else(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let opened = session(&scene.anna, at(1));
    open(&store, &opened).await;
    let touched = Session {
        last_used_at: at(60),
        idle_expires_at: at(120),
        ..opened.clone()
    };
    let doctored = Session {
        client: "other".parse().unwrap(),
        epoch: 9,
        created_at: at(60),
        expires_at: at(9999),
        ..touched.clone()
    };

    assert!(store.touch(&doctored).await.unwrap());

    let (stored, _) = store.session(opened.id).await.unwrap().unwrap();
    assert_eq!(stored, touched);
}

pub async fn touch_needs_the_stored_generation_and_tenant(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let opened = session(&scene.anna, at(1));
    open(&store, &opened).await;
    let used = Session {
        last_used_at: at(60),
        ..opened.clone()
    };
    let of_other_generation = Session {
        generation: 1,
        ..used.clone()
    };
    let from_abroad = Session {
        tenant: scene.abroad.id,
        ..used.clone()
    };

    for refused in [of_other_generation, from_abroad] {
        assert!(!store.touch(&refused).await.unwrap());
        let (stored, _) = store.session(opened.id).await.unwrap().unwrap();
        assert_eq!(stored, opened);
    }
    assert!(store.touch(&used).await.unwrap());
}

pub async fn touch_does_not_revive_an_ended_session(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let opened = session(&scene.anna, at(1));
    open(&store, &opened).await;
    assert!(end_all(&store, &scene.anna).await);
    let used = Session {
        last_used_at: at(60),
        ..opened.clone()
    };

    assert!(!store.touch(&used).await.unwrap());

    let (stored, standing) = store.session(opened.id).await.unwrap().unwrap();
    assert_eq!(stored, opened);
    assert_ne!(stored.epoch, standing.epoch);
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

    let ended = store.end_all(scene.abroad.id, scene.anna.id, &event).await;

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
        async move { store.end_all(anna.tenant, anna.id, &event).await.unwrap() }
    }))
    .await;

    assert_eq!(stored(&store, &anna).await.epoch, 8);
}

pub async fn purge_takes_what_is_over_by_time_or_epoch(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let out = session(&scene.bert, at(1));
    open(&store, &out).await;
    let event = audit(AuditAction::SessionsEnded, &scene.bert, at(2));
    assert!(store.end_all(out.tenant, out.user, &event).await.unwrap());
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
    assert!(store.session(out.id).await.unwrap().is_none());
    assert_eq!(store.purge_sessions(at(100), 10).await.unwrap(), 2);
    for (session, stays) in [(live, true), (idle, false), (old, false)] {
        let read = store.session(session.id).await.unwrap();
        assert_eq!(read.is_some(), stays);
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

async fn open(store: &Arc<dyn Store>, session: &Session) -> bool {
    let entropy = Labelled(session.id.to_string());
    let actor = Actor::operator("test");
    let event = AuditEvent::new(session.created_at, &entropy, &actor, AuditAction::SignedIn)
        .about(session.tenant, session.user);
    store.open(session, &event).await.unwrap()
}

async fn end_all(store: &Arc<dyn Store>, user: &User) -> bool {
    let event = audit(AuditAction::SessionsEnded, user, at(1));
    store.end_all(user.tenant, user.id, &event).await.unwrap()
}
