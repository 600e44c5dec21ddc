//! Cases of [`Tenants`](domain::ports::Tenants).

use std::sync::Arc;

use domain::{
    Error,
    model::{AuditAction, AuditEvent, AuditEventId, Tenant},
    ports::{RoleChange, Store},
};

use super::scene::{Scene, add, recorded, stored, stored_token, together, waiting};
use crate::{at, audit, conflict, digest::Labelled, effects, tenant, user};

pub async fn a_tenant_survives_with_every_field(store: Arc<dyn Store>) {
    let tenant = Tenant {
        name: "Zoë & Söhne 🔑".to_owned(),
        enabled: false,
        database_id: "база-1".to_owned(),
        region: "east-us".to_owned(),
        deployment_id: i32::MIN,
        min_password_length: Some(24),
        version: 3,
        created_at: at(5),
        ..tenant("a.b_c-9")
    };
    let created = audit(AuditAction::TenantCreated, &user(&tenant, "x"), at(5));

    store.add_tenant(&tenant, &created).await.unwrap();

    let by_name = store.tenant_by_short_name(&tenant.short_name).await;
    assert_eq!(by_name.unwrap().as_ref(), Some(&tenant));
    let by_id = store.tenant(tenant.id).await.unwrap();
    assert_eq!(by_id.as_ref(), Some(&tenant));
    assert!(store.all_tenants().await.unwrap().contains(&tenant));
    assert_eq!(store.in_tenant(tenant.id, 10).await.unwrap(), [created]);
}

pub async fn unknown_tenants_are_absent(store: Arc<dyn Store>) {
    Scene::set(&store).await;
    let unknown = tenant("unknown");

    assert!(store.tenant(unknown.id).await.unwrap().is_none());
    let by_name = store.tenant_by_short_name(&unknown.short_name).await;
    assert!(by_name.unwrap().is_none());
}

pub async fn all_are_listed_by_short_name(store: Arc<dyn Store>) {
    for name in ["b", "a-", "a.", "a", "a1", "aa", "a_"] {
        let tenant = tenant(name);
        let created = audit(AuditAction::TenantCreated, &user(&tenant, "x"), at(0));
        store.add_tenant(&tenant, &created).await.unwrap();
    }

    let tenants = store.all_tenants().await.unwrap();

    let names: Vec<_> = tenants.iter().map(|it| it.short_name.as_str()).collect();
    assert_eq!(names, ["a", "a-", "a.", "a1", "a_", "aa", "b"]);
}

pub async fn a_taken_short_name_is_a_conflict_and_stores_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let second = Tenant {
        short_name: scene.home.short_name.clone(),
        ..tenant("second")
    };
    let created = audit(AuditAction::TenantCreated, &user(&second, "x"), at(1));

    let added = store.add_tenant(&second, &created).await;

    assert!(matches!(added, Err(Error::Conflict(conflict::SHORT_NAME))));
    assert!(store.tenant(second.id).await.unwrap().is_none());
    assert!(store.in_tenant(second.id, 10).await.unwrap().is_empty());
}

pub async fn two_parallel_adds_of_one_short_name_make_one_tenant(store: Arc<dyn Store>) {
    let added = together(["one", "other"].map(|name| {
        let store = Arc::clone(&store);
        let tenant = Tenant {
            short_name: "wanted".parse().unwrap(),
            ..tenant(name)
        };
        let created = audit(AuditAction::TenantCreated, &user(&tenant, "x"), at(0));
        async move { store.add_tenant(&tenant, &created).await }
    }))
    .await;

    assert_eq!(added.iter().filter(|it| it.is_ok()).count(), 1);
    let lost = |it: &_| matches!(it, Err(Error::Conflict(conflict::SHORT_NAME)));
    assert!(added.iter().any(lost));
    assert_eq!(store.all_tenants().await.unwrap().len(), 1);
}

pub async fn an_update_replaces_the_tenant_and_counts_a_version(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let changed = Tenant {
        name: "Neu".to_owned(),
        short_name: "neu".parse().unwrap(),
        enabled: false,
        database_id: "other".to_owned(),
        region: "east-us".to_owned(),
        deployment_id: 7,
        min_password_length: Some(20),
        ..scene.home.clone()
    };
    let event = audit(AuditAction::TenantChanged, &scene.anna, at(1));

    store.update_tenant(&changed, &event).await.unwrap();

    let read = store.tenant(scene.home.id).await.unwrap();
    let next = Tenant {
        version: changed.version + 1,
        ..changed
    };
    assert_eq!(read, Some(next));
    assert!(
        store
            .in_tenant(scene.home.id, 10)
            .await
            .unwrap()
            .contains(&event)
    );
    let other = store.tenant(scene.abroad.id).await.unwrap();
    assert_eq!(other, Some(scene.abroad));
}

pub async fn an_update_that_keeps_the_short_name_is_no_conflict(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let event = audit(AuditAction::TenantChanged, &scene.anna, at(1));

    assert!(store.update_tenant(&scene.home, &event).await.is_ok());
}

pub async fn an_update_of_what_changed_since_is_stale_and_stores_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let update = async |name: &str, seconds| {
        let changed = Tenant {
            name: name.to_owned(),
            ..scene.home.clone()
        };
        let event = audit(AuditAction::TenantChanged, &scene.anna, at(seconds));
        store.update_tenant(&changed, &event).await
    };
    update("first", 1).await.unwrap();

    assert!(matches!(update("second", 2).await, Err(Error::Stale)));

    let read = store.tenant(scene.home.id).await.unwrap().unwrap();
    assert_eq!((read.name.as_str(), read.version), ("first", 1));
    let recorded = recorded(&store, &scene.home, AuditAction::TenantChanged).await;
    assert_eq!(recorded, 1);
}

pub async fn an_update_of_a_tenant_that_is_gone_is_stale(store: Arc<dyn Store>) {
    let gone = tenant("gone");
    let event = audit(AuditAction::TenantChanged, &user(&gone, "x"), at(0));

    let updated = store.update_tenant(&gone, &event).await;

    assert!(matches!(updated, Err(Error::Stale)));
    assert_eq!(recorded(&store, &gone, AuditAction::TenantChanged).await, 0);
}

pub async fn an_update_to_a_taken_short_name_is_a_conflict_and_stores_nothing(
    store: Arc<dyn Store>,
) {
    let scene = Scene::set(&store).await;
    let changed = Tenant {
        short_name: scene.abroad.short_name.clone(),
        ..scene.home.clone()
    };
    let event = audit(AuditAction::TenantChanged, &scene.anna, at(1));

    let updated = store.update_tenant(&changed, &event).await;

    assert!(matches!(
        updated,
        Err(Error::Conflict(conflict::SHORT_NAME))
    ));
    assert_eq!(
        store.tenant(scene.home.id).await.unwrap(),
        Some(scene.home.clone())
    );
    let recorded = recorded(&store, &scene.home, AuditAction::TenantChanged).await;
    assert_eq!(recorded, 0);
}

pub async fn of_parallel_updates_one_wins_and_the_others_are_stale(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;

    let updated = together((1..=8).map(|number| {
        let store = Arc::clone(&store);
        let changed = Tenant {
            deployment_id: number,
            ..scene.home.clone()
        };
        let event = audit(AuditAction::TenantChanged, &scene.anna, at(number.into()));
        async move { store.update_tenant(&changed, &event).await }
    }))
    .await;

    let stale = |it: &&_| matches!(it, Err(Error::Stale));
    assert_eq!(updated.iter().filter(|it| it.is_ok()).count(), 1);
    assert_eq!(updated.iter().filter(stale).count(), 7);
    let recorded = recorded(&store, &scene.home, AuditAction::TenantChanged).await;
    assert_eq!(recorded, 1);
}

pub async fn a_deleted_tenant_is_gone_and_its_audit_stays(store: Arc<dyn Store>) {
    Scene::set(&store).await;
    let short_lived = tenant("short-lived");
    let nobody = user(&short_lived, "x");
    let created = audit(AuditAction::TenantCreated, &nobody, at(1));
    let deleted = audit(AuditAction::TenantDeleted, &nobody, at(2));
    store.add_tenant(&short_lived, &created).await.unwrap();

    assert!(store.delete_tenant(short_lived.id, &deleted).await.unwrap());

    assert!(store.tenant(short_lived.id).await.unwrap().is_none());
    let events = store.in_tenant(short_lived.id, 10).await.unwrap();
    assert_eq!(events, [deleted, created]);
}

pub async fn deleting_what_is_not_there_stores_nothing(store: Arc<dyn Store>) {
    let unknown = tenant("unknown");
    let deleted = audit(AuditAction::TenantDeleted, &user(&unknown, "x"), at(0));

    assert!(!store.delete_tenant(unknown.id, &deleted).await.unwrap());

    assert!(store.in_tenant(unknown.id, 10).await.unwrap().is_empty());
}

pub async fn a_tenant_with_users_is_not_deleted(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let deleted = audit(AuditAction::TenantDeleted, &scene.anna, at(1));

    let outcome = store.delete_tenant(scene.home.id, &deleted).await;

    assert!(matches!(outcome, Err(Error::Conflict(conflict::HAS_USERS))));
    assert!(store.tenant(scene.home.id).await.unwrap().is_some());
    assert!(stored(&store, &scene.anna).await == scene.anna);
    let deletions = recorded(&store, &scene.home, AuditAction::TenantDeleted).await;
    assert_eq!(deletions, 0);
}

pub async fn a_tenant_does_not_vanish_under_a_new_user(store: Arc<dyn Store>) {
    for round in 0..8 {
        let tenant = tenant(&format!("round-{round}"));
        let anna = user(&tenant, "anna");
        let created = audit(AuditAction::TenantCreated, &anna, at(0));
        store.add_tenant(&tenant, &created).await.unwrap();

        let deleted = {
            let (store, event) = (
                Arc::clone(&store),
                audit(AuditAction::TenantDeleted, &anna, at(1)),
            );
            tokio::spawn(async move { store.delete_tenant(tenant.id, &event).await })
        };
        let effects = effects(AuditAction::UserRegistered, &anna, at(1), []);
        let added = store.add_user(&anna, &effects).await;

        match (deleted.await.unwrap(), added) {
            (Ok(true), Err(Error::NotFound("tenant")))
            | (Err(Error::Conflict(conflict::HAS_USERS)), Ok(())) => {}
            (deleted, added) => panic!("{deleted:?} and {added:?}"),
        }
    }
}

pub async fn initialization_stores_everything(store: Arc<dyn Store>) {
    let mut founding = crate::founding();
    let invitation = crate::mailing(
        &founding.administrator,
        domain::model::MailKind::Invitation,
        at(0),
    );
    founding.mail = vec![invitation.clone()];
    founding.administrator.password = None;
    assert!(!store.is_initialized().await.unwrap());

    assert!(store.initialize(&founding).await.unwrap());

    assert!(store.is_initialized().await.unwrap());
    let tenant = founding.tenant;
    assert_eq!(
        store.tenant(tenant.id).await.unwrap().as_ref(),
        Some(&tenant)
    );
    assert!(stored(&store, &founding.administrator).await == founding.administrator);
    assert!(store.client(&founding.client.id).await.unwrap() == Some(founding.client));
    assert_eq!(
        store.in_tenant(tenant.id, 10).await.unwrap(),
        [founding.audit]
    );
    assert_eq!(waiting(&store).await, [invitation.order]);
    let token = invitation.token.unwrap();
    assert_eq!(stored_token(&store, &token).await, Some(token));
}

pub async fn a_second_initialization_stores_nothing(store: Arc<dyn Store>) {
    assert!(store.initialize(&other_founding("first")).await.unwrap());
    let second = other_founding("second");

    assert!(!store.initialize(&second).await.unwrap());

    assert_eq!(store.all_tenants().await.unwrap().len(), 1);
    assert!(store.client(&second.client.id).await.unwrap().is_none());
    assert!(
        store
            .in_tenant(second.tenant.id, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

pub async fn a_tenant_like_any_other_does_not_initialize(store: Arc<dyn Store>) {
    let tenant = tenant("acme");
    let anna = user(&tenant, "anna");
    let created = audit(AuditAction::TenantCreated, &anna, at(0));
    store.add_tenant(&tenant, &created).await.unwrap();
    add(&store, &anna).await;

    assert!(!store.is_initialized().await.unwrap());
    assert!(store.initialize(&crate::founding()).await.unwrap());
}

pub async fn an_instance_that_lost_its_administrators_is_not_initialized_again(
    store: Arc<dyn Store>,
) {
    let founding = crate::founding();
    assert!(store.initialize(&founding).await.unwrap());
    let administrator = &founding.administrator;
    for role in &administrator.roles {
        let event = audit(AuditAction::RoleRevoked, administrator, at(1));
        let event = AuditEvent {
            id: AuditEventId::ordered(at(1), &Labelled(role.to_string())),
            ..event
        };
        let (tenant, user) = (administrator.tenant, administrator.id);
        let revoked = store.revoke(tenant, user, role, false, &event).await;
        assert_eq!(revoked.unwrap(), RoleChange::Done);
    }

    let second = other_founding("second");

    assert!(store.is_initialized().await.unwrap());
    assert!(!store.initialize(&second).await.unwrap());
    assert_eq!(store.all_tenants().await.unwrap(), [founding.tenant]);
    assert!(store.client(&second.client.id).await.unwrap().is_none());
}

pub async fn of_parallel_initializations_one_wins(store: Arc<dyn Store>) {
    let initialized = together((0..8).map(|number| {
        let store = Arc::clone(&store);
        let founding = other_founding(&number.to_string());
        async move { store.initialize(&founding).await.unwrap() }
    }))
    .await;

    assert_eq!(initialized.iter().filter(|it| **it).count(), 1);
    assert_eq!(store.all_tenants().await.unwrap().len(), 1);
}

/// A founding that shares no name with another's.
fn other_founding(name: &str) -> domain::model::Founding {
    let tenant = Tenant {
        platform: true,
        ..tenant(name)
    };
    let administrator = user(&tenant, name);
    domain::model::Founding {
        audit: audit(AuditAction::Initialized, &administrator, at(0)),
        client: crate::client(name),
        mail: Vec::new(),
        tenant,
        administrator,
    }
}
