//! Cases of [`OneTimeTokens::redeem`](domain::ports::OneTimeTokens::redeem).

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    Error, Result,
    model::{
        AuditAction, MailKind, Mailing, OneTimeToken, PasswordHash, Timestamp, TokenPurpose, User,
    },
    ports::Store,
};

use super::{
    one_time_tokens::ordered,
    scene::{Scene, add, recorded, stored, stored_token, together, waiting},
};
use crate::{at, audit, conflict, effects, mailing, role, user};

const ALL: [TokenPurpose; 3] = [
    TokenPurpose::EmailConfirmation,
    TokenPurpose::PasswordReset,
    TokenPurpose::Invitation,
];

pub async fn redeem_uses_the_token_up_and_replaces_the_user(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let token = ordered(&store, &scene.anna, MailKind::PasswordReset, at(0)).await;
    let changed = User {
        email: "Neue@home.example".parse().unwrap(),
        email_confirmed: false,
        enabled: false,
        ..scene
            .anna
            .clone()
            .with_password(PasswordHash::new("neu".to_owned()))
    };

    assert!(redeem(&store, &token, at(5), &changed).await.unwrap());

    let next = User {
        version: scene.anna.version + 1,
        ..changed.clone()
    };
    assert!(stored(&store, &changed).await == next);
    let found = store
        .user_by_email(changed.tenant, &changed.email)
        .await
        .unwrap();
    assert!(found == Some(next));
    let read = stored_token(&store, &token).await.unwrap();
    assert_eq!(read.used_at, Some(at(5)));
    assert_eq!(waiting(&store).await[0], notice(&changed, at(5)).order);
    assert_eq!(
        recorded(&store, &scene.home, AuditAction::PasswordReset).await,
        1
    );
}

pub async fn redeem_leaves_the_roles_alone(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let token = ordered(&store, &scene.anna, MailKind::PasswordReset, at(0)).await;
    let granted = audit(AuditAction::RoleGranted, &scene.anna, at(1));
    let support = role("Support");
    store
        .grant(scene.home.id, scene.anna.id, &support, &granted)
        .await
        .unwrap();
    let as_read_before = User {
        roles: BTreeSet::from([role("Sneaked")]),
        ..scene.anna.clone()
    };

    assert!(
        redeem(&store, &token, at(5), &as_read_before)
            .await
            .unwrap()
    );

    let roles = stored(&store, &scene.anna).await.roles;
    assert_eq!(roles, BTreeSet::from([support]));
}

pub async fn of_twenty_redeems_of_one_token_one_wins(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let token = ordered(&store, &scene.anna, MailKind::PasswordReset, at(0)).await;

    let redeemed = together((0..20).map(|second| {
        let (store, token, anna) = (Arc::clone(&store), token.clone(), scene.anna.clone());
        async move { redeem(&store, &token, at(second), &anna).await.unwrap() }
    }))
    .await;

    assert_eq!(redeemed.iter().filter(|it| **it).count(), 1);
    assert_eq!(stored(&store, &scene.anna).await.version, 1);
    assert_eq!(
        recorded(&store, &scene.home, AuditAction::PasswordReset).await,
        1
    );
}

pub async fn of_two_tokens_of_one_user_redeemed_at_once_one_wins(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;

    for round in 0..10 {
        let anna = stored(&store, &scene.anna).await;
        let now = at(round * 10);
        let reset = ordered(&store, &anna, MailKind::PasswordReset, now).await;
        let invitation = ordered(&store, &anna, MailKind::Invitation, now).await;

        let outcomes = together((1..).zip([reset.clone(), invitation.clone()]).map(
            |(second, token)| {
                let (store, anna) = (Arc::clone(&store), anna.clone());
                let now = now.plus(Duration::from_secs(second));
                async move { redeem(&store, &token, now, &anna).await }
            },
        ))
        .await;

        let won = outcomes.iter().filter(|it| matches!(it, Ok(true))).count();
        let lost = |it: &&Result<bool>| matches!(it, Ok(false) | Err(Error::Stale));
        let lost = outcomes.iter().filter(lost).count();
        assert_eq!((won, lost), (1, 1), "{outcomes:?}");
        for token in [reset, invitation] {
            let read = stored_token(&store, &token).await.unwrap();
            assert!(read.used_at.is_some());
        }
        assert_eq!(stored(&store, &anna).await.version, anna.version + 1);
    }
}

pub async fn redeem_voids_the_users_unused_tokens_of_the_named_purposes(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = user(&scene.home, "zoe");
    add(&store, &zoe).await;
    let reset = MailKind::PasswordReset;
    let redeemed = ordered(&store, &scene.anna, MailKind::Invitation, at(0)).await;
    let voided = ordered(&store, &scene.anna, reset, at(1)).await;
    let expired = ordered(&store, &scene.anna, reset, at(-9999)).await;
    let unnamed = ordered(&store, &scene.anna, MailKind::Confirmation, at(1)).await;
    let of_another = ordered(&store, &zoe, reset, at(1)).await;

    assert!(redeem(&store, &redeemed, at(5), &scene.anna).await.unwrap());

    for (token, used_at) in [
        (redeemed, Some(at(5))),
        (voided, Some(at(5))),
        (expired, Some(at(5))),
        (unnamed, None),
        (of_another, None),
    ] {
        let read = stored_token(&store, &token).await.unwrap();
        assert_eq!(read, OneTimeToken { used_at, ..token });
    }
}

pub async fn a_token_that_redeem_orders_is_live(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let token = ordered(&store, &anna, MailKind::PasswordReset, at(0)).await;
    let mailing = mailing(&anna, MailKind::PasswordReset, at(5));
    let effects = effects(AuditAction::PasswordReset, &anna, at(5), [mailing.clone()]);

    let redeemed = store.redeem(&token, at(5), &anna, &ALL, &effects).await;

    assert!(redeemed.unwrap());
    let ordered = mailing.token.unwrap();
    assert_eq!(
        store.one_time_token(ordered.id).await.unwrap(),
        Some(ordered)
    );
}

pub async fn a_token_is_not_redeemed_once_it_expired(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let token = ordered(&store, &scene.anna, MailKind::PasswordReset, at(0)).await;

    refused_without_a_trace(
        &store,
        &scene,
        &token,
        token.expires_at,
        &scene.anna,
        |it| matches!(it, Ok(false)),
    )
    .await;

    let last_moment = token.expires_at.minus(Duration::from_micros(1));
    assert!(
        redeem(&store, &token, last_moment, &scene.anna)
            .await
            .unwrap()
    );
}

pub async fn a_spent_token_is_refused_even_where_the_user_changed(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let token = ordered(&store, &scene.anna, MailKind::PasswordReset, at(0)).await;
    assert!(redeem(&store, &token, at(5), &scene.anna).await.unwrap());
    let anna = stored(&store, &scene.anna).await;

    for user in [&scene.anna, &anna] {
        assert!(!redeem(&store, &token, at(6), user).await.unwrap());
    }

    assert!(stored(&store, &anna).await == anna);
    assert_eq!(
        recorded(&store, &scene.home, AuditAction::PasswordReset).await,
        1
    );
}

pub async fn redeem_of_a_user_who_changed_is_stale_and_changes_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let token = ordered(&store, &scene.anna, MailKind::PasswordReset, at(0)).await;
    let event = audit(AuditAction::SessionsEnded, &scene.anna, at(1));
    store
        .end_all(scene.home.id, scene.anna.id, &event.into())
        .await
        .unwrap();

    refused_without_a_trace(&store, &scene, &token, at(5), &scene.anna, |it| {
        matches!(it, Err(Error::Stale))
    })
    .await;

    let anna = stored(&store, &scene.anna).await;
    assert!(redeem(&store, &token, at(5), &anna).await.unwrap());
}

pub async fn redeem_from_abroad_changes_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let token = ordered(&store, &scene.anna, MailKind::PasswordReset, at(0)).await;
    let misplaced = User {
        tenant: scene.abroad.id,
        ..scene.anna.clone()
    };

    let token_from_abroad = OneTimeToken {
        tenant: scene.abroad.id,
        ..token.clone()
    };

    for (second, (token, user)) in (5..).zip([
        (&token, &misplaced),
        (&token_from_abroad, &scene.anna),
        (&token_from_abroad, &misplaced),
    ]) {
        refused_without_a_trace(&store, &scene, token, at(second), user, |it| {
            matches!(it, Ok(false))
        })
        .await;
    }

    assert!(redeem(&store, &token, at(9), &scene.anna).await.unwrap());
}

pub async fn redeem_of_a_token_of_another_user_changes_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = user(&scene.home, "zoe");
    add(&store, &zoe).await;
    let token = ordered(&store, &zoe, MailKind::PasswordReset, at(0)).await;
    let claimed = OneTimeToken {
        user: scene.anna.id,
        ..token.clone()
    };

    for (second, (token, user)) in (5..).zip([
        (&token, &scene.anna),
        (&claimed, &zoe),
        (&claimed, &scene.anna),
    ]) {
        refused_without_a_trace(&store, &scene, token, at(second), user, |it| {
            matches!(it, Ok(false))
        })
        .await;
        assert!(stored(&store, &zoe).await == zoe);
    }

    assert!(redeem(&store, &token, at(9), &zoe).await.unwrap());
}

pub async fn redeem_to_a_taken_address_is_a_conflict_and_changes_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = user(&scene.home, "zoe");
    add(&store, &zoe).await;
    let token = ordered(&store, &scene.anna, MailKind::Confirmation, at(0)).await;
    let greedy = User {
        email: zoe.email.clone(),
        ..scene.anna.clone()
    };

    refused_without_a_trace(&store, &scene, &token, at(5), &greedy, |it| {
        matches!(it, Err(Error::Conflict(conflict::EMAIL)))
    })
    .await;
}

async fn refused_without_a_trace(
    store: &Arc<dyn Store>,
    scene: &Scene,
    token: &OneTimeToken,
    now: Timestamp,
    user: &User,
    expected: impl Fn(&Result<bool>) -> bool,
) {
    let before = stored(store, &scene.anna).await;
    let mail = waiting(store).await.len();
    let just_before = now.minus(Duration::from_secs(1));
    let other = ordered(store, &scene.anna, MailKind::PasswordReset, just_before).await;
    let token_before = stored_token(store, token).await;

    let outcome = redeem(store, token, now, user).await;

    assert!(expected(&outcome), "{outcome:?}");
    assert!(stored(store, &scene.anna).await == before);
    assert_eq!(stored_token(store, token).await, token_before);
    assert_eq!(stored_token(store, &other).await, Some(other));
    assert_eq!(waiting(store).await.len(), mail + 1);
    for tenant in [&scene.home, &scene.abroad] {
        assert_eq!(recorded(store, tenant, AuditAction::PasswordReset).await, 0);
    }
}

/// Redeems with a notice as the effect; voids the live tokens for resets and invitations.
pub(super) async fn redeem(
    store: &Arc<dyn Store>,
    token: &OneTimeToken,
    now: Timestamp,
    user: &User,
) -> Result<bool> {
    let effects = effects(AuditAction::PasswordReset, user, now, [notice(user, now)]);
    store.redeem(token, now, user, &ALL[1..], &effects).await
}

fn notice(user: &User, now: Timestamp) -> Mailing {
    mailing(user, MailKind::PasswordChanged, now)
}
