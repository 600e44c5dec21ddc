//! Cases of [`Outbox`](domain::ports::Outbox).

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    model::{MailKind, MailOrder, MailState, Mailing, Settlement, Timestamp, User},
    ports::Store,
};

use super::scene::{Scene, add, order, together, waiting};
use crate::{at, mailing, user};

const LEASE: Duration = Duration::from_mins(1);

pub async fn an_order_survives_with_every_field(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let zoe = User {
        email: "Zoë.O'Neil+x@Bücher.example".parse().unwrap(),
        ..user(&scene.home, "Zoë")
    };
    add(&store, &zoe).await;

    for (second, kind) in (0..).zip(MailKind::ALL) {
        let mailing = mailing(&zoe, kind, at(second));
        let ordered = mailing.order.clone();
        order(&store, &zoe, [mailing]).await;

        assert_eq!(waiting(&store).await[0], ordered, "{kind:?}");
    }
}

pub async fn an_order_is_found_by_its_id_in_every_state(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let notices = [0, 1, 2].map(|second| notice(&anna, at(second)));
    let unknown = notice(&anna, at(3)).order;
    order(&store, &anna, notices.clone()).await;
    let sent = lease_one(&store, at(0)).await;
    assert!(store.settle(&sent, &Settlement::Sent).await.unwrap());
    kill_one(&store, at(1)).await;

    for (notice, state) in
        notices
            .iter()
            .zip([MailState::Sent, MailState::Dead, MailState::Waiting])
    {
        let id = notice.order.id;
        let found = store.mail_order(id).await.unwrap().unwrap();
        assert_eq!((found.id, found.state), (id, state));
    }
    assert_eq!(store.mail_order(unknown.id).await.unwrap(), None);
}

pub async fn a_lease_counts_the_attempt_and_ends(store: Arc<dyn Store>) {
    let ordered = one_order(&store).await;
    let leased = |attempts, due_at| MailOrder {
        attempts,
        due_at,
        ..ordered.clone()
    };

    let first = store.lease(at(10), LEASE, 5).await.unwrap();
    assert_eq!(first, [leased(1, at(70))]);
    assert_eq!(waiting(&store).await, first);

    assert!(store.lease(at(69), LEASE, 5).await.unwrap().is_empty());
    let second = store.lease(at(70), LEASE, 5).await.unwrap();
    assert_eq!(second, [leased(2, at(130))]);
}

pub async fn an_order_is_not_leased_before_it_is_due(store: Arc<dyn Store>) {
    one_order(&store).await;
    let just_before = at(0).minus(Duration::from_micros(1));

    assert!(store.lease(just_before, LEASE, 5).await.unwrap().is_empty());
    assert_eq!(store.lease(at(0), LEASE, 5).await.unwrap().len(), 1);
}

pub async fn the_oldest_due_are_leased_first_up_to_the_limit(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let notices = [30, 10, 40, 20].map(|second| notice(&anna, at(second)));
    order(&store, &anna, notices).await;
    let put_off = Settlement::Deferred {
        until: at(50),
        reason: "busy".to_owned(),
    };
    let oldest = lease_one(&store, at(10)).await;
    assert!(store.settle(&oldest, &put_off).await.unwrap());

    for expected in [[at(20), at(30)], [at(10), at(40)]] {
        let leased = store.lease(at(100), LEASE, 2).await.unwrap();
        let ordered: BTreeSet<_> = leased.iter().map(|it| it.created_at).collect();
        assert_eq!(ordered, BTreeSet::from(expected));
    }
}

pub async fn of_parallel_workers_each_order_goes_to_one(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    order(
        &store,
        &anna,
        (0..24).map(|second| notice(&anna, at(second))),
    )
    .await;

    let leased = together((0..8).map(|_| {
        let store = Arc::clone(&store);
        async move { store.lease(at(100), LEASE, 4).await.unwrap() }
    }))
    .await;

    let rest = store.lease(at(100), LEASE, 24).await.unwrap();
    let all: Vec<_> = leased.into_iter().flatten().chain(rest).collect();
    let distinct: BTreeSet<_> = all.iter().map(|it| it.id).collect();
    assert_eq!((all.len(), distinct.len()), (24, 24));
    assert!(all.iter().all(|it| it.attempts == 1));
}

pub async fn settlements_are_recorded(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    order(&store, &anna, [notice(&anna, at(0))]).await;
    let deferred = Settlement::Deferred {
        until: at(600),
        reason: "421 später 🔑".to_owned(),
    };

    let first = lease_one(&store, at(0)).await;
    assert!(store.settle(&first, &deferred).await.unwrap());
    let expected = MailOrder {
        due_at: at(600),
        last_error: Some("421 später 🔑".to_owned()),
        ..first
    };
    assert_eq!(waiting(&store).await, [expected]);

    assert!(store.lease(at(599), LEASE, 5).await.unwrap().is_empty());
    let second = lease_one(&store, at(600)).await;
    assert!(store.settle(&second, &Settlement::Sent).await.unwrap());
    let expected = MailOrder {
        state: MailState::Sent,
        attempts: 2,
        last_error: None,
        ..second
    };
    let sent = store.mail_in_state(MailState::Sent, 5).await.unwrap();
    assert_eq!(sent, [expected]);
}

pub async fn a_dead_order_says_why_and_is_not_leased(store: Arc<dyn Store>) {
    one_order(&store).await;

    let dead = kill_one(&store, at(0)).await;
    assert!(!store.settle(&dead, &Settlement::Sent).await.unwrap());

    let expected = MailOrder {
        state: MailState::Dead,
        last_error: Some("550".to_owned()),
        ..dead
    };
    assert_eq!(
        store.mail_in_state(MailState::Dead, 5).await.unwrap(),
        [expected]
    );
    assert!(store.lease(at(9999), LEASE, 5).await.unwrap().is_empty());
}

pub async fn a_late_settlement_counts_while_nobody_else_took_the_order_up(store: Arc<dyn Store>) {
    one_order(&store).await;
    let leased = lease_one(&store, at(0)).await;

    assert!(store.lease(at(59), LEASE, 5).await.unwrap().is_empty());

    assert!(store.settle(&leased, &Settlement::Sent).await.unwrap());
    assert!(store.lease(at(9999), LEASE, 5).await.unwrap().is_empty());
}

pub async fn who_lost_the_lease_settles_nothing(store: Arc<dyn Store>) {
    one_order(&store).await;
    let lost = lease_one(&store, at(0)).await;
    let held = lease_one(&store, at(60)).await;

    assert!(!store.settle(&lost, &Settlement::Sent).await.unwrap());

    assert!(waiting(&store).await.contains(&held));
    assert!(store.settle(&held, &Settlement::Sent).await.unwrap());
    assert!(!store.settle(&held, &Settlement::Sent).await.unwrap());
}

pub async fn a_lease_from_before_an_operators_retry_settles_nothing(store: Arc<dyn Store>) {
    one_order(&store).await;
    let lost = lease_one(&store, at(0)).await;
    assert!(store.retry_mail(lost.id, at(10)).await.unwrap());
    let held = lease_one(&store, at(10)).await;
    assert_eq!(held.attempts, lost.attempts);

    assert!(!store.settle(&lost, &Settlement::Sent).await.unwrap());

    assert!(store.settle(&held, &Settlement::Sent).await.unwrap());
}

pub async fn an_order_is_not_settled_from_abroad(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let notices = [0, 1].map(|second| notice(&scene.anna, at(second)));
    order(&store, &scene.anna, notices).await;
    let at_home = lease_one(&store, at(10)).await;
    let leased = lease_one(&store, at(10)).await;
    let from_abroad = MailOrder {
        tenant: scene.abroad.id,
        ..leased.clone()
    };

    assert!(store.settle(&at_home, &Settlement::Sent).await.unwrap());
    assert!(!store.settle(&from_abroad, &Settlement::Sent).await.unwrap());

    assert_eq!(waiting(&store).await, std::slice::from_ref(&leased));
    assert!(store.settle(&leased, &Settlement::Sent).await.unwrap());
}

pub async fn of_parallel_settlements_one_counts(store: Arc<dyn Store>) {
    one_order(&store).await;
    let leased = lease_one(&store, at(0)).await;

    let settled = together((0..8).map(|_| {
        let (store, leased) = (Arc::clone(&store), leased.clone());
        async move { store.settle(&leased, &Settlement::Sent).await.unwrap() }
    }))
    .await;

    assert_eq!(settled.iter().filter(|it| **it).count(), 1);
}

pub async fn each_state_is_listed_newest_first_up_to_the_limit(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    order(
        &store,
        &anna,
        [20, 40, 10, 30].map(|second| notice(&anna, at(second))),
    )
    .await;
    let oldest = lease_one(&store, at(10)).await;
    assert!(store.settle(&oldest, &Settlement::Sent).await.unwrap());

    let ordered = async |state, limit| {
        let orders = store.mail_in_state(state, limit).await.unwrap();
        orders.iter().map(|it| it.created_at).collect::<Vec<_>>()
    };

    assert_eq!(ordered(MailState::Waiting, 2).await, [at(40), at(30)]);
    assert_eq!(
        ordered(MailState::Waiting, 9).await,
        [at(40), at(30), at(20)]
    );
    assert_eq!(ordered(MailState::Sent, 9).await, [at(10)]);
    assert!(ordered(MailState::Dead, 9).await.is_empty());
}

pub async fn an_unsent_order_can_be_retried(store: Arc<dyn Store>) {
    one_order(&store).await;
    let dead = kill_one(&store, at(0)).await;

    assert!(store.retry_mail(dead.id, at(500)).await.unwrap());

    let retried = waiting(&store).await.remove(0);
    assert_eq!((retried.attempts, retried.due_at), (0, at(500)));
    assert!(store.lease(at(499), LEASE, 5).await.unwrap().is_empty());
    assert_eq!(lease_one(&store, at(500)).await.attempts, 1);
}

pub async fn an_unsent_order_can_be_dropped(store: Arc<dyn Store>) {
    one_order(&store).await;
    let leased = lease_one(&store, at(0)).await;

    assert!(store.drop_mail(leased.id).await.unwrap());

    assert!(!store.settle(&leased, &Settlement::Sent).await.unwrap());
    for state in MailState::ALL {
        assert!(store.mail_in_state(state, 5).await.unwrap().is_empty());
    }
}

pub async fn what_is_sent_or_unknown_is_neither_retried_nor_dropped(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    order(&store, &anna, [notice(&anna, at(0))]).await;
    let sent = lease_one(&store, at(0)).await;
    assert!(store.settle(&sent, &Settlement::Sent).await.unwrap());
    let unknown = notice(&anna, at(7)).order;

    for id in [sent.id, unknown.id] {
        assert!(!store.retry_mail(id, at(10)).await.unwrap());
        assert!(!store.drop_mail(id).await.unwrap());
    }
    assert_eq!(
        store.mail_in_state(MailState::Sent, 5).await.unwrap().len(),
        1
    );
}

pub async fn purge_takes_old_sent_orders_up_to_its_limit(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    order(
        &store,
        &anna,
        (1..=4).map(|second| notice(&anna, at(second))),
    )
    .await;
    for leased in store.lease(at(10), LEASE, 4).await.unwrap() {
        assert!(store.settle(&leased, &Settlement::Sent).await.unwrap());
    }
    order(&store, &anna, [notice(&anna, at(0))]).await;

    for purged in [2, 1, 0] {
        assert_eq!(store.purge_mail(at(4), 2).await.unwrap(), purged);
    }
    let sent = store.mail_in_state(MailState::Sent, 9).await.unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].created_at, at(4));
    assert_eq!(waiting(&store).await.len(), 1);
}

fn notice(user: &User, now: Timestamp) -> Mailing {
    mailing(user, MailKind::PasswordChanged, now)
}

async fn one_order(store: &Arc<dyn Store>) -> MailOrder {
    let anna = Scene::set(store).await.anna;
    let notice = notice(&anna, at(0));
    order(store, &anna, [notice.clone()]).await;
    notice.order
}

async fn lease_one(store: &Arc<dyn Store>, now: Timestamp) -> MailOrder {
    store.lease(now, LEASE, 1).await.unwrap().remove(0)
}

async fn kill_one(store: &Arc<dyn Store>, now: Timestamp) -> MailOrder {
    let leased = lease_one(store, now).await;
    let dead = Settlement::Dead {
        reason: "550".to_owned(),
    };
    assert!(store.settle(&leased, &dead).await.unwrap());
    leased
}
