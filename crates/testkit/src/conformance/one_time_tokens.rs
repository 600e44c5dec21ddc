//! Cases of [`OneTimeTokens`](domain::ports::OneTimeTokens).

use std::sync::Arc;

use domain::{
    model::{AuditAction, MailKind, OneTimeToken, Timestamp, TokenPurpose, User},
    ports::Store,
};

use super::{
    redemption::redeem,
    scene::{Scene, UNLIMITED, add, order, place, recorded, stored, stored_token, waiting},
};
use crate::{at, effects, mailing, token, user};

const WITH_LINK: [MailKind; 4] = [
    MailKind::Confirmation,
    MailKind::PasswordReset,
    MailKind::Invitation,
    MailKind::AddressConfirmation,
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

    assert!(place(&store, &effects, UNLIMITED).await.is_err());

    assert!(waiting(&store).await.is_empty());
    let token = mailing.token.unwrap();
    assert!(stored_token(&store, &token).await.is_none());
    assert_eq!(
        recorded(&store, &scene.abroad, AuditAction::PasswordResetRequested).await,
        0
    );
}

pub async fn an_unused_token_is_prolonged_even_after_its_end(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let token = ordered(&store, &anna, MailKind::PasswordReset, at(0)).await;
    let other = ordered(&store, &anna, MailKind::PasswordReset, at(1)).await;

    for expires_at in [at(3600), at(9999)] {
        assert!(store.prolong(token.id, expires_at).await.unwrap());

        let prolonged = OneTimeToken {
            expires_at,
            ..token.clone()
        };
        assert_eq!(stored_token(&store, &token).await, Some(prolonged));
    }
    assert_eq!(stored_token(&store, &other).await, Some(other));
    assert!(redeem(&store, &token, at(9998), &anna).await.unwrap());
}

pub async fn a_used_or_unknown_token_is_not_prolonged(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let used = ordered(&store, &anna, MailKind::PasswordReset, at(0)).await;
    assert!(redeem(&store, &used, at(5), &anna).await.unwrap());
    let stored = stored_token(&store, &used).await;
    let unknown = token(&anna, TokenPurpose::PasswordReset, at(7));

    for id in [used.id, unknown.id] {
        assert!(!store.prolong(id, at(9999)).await.unwrap());
    }

    assert_eq!(stored_token(&store, &used).await, stored);
    assert_eq!(stored_token(&store, &unknown).await, None);
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

/// A token with the mail that carries it.
pub(super) async fn ordered(
    store: &Arc<dyn Store>,
    user: &User,
    kind: MailKind,
    now: Timestamp,
) -> OneTimeToken {
    let mailing = mailing(user, kind, now);
    order(store, user, [mailing.clone()]).await;
    mailing.token.unwrap()
}
