//! Cases of [`OneTimeTokens`](domain::ports::OneTimeTokens).

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    Error, Result,
    model::{
        AuditAction, MailKind, Mailing, OneTimeToken, PasswordHash, Timestamp, TokenPurpose, User,
    },
    ports::Store,
};

use super::scene::{Scene, add, order, recorded, stored, stored_token, together, waiting};
use crate::{at, audit, conflict, effects, mailing, role, token, user};

const ALL: [TokenPurpose; 3] = [
    TokenPurpose::EmailConfirmation,
    TokenPurpose::PasswordReset,
    TokenPurpose::Invitation,
];

const WITH_LINK: [MailKind; 3] = [
    MailKind::Confirmation,
    MailKind::PasswordReset,
    MailKind::Invitation,
];

pub async fn a_token_survives_with_every_field(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = User {
        email: "Zoë.O'Neil+x@Bücher.example".parse().unwrap(),
        ..user(&scene.home, "Zoë")
    };
    add(&store, &zoe).await;

    for (second, kind) in (0..).zip(WITH_LINK) {
        let live = mailing(&zoe, kind, at(second));
        let mut used = mailing(&zoe, kind, at(second + 10));
        used.token.as_mut().unwrap().used_at = Some(at(second));
        for mailing in [live, used] {
            order(&store, &zoe, [mailing.clone()]).await;
            let token = mailing.token.unwrap();
            assert_eq!(stored_token(&store, &token).await, Some(token));
        }
    }
}

pub async fn an_unknown_token_is_absent_and_not_redeemed(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let unknown = token(&anna, TokenPurpose::PasswordReset, at(0));

    assert!(store.one_time_token(unknown.id).await.unwrap().is_none());
    assert!(!redeem(&store, &unknown, at(1), &anna).await.unwrap());

    assert!(stored(&store, &anna).await == anna);
}

pub async fn an_order_stores_mail_token_and_audit(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let mailing = mailing(&scene.anna, MailKind::PasswordReset, at(1));
    let effects = effects(
        AuditAction::PasswordResetRequested,
        &scene.anna,
        at(1),
        [mailing.clone()],
    );

    store.order(&effects).await.unwrap();

    assert_eq!(waiting(&store).await, [mailing.order]);
    let token = mailing.token.unwrap();
    assert_eq!(stored_token(&store, &token).await, Some(token));
    let events = store.in_tenant(scene.home.id, 1).await.unwrap();
    assert_eq!(events, [effects.audit]);
}

pub async fn an_order_for_a_user_of_another_tenant_stores_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let misplaced = User {
        tenant: scene.abroad.id,
        ..scene.anna
    };
    let mailing = mailing(&misplaced, MailKind::PasswordReset, at(1));
    let effects = effects(
        AuditAction::PasswordResetRequested,
        &misplaced,
        at(1),
        [mailing.clone()],
    );

    assert!(store.order(&effects).await.is_err());

    assert!(waiting(&store).await.is_empty());
    let token = mailing.token.unwrap();
    assert!(stored_token(&store, &token).await.is_none());
    assert_eq!(
        recorded(&store, &scene.abroad, AuditAction::PasswordResetRequested).await,
        0
    );
}

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

pub async fn redeem_voids_the_users_live_tokens_of_the_named_purposes(store: Arc<dyn Store>) {
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
        (expired, None),
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
        .end_all(scene.home.id, scene.anna.id, &event)
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

    refused_without_a_trace(&store, &scene, &token, at(5), &misplaced, |it| {
        !matches!(it, Ok(true))
    })
    .await;

    assert!(redeem(&store, &token, at(5), &scene.anna).await.unwrap());
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

pub async fn purge_takes_what_expired_before_up_to_its_limit(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let mut tokens = Vec::new();
    for second in [1, 2, 3, 100] {
        tokens.push(ordered(&store, &anna, MailKind::PasswordReset, at(second)).await);
    }
    let before = tokens[3].expires_at;

    for purged in [2, 1, 0] {
        let count = store.purge_one_time_tokens(before, 2).await.unwrap();
        assert_eq!(count, purged);
    }
    for (token, stays) in tokens.iter().zip([false, false, false, true]) {
        assert_eq!(stored_token(&store, token).await.is_some(), stays);
    }
}

pub async fn a_token_is_purged_while_its_mail_is_still_there(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let mailing = mailing(&anna, MailKind::PasswordReset, at(0));
    order(&store, &anna, [mailing.clone()]).await;

    assert_eq!(store.purge_one_time_tokens(at(9999), 9).await.unwrap(), 1);

    assert_eq!(waiting(&store).await.len(), 1);
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
    let other = ordered(store, &scene.anna, MailKind::PasswordReset, at(4)).await;

    let outcome = redeem(store, token, now, user).await;

    assert!(expected(&outcome), "{outcome:?}");
    assert!(stored(store, &scene.anna).await == before);
    for token in [token, &other] {
        assert_eq!(stored_token(store, token).await.as_ref(), Some(token));
    }
    assert_eq!(waiting(store).await.len(), mail + 1);
    for tenant in [&scene.home, &scene.abroad] {
        assert_eq!(recorded(store, tenant, AuditAction::PasswordReset).await, 0);
    }
}

/// Redeems with a notice as the effect; voids the live tokens for resets and invitations.
async fn redeem(
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

/// A token with the mail that carries it.
async fn ordered(
    store: &Arc<dyn Store>,
    user: &User,
    kind: MailKind,
    now: Timestamp,
) -> OneTimeToken {
    let mailing = mailing(user, kind, now);
    order(store, user, [mailing.clone()]).await;
    mailing.token.unwrap()
}
