//! Cases of the limit of [`MailRequests::end_request`](domain::ports::MailRequests::end_request).

use std::{sync::Arc, time::Duration};

use domain::{
    model::{
        AuditAction, AuditEventId, MailKind, MailLimit, MailOrder, Mailing, Settlement, Timestamp,
        User,
    },
    ports::{Effects, RequestEnd, Store},
};

use super::scene::{Scene, add, place, recorded, stored_token, together, waiting};
use crate::{at, audit, digest::Labelled, mailing, user};

const LIMIT: MailLimit = MailLimit {
    count: 3,
    window: Duration::from_secs(100),
};

pub async fn an_order_over_the_limit_stores_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    for second in 0..3 {
        assert!(ordered(&store, &scene.anna, MailKind::PasswordReset, at(second)).await);
    }

    let over = mailing(&scene.anna, MailKind::PasswordReset, at(3));
    let effects = reset_requested(&scene.anna, over.clone());
    let placed = place(&store, &effects, LIMIT).await.unwrap();
    assert_eq!(placed, RequestEnd::MailLimited);

    assert_eq!(waiting(&store).await.len(), 3);
    assert!(stored_token(&store, &over.token.unwrap()).await.is_none());
    let requested = AuditAction::PasswordResetRequested;
    assert_eq!(recorded(&store, &scene.home, requested).await, 3);
}

pub async fn an_order_counts_as_long_as_the_window(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    for second in [0, 50, 99] {
        assert!(ordered(&store, &anna, MailKind::PasswordReset, at(second)).await);
    }
    let just_before = at(100).minus(Duration::from_micros(1));

    assert!(!ordered(&store, &anna, MailKind::PasswordReset, just_before).await);
    assert!(ordered(&store, &anna, MailKind::PasswordReset, at(100)).await);
    assert!(!ordered(&store, &anna, MailKind::PasswordReset, at(149)).await);
}

pub async fn each_limited_kind_counts_for_itself_and_the_others_are_not_held_up(
    store: Arc<dyn Store>,
) {
    let anna = Scene::set(&store).await.anna;
    let free = [
        MailKind::Invitation,
        MailKind::PasswordChanged,
        MailKind::AddressChanged,
        MailKind::SignedOut,
    ];
    let limited = [
        MailKind::Confirmation,
        MailKind::PasswordReset,
        MailKind::AddressConfirmation,
    ];

    let mut second = 0;
    for round in 0..5 {
        for kind in free.into_iter().chain(limited) {
            second += 1;
            let placed = ordered(&store, &anna, kind, at(second)).await;
            assert_eq!(placed, round < 3 || free.contains(&kind), "{kind:?}");
        }
    }
}

pub async fn each_account_has_a_limit_of_its_own(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = user(&scene.home, "zoe");
    add(&store, &zoe).await;

    for person in [&scene.anna, &zoe, &scene.bert] {
        for second in 0..4 {
            let placed = ordered(&store, person, MailKind::PasswordReset, at(second)).await;
            assert_eq!(placed, second < 3);
        }
    }
}

pub async fn an_order_counts_whatever_became_of_it(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    for second in 0..3 {
        assert!(ordered(&store, &anna, MailKind::PasswordReset, at(second)).await);
    }
    let reason = "550 no such mailbox".to_owned();
    let lease = Duration::from_mins(1);
    let leased = store.lease(at(4), lease, 9).await.unwrap();
    for (order, settlement) in leased
        .iter()
        .zip([Settlement::Sent, Settlement::Dead { reason }])
    {
        assert!(store.settle(order, &settlement).await.unwrap());
    }

    assert!(!ordered(&store, &anna, MailKind::PasswordReset, at(5)).await);
}

pub async fn of_twenty_parallel_orders_three_are_placed(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;

    let placed = together((0..20).map(|second| {
        let (store, anna) = (Arc::clone(&store), scene.anna.clone());
        async move { ordered(&store, &anna, MailKind::PasswordReset, at(second)).await }
    }))
    .await;

    assert_eq!(placed.iter().filter(|it| **it).count(), 3);
    let orders: Vec<MailOrder> = waiting(&store).await;
    assert_eq!(orders.len(), 3);
    let requested = AuditAction::PasswordResetRequested;
    assert_eq!(recorded(&store, &scene.home, requested).await, 3);
}

async fn ordered(store: &Arc<dyn Store>, user: &User, kind: MailKind, now: Timestamp) -> bool {
    let effects = reset_requested(user, mailing(user, kind, now));
    place(store, &effects, LIMIT).await.unwrap() == RequestEnd::Done
}

fn reset_requested(user: &User, mailing: Mailing) -> Effects {
    let mut audit = audit(AuditAction::PasswordResetRequested, user, at(0));
    let label = Labelled(mailing.order.id.to_string());
    audit.id = AuditEventId::ordered(at(0), &label);
    Effects {
        mail: vec![mailing],
        audit,
    }
}
