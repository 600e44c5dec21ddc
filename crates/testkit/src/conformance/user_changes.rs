//! Cases of [`Users::update_user`](domain::ports::Users::update_user).

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    Error, Result,
    model::{AuditAction, MailKind, MailLimit, OneTimeToken, PasswordHash, TokenPurpose, User},
    ports::{Effects, Store, UserChange},
};

use super::{
    last_administrators::grant,
    one_time_tokens::ordered,
    scene::{Scene, UNLIMITED, add, event, recorded, stored, stored_token, together, waiting},
};
use crate::{at, conflict, effects, mailing, role, user};

pub async fn an_update_replaces_the_user_and_counts_a_version(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let changed = User {
        username: "Neue".parse().unwrap(),
        email: "Neue@home.example".parse().unwrap(),
        email_confirmed: false,
        locale: Some("de".parse().unwrap()),
        ..scene
            .anna
            .clone()
            .with_password(PasswordHash::new("neu".to_owned()))
            .with_enabled(false)
    };
    let notice = mailing(&scene.anna, MailKind::PasswordChanged, at(5));
    let effects = effects(
        AuditAction::AccountChanged,
        &changed,
        at(5),
        [notice.clone()],
    );

    let done = store.update_user(&changed, &[], &effects, UNLIMITED).await;

    assert_eq!(done.unwrap(), UserChange::Done);
    let next = User {
        version: scene.anna.version + 1,
        ..changed.clone()
    };
    assert!(stored(&store, &changed).await == next);
    let (home, anna) = (scene.home.id, &scene.anna);
    let by_name = |name| store.user_by_username(home, name);
    assert!(by_name(&changed.username).await.unwrap() == Some(next));
    assert!(by_name(&anna.username).await.unwrap().is_none());
    assert_eq!(waiting(&store).await, [notice.order]);
    assert_eq!(account_changes(&store, &scene).await, 1);
}

pub async fn an_update_leaves_the_roles_alone(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    grant(&store, &anna, "Support").await;
    let as_read_before = User {
        roles: BTreeSet::from([role("Sneaked")]),
        ..anna.clone()
    };

    let done = update(&store, &as_read_before).await;

    assert_eq!(done.unwrap(), UserChange::Done);
    let roles = stored(&store, &anna).await.roles;
    assert_eq!(roles, BTreeSet::from([role("Support")]));
}

pub async fn an_update_to_another_spelling_of_the_names_is_no_conflict(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let spelt = User {
        username: "ANNA".parse().unwrap(),
        email: "ANNA@example.com".parse().unwrap(),
        ..anna
    };

    assert_eq!(update(&store, &spelt).await.unwrap(), UserChange::Done);

    assert_eq!(stored(&store, &spelt).await.username.as_str(), "ANNA");
}

pub async fn an_update_of_what_changed_since_is_stale_and_changes_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let ended = event("", AuditAction::SessionsEnded, scene.home.id, scene.anna.id);
    let ended = Effects::from(ended);
    let done = store.end_all(scene.home.id, scene.anna.id, &ended).await;
    assert!(done.unwrap());

    refused_without_a_trace(&store, &scene, &scene.anna, |it| {
        matches!(it, Err(Error::Stale))
    })
    .await;
}

pub async fn an_update_from_abroad_or_of_nobody_is_stale_and_changes_nothing(
    store: Arc<dyn Store>,
) {
    let scene = Scene::set(&store).await;
    let misplaced = User {
        tenant: scene.abroad.id,
        ..scene.anna.clone()
    };
    let nobody = user(&scene.home, "nobody");

    for user in [misplaced, nobody] {
        refused_without_a_trace(&store, &scene, &user, |it| matches!(it, Err(Error::Stale))).await;
    }
}

pub async fn an_update_to_a_taken_name_is_a_conflict_and_changes_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = user(&scene.home, "zoe");
    add(&store, &zoe).await;

    for (greedy, text) in [
        (
            User {
                username: "ZOE".parse().unwrap(),
                ..scene.anna.clone()
            },
            conflict::USERNAME,
        ),
        (
            User {
                email: "Zoe@Example.com".parse().unwrap(),
                ..scene.anna.clone()
            },
            conflict::EMAIL,
        ),
    ] {
        refused_without_a_trace(
            &store,
            &scene,
            &greedy,
            |it| matches!(it, Err(Error::Conflict(said)) if *said == text),
        )
        .await;
    }
}

pub async fn of_parallel_updates_one_wins_and_the_others_are_stale(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;

    let outcomes = together((0..8).map(|number| {
        let (store, anna) = (Arc::clone(&store), scene.anna.clone());
        let changed = User {
            username: format!("anna{number}").parse().unwrap(),
            ..anna
        };
        let audit = event(
            &number.to_string(),
            AuditAction::AccountChanged,
            changed.tenant,
            changed.id,
        );
        async move {
            let effects = Effects::from(audit);
            store.update_user(&changed, &[], &effects, UNLIMITED).await
        }
    }))
    .await;

    let stale = |it: &&Result<UserChange>| matches!(it, Err(Error::Stale));
    assert_eq!(outcomes.iter().filter(stale).count(), 7);
    assert_eq!(account_changes(&store, &scene).await, 1);
    assert_eq!(stored(&store, &scene.anna).await.version, 1);
}

pub async fn an_update_voids_the_users_unused_tokens_of_the_named_purposes(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = user(&scene.home, "zoe");
    add(&store, &zoe).await;
    let reset = MailKind::PasswordReset;
    let voided = ordered(&store, &scene.anna, reset, at(1)).await;
    let pending = ordered(&store, &scene.anna, MailKind::AddressConfirmation, at(1)).await;
    let expired = ordered(&store, &scene.anna, reset, at(-9999)).await;
    let unnamed = ordered(&store, &scene.anna, MailKind::Confirmation, at(1)).await;
    let of_another = ordered(&store, &zoe, reset, at(1)).await;
    let new = mailing(&scene.anna, MailKind::AddressConfirmation, at(5));
    let voids = [TokenPurpose::PasswordReset, TokenPurpose::AddressChange];
    let effects = effects(
        AuditAction::AccountChanged,
        &scene.anna,
        at(5),
        [new.clone()],
    );

    let done = store.update_user(&scene.anna, &voids, &effects, UNLIMITED);

    assert_eq!(done.await.unwrap(), UserChange::Done);
    for (token, used_at) in [
        (voided, Some(at(5))),
        (pending, Some(at(5))),
        (expired, Some(at(5))),
        (unnamed, None),
        (of_another, None),
        (new.token.unwrap(), None),
    ] {
        let read = stored_token(&store, &token).await.unwrap();
        assert_eq!(read, OneTimeToken { used_at, ..token });
    }
}

pub async fn an_update_whose_mail_is_over_the_limit_changes_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let limit = MailLimit {
        count: 1,
        window: Duration::from_mins(15),
    };
    let earlier = ordered(&store, &scene.anna, MailKind::AddressConfirmation, at(0)).await;
    let changed = User {
        username: "neue".parse().unwrap(),
        ..scene.anna.clone()
    };
    let link = mailing(&changed, MailKind::AddressConfirmation, at(1));
    let effects = effects(AuditAction::AccountChanged, &changed, at(1), [link]);
    let before = waiting(&store).await;

    let outcome = store.update_user(&changed, &TokenPurpose::ALL, &effects, limit);

    assert_eq!(outcome.await.unwrap(), UserChange::MailLimited);
    assert!(stored(&store, &scene.anna).await == scene.anna);
    assert_eq!(stored_token(&store, &earlier).await, Some(earlier));
    assert_eq!(waiting(&store).await, before);
    assert_eq!(account_changes(&store, &scene).await, 0);
}

/// With a notice as the effect; voids the live tokens for resets.
pub(super) async fn update(store: &Arc<dyn Store>, user: &User) -> Result<UserChange> {
    let notice = mailing(user, MailKind::PasswordChanged, at(5));
    let effects = effects(AuditAction::AccountChanged, user, at(5), [notice]);
    let voids = [TokenPurpose::PasswordReset];
    store.update_user(user, &voids, &effects, UNLIMITED).await
}

pub(super) async fn refused_without_a_trace(
    store: &Arc<dyn Store>,
    scene: &Scene,
    user: &User,
    expected: impl Fn(&Result<UserChange>) -> bool,
) {
    let before = stored(store, &scene.anna).await;
    let earlier = waiting(store).await;
    let second = i64::try_from(earlier.len()).unwrap();
    let other = ordered(store, &scene.anna, MailKind::PasswordReset, at(second)).await;

    let outcome = update(store, user).await;

    assert!(expected(&outcome), "{outcome:?}");
    assert!(stored(store, &scene.anna).await == before);
    assert_eq!(stored_token(store, &other).await, Some(other));
    assert_eq!(waiting(store).await.len(), earlier.len() + 1);
    assert_eq!(account_changes(store, scene).await, 0);
}

async fn account_changes(store: &Arc<dyn Store>, scene: &Scene) -> usize {
    let mut count = 0;
    for tenant in [&scene.home, &scene.abroad] {
        count += recorded(store, tenant, AuditAction::AccountChanged).await;
    }
    count
}
