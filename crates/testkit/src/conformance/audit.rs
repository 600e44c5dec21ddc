//! Cases of [`Audit`](domain::ports::Audit).

use std::sync::Arc;

use domain::{
    model::{AuditAction, AuditEvent},
    ports::Store,
};

use super::scene::Scene;
use crate::{at, audit};

pub async fn an_event_survives_with_every_field(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let sources = [None, Some("192.0.2.1"), Some("2001:db8::1")];
    let details = [None, Some("Zoë 🔑 'quoted\"")];

    for (index, action) in AuditAction::ALL.iter().enumerate() {
        let event = AuditEvent {
            source: sources[index % 3].map(|it| it.parse().unwrap()),
            user: (index % 2 == 0).then_some(scene.anna.id),
            detail: details[index % 2].map(str::to_owned),
            ..audit(*action, &scene.anna, at(1 + i64::try_from(index).unwrap()))
        };
        store.append(&event).await.unwrap();

        assert_eq!(
            store.in_tenant(scene.home.id, 1).await.unwrap(),
            [event],
            "{action:?}"
        );
    }
}

pub async fn the_newest_come_first_up_to_the_limit(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    for seconds in [30, 10, 20] {
        let event = audit(AuditAction::SignedIn, &scene.anna, at(seconds));
        store.append(&event).await.unwrap();
    }

    let newest = store.in_tenant(scene.home.id, 2).await.unwrap();

    let times: Vec<_> = newest.iter().map(|it| it.at).collect();
    assert_eq!(times, [at(30), at(20)]);
}

pub async fn another_tenant_sees_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let event = audit(AuditAction::SignedIn, &scene.anna, at(1));
    store.append(&event).await.unwrap();

    let home = store.in_tenant(scene.home.id, 100).await.unwrap();
    let abroad = store.in_tenant(scene.abroad.id, 100).await.unwrap();

    assert!(home.contains(&event));
    assert!(!abroad.is_empty());
    assert!(abroad.iter().all(|it| it.tenant == Some(scene.abroad.id)));
}

pub async fn an_event_of_no_tenant_is_in_no_tenants_list(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let event = AuditEvent {
        tenant: None,
        user: None,
        ..audit(AuditAction::SignInRefused, &scene.anna, at(1))
    };

    store.append(&event).await.unwrap();

    let home = store.in_tenant(scene.home.id, 100).await.unwrap();
    assert!(!home.is_empty());
    assert!(!home.contains(&event));
}
