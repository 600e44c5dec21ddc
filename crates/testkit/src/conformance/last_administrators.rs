//! Cases of [`Users::update_user`](domain::ports::Users::update_user) about whom it does not disable.

use std::sync::Arc;

use domain::{
    model::{AuditAction, RoleName, User},
    ports::{Effects, RoleChange, Store, UserChange},
};

use super::{
    scene::{Scene, UNLIMITED, add, event, stored, together},
    user_changes::{refused_without_a_trace, update},
};
use crate::{role, user};

pub async fn the_last_administrator_is_not_disabled(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let disabled = user(&scene.home, "disabled").with_enabled(false);
    add(&store, &disabled).await;
    let [anna, bert] = [&scene.anna, &scene.bert];
    for name in RoleName::ADMINISTRATIVE {
        for holder in [anna, bert, &disabled] {
            grant(&store, holder, name).await;
        }

        refused_without_a_trace(&store, &scene, &anna.clone().with_enabled(false), |it| {
            matches!(it, Ok(UserChange::LastAdministrator))
        })
        .await;

        for holder in [anna, &disabled] {
            revoke(&store, holder, name, false).await;
        }
    }
    let renamed = User {
        username: "renamed".parse().unwrap(),
        ..disabled
    };
    assert_eq!(update(&store, &renamed).await.unwrap(), UserChange::Done);
    let ordinary = anna.clone().with_enabled(false);
    assert_eq!(update(&store, &ordinary).await.unwrap(), UserChange::Done);
}

pub async fn of_the_last_two_administrators_one_stays_enabled(store: Arc<dyn Store>) {
    let (scene, zoe) = two_administrators(&store).await;

    for round in 0..8 {
        let pair = [
            stored(&store, &scene.anna).await,
            stored(&store, &zoe).await,
        ];
        let outcomes = together(pair.map(|user| {
            let (store, disabled) = (Arc::clone(&store), user.with_enabled(false));
            let label = format!("{round} {}", disabled.id);
            async move { disable(&store, &disabled, &label).await }
        }))
        .await;

        assert_one_stays(&outcomes);
        for user in [&scene.anna, &zoe] {
            let enabled = stored(&store, user).await.with_enabled(true);
            let label = format!("{round} again {}", user.id);
            assert_eq!(disable(&store, &enabled, &label).await, UserChange::Done);
        }
    }
}

pub async fn of_the_last_two_administrators_one_stays_where_one_loses_the_role(
    store: Arc<dyn Store>,
) {
    let (scene, zoe) = two_administrators(&store).await;

    for round in 0..8 {
        let anna = stored(&store, &scene.anna).await.with_enabled(false);
        let (disabling, revoking) = (Arc::clone(&store), Arc::clone(&store));
        let (label, other) = (format!("{round}"), zoe.clone());
        let disabled = tokio::spawn(async move { disable(&disabling, &anna, &label).await });
        let revoked = tokio::spawn(async move {
            let role = RoleName::TENANT_ADMINISTRATOR;
            revoke_labelled(&revoking, &other, role, true, &format!("{round}")).await
        });
        let outcomes = [
            disabled.await.unwrap(),
            match revoked.await.unwrap() {
                RoleChange::Done => UserChange::Done,
                _ => UserChange::LastAdministrator,
            },
        ];

        assert_one_stays(&outcomes);
        let enabled = stored(&store, &scene.anna).await.with_enabled(true);
        let label = format!("{round} again");
        assert_eq!(disable(&store, &enabled, &label).await, UserChange::Done);
        grant_labelled(&store, &zoe, RoleName::TENANT_ADMINISTRATOR, &label).await;
    }
}

fn assert_one_stays(outcomes: &[UserChange]) {
    let count = |of| outcomes.iter().filter(|it| **it == of).count();
    let counted = [UserChange::Done, UserChange::LastAdministrator].map(count);
    assert_eq!(counted, [1, 1], "{outcomes:?}");
}

async fn two_administrators(store: &Arc<dyn Store>) -> (Scene, User) {
    let scene = Scene::set(store).await;
    let zoe = user(&scene.home, "zoe");
    add(store, &zoe).await;
    for holder in [&scene.anna, &zoe] {
        grant(store, holder, RoleName::TENANT_ADMINISTRATOR).await;
    }
    (scene, zoe)
}

async fn disable(store: &Arc<dyn Store>, user: &User, label: &str) -> UserChange {
    let audit = event(label, AuditAction::AccountChanged, user.tenant, user.id);
    let effects = Effects::from(audit);
    let done = store.update_user(user, &[], &effects, UNLIMITED).await;
    done.unwrap()
}

pub(super) async fn grant(store: &Arc<dyn Store>, user: &User, name: &str) {
    grant_labelled(store, user, name, "").await;
}

async fn grant_labelled(store: &Arc<dyn Store>, user: &User, name: &str, label: &str) {
    let label = format!("{label} {} {name}", user.id);
    let granted = event(&label, AuditAction::RoleGranted, user.tenant, user.id);
    let role = role(name);
    let done = store.grant(user.tenant, user.id, &role, &granted).await;
    done.unwrap();
}

async fn revoke(store: &Arc<dyn Store>, user: &User, name: &str, keep_one: bool) -> RoleChange {
    revoke_labelled(store, user, name, keep_one, "").await
}

async fn revoke_labelled(
    store: &Arc<dyn Store>,
    user: &User,
    name: &str,
    keep_one: bool,
    label: &str,
) -> RoleChange {
    let label = format!("{label} {} {name}", user.id);
    let revoked = event(&label, AuditAction::RoleRevoked, user.tenant, user.id);
    let role = role(name);
    let change = store.revoke(user.tenant, user.id, &role, keep_one, &revoked);
    change.await.unwrap()
}
