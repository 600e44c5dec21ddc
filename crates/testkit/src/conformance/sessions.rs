//! Cases of [`Sessions`](domain::ports::Sessions): what is opened and read.

use std::{sync::Arc, time::Duration};

use domain::{
    model::{
        AddressFamily, AuditAction, Client, Session, SessionId, Standing, Success, Tenant, User,
    },
    ports::Store,
};

use super::{
    clients,
    scene::{Scene, add, event, recorded},
    session_ends::{end_all, end_session},
};
use crate::{at, audit, role, session, user};

pub async fn a_session_survives_with_every_field(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let rotations =
        [3_000_001, 3_000_000, 17].map(|micros| at(0).plus(Duration::from_micros(micros)));
    let kept = session(&anna, at(1));
    let rotated = Session {
        generation: u32::MAX,
        rotations: rotations.into(),
        address_family: Some(AddressFamily::V6),
        agent: Some("O'Neil's \"app\"/1.0 ~".parse().unwrap()),
        last_used_at: rotations[0],
        idle_expires_at: at(3),
        expires_at: at(4),
        ..session(&anna, at(2))
    };
    let from_ipv4 = Session {
        address_family: Some(AddressFamily::V4),
        ..session(&anna, at(3))
    };

    for session in [kept, rotated, from_ipv4] {
        assert!(open(&store, &session).await);

        assert_eq!(read(&store, session.id).await, Some(session));
    }
}

pub async fn a_session_comes_with_the_standing_of_its_user(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = User {
        epoch: 5,
        roles: [role("Support"), role("Sales")].into(),
        ..user(&scene.home, "Zoë")
    };
    add(&store, &zoe).await;
    let opened = session(&zoe, at(1));
    assert!(open(&store, &opened).await);

    let (_, standing) = store.session(opened.id).await.unwrap().unwrap();

    let expected = Standing {
        tenant: zoe.tenant,
        user: zoe.id,
        username: zoe.username,
        roles: zoe.roles,
        enabled: true,
        epoch: 5,
    };
    assert_eq!(standing, expected);
    let signed_in = recorded(&store, &scene.home, AuditAction::SignedIn).await;
    assert_eq!(signed_in, 1);
}

pub async fn an_unknown_session_is_absent(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let [known, unknown] = [1, 2].map(|second| session(&anna, at(second)));
    open(&store, &known).await;

    assert!(read(&store, unknown.id).await.is_none());
}

pub async fn a_session_shows_that_its_user_is_disabled(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let disabled = User {
        enabled: false,
        ..user(&scene.home, "disabled")
    };
    add(&store, &disabled).await;
    let [enabled, disabled] = [&scene.anna, &disabled].map(|user| session(user, at(1)));
    for session in [&enabled, &disabled] {
        assert!(open(&store, session).await);
    }

    assert!(is_enabled(&store, &enabled).await);
    assert!(!is_enabled(&store, &disabled).await);
}

pub async fn a_session_shows_that_its_tenant_is_disabled(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let [home, abroad] = [&scene.anna, &scene.bert].map(|user| session(user, at(1)));
    for session in [&home, &abroad] {
        open(&store, session).await;
    }
    let closed = Tenant {
        enabled: false,
        ..scene.home
    };
    let event = audit(AuditAction::TenantChanged, &scene.anna, at(2));
    store.update_tenant(&closed, &event).await.unwrap();

    assert!(!is_enabled(&store, &home).await);
    assert!(is_enabled(&store, &abroad).await);
}

pub async fn a_session_shows_that_its_client_is_disabled(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let app = clients::added(&store, &anna, "app").await;
    let [of_web, of_app] = of_web_and(&store, &app, &anna).await;
    let disabled = Client {
        enabled: false,
        ..app
    };
    let event = audit(AuditAction::ClientChanged, &anna, at(5));
    store.update_client(&disabled, &event).await.unwrap();

    assert!(is_enabled(&store, &of_web).await);
    assert!(!is_enabled(&store, &of_app).await);
}

pub async fn the_sessions_of_a_deleted_client_are_over(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let app = clients::added(&store, &anna, "app").await;
    let [of_web, of_app] = of_web_and(&store, &app, &anna).await;
    let event = audit(AuditAction::ClientDeleted, &anna, at(5));
    assert!(store.delete_client(&app.id, &event).await.unwrap());

    assert!(read(&store, of_app.id).await.is_none());
    assert_eq!(list(&store, &anna, 10).await, [of_web]);
    assert!(!store.refresh(&of_app, 0).await.unwrap());
}

pub async fn a_sign_in_that_was_overtaken_opens_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let [in_time, overtaken] = [1, 2].map(|second| session(&scene.anna, at(second)));
    assert!(open(&store, &in_time).await);
    assert!(end_all(&store, &scene.anna).await);

    assert!(!open(&store, &overtaken).await);

    assert!(read(&store, overtaken.id).await.is_none());
    let signed_in = recorded(&store, &scene.home, AuditAction::SignedIn).await;
    assert_eq!(signed_in, 1);
}

pub async fn a_session_is_not_opened_for_a_user_of_another_tenant(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let misplaced = Session {
        tenant: scene.abroad.id,
        ..session(&scene.anna, at(1))
    };

    assert!(!open(&store, &misplaced).await);

    assert!(read(&store, misplaced.id).await.is_none());
    assert!(open(&store, &session(&scene.anna, at(1))).await);
}

pub async fn sessions_are_listed_last_used_first_up_to_the_limit(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let used = |opened, last_used| Session {
        last_used_at: at(last_used),
        ..session(&anna, at(opened))
    };
    let [first, second, third] = [used(1, 50), used(2, 40), used(3, 60)];
    for session in [&first, &second, &third] {
        open(&store, session).await;
    }

    let all = [third, first, second];
    assert_eq!(list(&store, &anna, 3).await, all);
    assert_eq!(list(&store, &anna, 2).await, all[..2]);
}

pub async fn a_session_is_listed_until_it_is_over(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let live = session(&anna, at(1));
    let idle = Session {
        idle_expires_at: at(100),
        ..session(&anna, at(2))
    };
    let old = Session {
        expires_at: at(100),
        ..session(&anna, at(3))
    };
    let ended = session(&anna, at(4));
    for session in [&live, &idle, &old, &ended] {
        open(&store, session).await;
    }
    end_session(&store, &ended).await;

    assert_eq!(list(&store, &anna, 10).await, [old, idle, live.clone()]);
    assert_eq!(list_at(&store, &anna, 100).await, [live]);
    assert!(end_all(&store, &anna).await);
    assert!(list(&store, &anna, 10).await.is_empty());
}

pub async fn only_the_users_own_sessions_are_listed_and_only_at_home(store: Arc<dyn Store>) {
    let Scene {
        home,
        abroad,
        anna,
        bert,
    } = Scene::set(&store).await;
    let zoe = user(&home, "zoe");
    add(&store, &zoe).await;
    for user in [&anna, &bert, &zoe] {
        open(&store, &session(user, at(1))).await;
    }

    assert_eq!(list(&store, &anna, 10).await, [session(&anna, at(1))]);
    let from_abroad = store.sessions_of(abroad.id, anna.id, at(9), 10).await;
    assert!(from_abroad.unwrap().is_empty());
}

async fn of_web_and(store: &Arc<dyn Store>, client: &Client, user: &User) -> [Session; 2] {
    let of_web = session(user, at(3));
    let of_client = Session {
        client: client.id.clone(),
        ..session(user, at(4))
    };
    for session in [&of_web, &of_client] {
        assert!(open(store, session).await);
        assert!(is_enabled(store, session).await);
    }
    [of_web, of_client]
}

async fn is_enabled(store: &Arc<dyn Store>, session: &Session) -> bool {
    let (_, standing) = store.session(session.id).await.unwrap().unwrap();
    standing.enabled
}

async fn list(store: &Arc<dyn Store>, user: &User, limit: u32) -> Vec<Session> {
    let listed = store.sessions_of(user.tenant, user.id, at(99), limit);
    listed.await.unwrap()
}

async fn list_at(store: &Arc<dyn Store>, user: &User, seconds: i64) -> Vec<Session> {
    let listed = store.sessions_of(user.tenant, user.id, at(seconds), 10);
    listed.await.unwrap()
}

/// The session as stored now, over or not.
pub(super) async fn read(store: &Arc<dyn Store>, id: SessionId) -> Option<Session> {
    let read = store.session(id).await.unwrap();
    read.map(|(session, _)| session)
}

/// Whether it could be opened.
pub(super) async fn open(store: &Arc<dyn Store>, session: &Session) -> bool {
    let label = session.id.to_string();
    let event = event(&label, AuditAction::SignedIn, session.tenant, session.user);
    store
        .open(session, &event, &Success::default())
        .await
        .unwrap()
}
