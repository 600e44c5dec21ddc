//! Cases of [`Roles`](domain::ports::Roles).

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use domain::{
    model::{AuditAction, RoleName, TenantId, Timestamp, User},
    ports::{RoleChange, Store},
};

use super::scene::{Scene, add, recorded, stored, together};
use crate::{at, audit, role, user};

pub async fn a_role_is_held_from_grant_to_revocation(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let [support, sales] = ["Support", "Sales"].map(role);

    for granted in [&support, &sales] {
        let change = grant(&store, scene.home.id, &scene.anna, granted).await;
        assert_eq!(change, RoleChange::Done);
    }
    let both = BTreeSet::from([support.clone(), sales.clone()]);
    assert_eq!(stored(&store, &scene.anna).await.roles, both);

    let change = revoke(&store, scene.home.id, &scene.anna, &support, false).await;
    assert_eq!(change, RoleChange::Done);
    let roles = stored(&store, &scene.anna).await.roles;
    assert_eq!(roles, BTreeSet::from([sales]));
}

pub async fn a_change_of_roles_is_recorded_once(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let support = role("Support");

    for change in [RoleChange::Done, RoleChange::Unchanged] {
        assert_eq!(grant(&store, home.id, &anna, &support).await, change);
        assert_eq!(recorded(&store, &home, AuditAction::RoleGranted).await, 1);
    }
    for change in [RoleChange::Done, RoleChange::Unchanged] {
        assert_eq!(
            revoke(&store, home.id, &anna, &support, false).await,
            change
        );
        assert_eq!(recorded(&store, &home, AuditAction::RoleRevoked).await, 1);
    }
}

pub async fn nothing_is_granted_or_revoked_from_abroad(store: Arc<dyn Store>) {
    let Scene {
        home, abroad, anna, ..
    } = Scene::set(&store).await;
    let support = role("Support");

    let granted = grant(&store, abroad.id, &anna, &support).await;
    assert_eq!(granted, RoleChange::NoSuchUser);
    assert!(stored(&store, &anna).await.roles.is_empty());
    assert_eq!(recorded(&store, &home, AuditAction::RoleGranted).await, 0);

    assert_eq!(
        grant(&store, home.id, &anna, &support).await,
        RoleChange::Done
    );
    let revoked = revoke(&store, abroad.id, &anna, &support, false).await;
    assert_eq!(revoked, RoleChange::NoSuchUser);
    assert!(stored(&store, &anna).await.roles.contains(&support));
    assert_eq!(recorded(&store, &home, AuditAction::RoleRevoked).await, 0);
}

pub async fn an_unknown_user_is_said_to_be_none(store: Arc<dyn Store>) {
    let home = Scene::set(&store).await.home;
    let (nobody, support) = (user(&home, "nobody"), role("Support"));

    let granted = grant(&store, home.id, &nobody, &support).await;
    let revoked = revoke(&store, home.id, &nobody, &support, true).await;

    assert_eq!([granted, revoked], [RoleChange::NoSuchUser; 2]);
}

pub async fn roles_are_compared_exactly(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    grant(&store, home.id, &anna, &role("Support")).await;

    let change = revoke(&store, home.id, &anna, &role("support"), false).await;

    assert_eq!(change, RoleChange::Unchanged);
}

pub async fn the_last_holder_keeps_the_role_that_one_must_keep(store: Arc<dyn Store>) {
    let Scene {
        home, anna, bert, ..
    } = Scene::set(&store).await;
    let support = role("Support");
    grant(&store, home.id, &anna, &support).await;
    grant(&store, home.id, &anna, &role("Sales")).await;
    grant(&store, bert.tenant, &bert, &support).await;

    let kept = revoke(&store, home.id, &anna, &support, true).await;

    assert_eq!(kept, RoleChange::LastHolder);
    assert!(stored(&store, &anna).await.roles.contains(&support));
    assert_eq!(recorded(&store, &home, AuditAction::RoleRevoked).await, 0);
    let taken = revoke(&store, home.id, &anna, &support, false).await;
    assert_eq!(taken, RoleChange::Done);
}

pub async fn a_disabled_holder_does_not_count_as_the_one_to_keep(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let support = role("Support");
    let disabled = User {
        enabled: false,
        roles: BTreeSet::from([support.clone()]),
        ..user(&home, "disabled")
    };
    add(&store, &disabled).await;
    grant(&store, home.id, &anna, &support).await;

    let kept = revoke(&store, home.id, &anna, &support, true).await;
    assert_eq!(kept, RoleChange::LastHolder);
    let taken = revoke(&store, home.id, &anna, &support, false).await;
    assert_eq!(taken, RoleChange::Done);
    let taken = revoke(&store, home.id, &disabled, &support, true).await;
    assert_eq!(taken, RoleChange::Done);
}

pub async fn of_the_last_two_holders_one_keeps_the_role(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;
    let (support, zoe) = (role("Support"), user(&home, "zoe"));
    add(&store, &zoe).await;

    for _ in 0..8 {
        for user in [&anna, &zoe] {
            grant(&store, home.id, user, &support).await;
        }
        let mut changes = together([anna.clone(), zoe.clone()].map(|user| {
            let (store, support) = (Arc::clone(&store), support.clone());
            async move { revoke(&store, user.tenant, &user, &support, true).await }
        }))
        .await;

        changes.sort_by_key(|it| *it == RoleChange::LastHolder);
        assert_eq!(changes, [RoleChange::Done, RoleChange::LastHolder]);
    }
}

pub async fn of_parallel_grants_one_is_done_and_recorded(store: Arc<dyn Store>) {
    let Scene { home, anna, .. } = Scene::set(&store).await;

    let changes = together((0..8).map(|_| {
        let (store, anna) = (Arc::clone(&store), anna.clone());
        async move { grant(&store, anna.tenant, &anna, &role("Support")).await }
    }))
    .await;

    let done = changes.iter().filter(|it| **it == RoleChange::Done);
    assert_eq!(done.count(), 1);
    let unchanged = changes.iter().filter(|it| **it == RoleChange::Unchanged);
    assert_eq!(unchanged.count(), 7);
    assert_eq!(recorded(&store, &home, AuditAction::RoleGranted).await, 1);
}

async fn grant(
    store: &Arc<dyn Store>,
    tenant: TenantId,
    user: &User,
    role: &RoleName,
) -> RoleChange {
    let event = audit(AuditAction::RoleGranted, user, next_second());
    store.grant(tenant, user.id, role, &event).await.unwrap()
}

async fn revoke(
    store: &Arc<dyn Store>,
    tenant: TenantId,
    user: &User,
    role: &RoleName,
    keep_one: bool,
) -> RoleChange {
    let event = audit(AuditAction::RoleRevoked, user, next_second());
    let change = store.revoke(tenant, user.id, role, keep_one, &event).await;
    change.unwrap()
}

/// A moment of its own for each event, since an event's id follows from its moment.
fn next_second() -> Timestamp {
    static SECONDS: AtomicI64 = AtomicI64::new(1);
    at(SECONDS.fetch_add(1, Ordering::Relaxed))
}
