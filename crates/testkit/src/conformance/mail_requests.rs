//! Cases of [`MailRequests`](domain::ports::MailRequests).

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    model::{
        Account, Actor, Asked, AuditAction, AuditEventId, MailKind, MailLimit, MailRequest,
        Timestamp, User,
    },
    ports::{Effects, RequestEnd, Store},
};

use super::scene::{Scene, UNLIMITED, event, recorded, stored_token, together, waiting};
use crate::{at, digest::Labelled, mailing};

const LEASE: Duration = Duration::from_mins(1);

pub async fn a_request_survives_with_every_field(store: Arc<dyn Store>) {
    let anna = Scene::set(&store).await.anna;
    let by_name = Account::Username("Zo\u{eb} \u{130}".parse().unwrap());
    let by_email = Account::Email("zoe.o'neil+x@xn--bcher-kva.example".parse().unwrap());
    let short_name = || "nowhere".parse().unwrap();
    let person = Actor::anonymous(Some("2001:db8::1".parse().unwrap()));
    let asked = [
        (Asked::PasswordReset(short_name(), by_email), person),
        (
            Asked::PasswordReset(short_name(), by_name),
            Actor::operator("test"),
        ),
        (
            Asked::Confirmation(anna.tenant, anna.id),
            Actor::anonymous(None),
        ),
    ];

    for (second, (asked, actor)) in (0..).zip(asked) {
        let label = Labelled(format!("request {second}"));
        let request = MailRequest::new(at(second), &label, &actor, asked);
        store.request_mail(&request).await.unwrap();

        let leased = store.lease_requests(at(second), LEASE, 5).await.unwrap();
        let due_at = at(second + 60);
        assert_eq!(leased, [MailRequest { due_at, ..request }]);
    }
}

pub async fn a_request_is_leased_for_a_while_and_not_before_it_is_due(store: Arc<dyn Store>) {
    requested(&store, [10]).await;
    let leased_at = async |now| store.lease_requests(now, LEASE, 5).await.unwrap().len();

    assert_eq!(leased_at(at(10).minus(Duration::from_micros(1))).await, 0);
    assert_eq!(leased_at(at(10)).await, 1);
    assert_eq!(leased_at(at(69)).await, 0);
    assert_eq!(leased_at(at(70)).await, 1);
}

pub async fn the_oldest_requests_are_leased_first_up_to_the_limit(store: Arc<dyn Store>) {
    requested(&store, [30, 10, 40, 20]).await;

    for expected in [[at(10), at(20)], [at(30), at(40)]] {
        let leased = store.lease_requests(at(100), LEASE, 2).await.unwrap();
        let asked: BTreeSet<_> = leased.iter().map(|it| it.at).collect();
        assert_eq!(asked, BTreeSet::from(expected));
    }
}

pub async fn of_parallel_workers_each_request_goes_to_one(store: Arc<dyn Store>) {
    requested(&store, 0..24).await;

    let leased = together((0..8).map(|_| {
        let store = Arc::clone(&store);
        async move { store.lease_requests(at(100), LEASE, 4).await.unwrap() }
    }))
    .await;

    let rest = store.lease_requests(at(100), LEASE, 24).await.unwrap();
    let all: Vec<_> = leased.into_iter().flatten().chain(rest).collect();
    let distinct: BTreeSet<_> = all.iter().map(|it| it.id).collect();
    assert_eq!((all.len(), distinct.len()), (24, 24));
}

pub async fn the_end_of_a_request_puts_mail_token_and_audit_in_its_place(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let leased = one_leased(&store, at(0)).await;
    let effects = reset_ordered(&scene.anna, at(1));

    let end = store.end_request(&leased, &effects, UNLIMITED).await;

    assert_eq!(end.unwrap(), RequestEnd::Done);
    let mailing = &effects.mail[0];
    assert_eq!(waiting(&store).await, std::slice::from_ref(&mailing.order));
    let token = mailing.token.as_ref().unwrap();
    assert!(stored_token(&store, token).await.is_some());
    let events = store.in_tenant(scene.home.id, 1).await.unwrap();
    assert_eq!(events, [effects.audit]);
    assert!(is_gone(&store).await);
}

pub async fn a_request_for_nobody_ends_in_the_audit(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let leased = one_leased(&store, at(0)).await;
    let requested = AuditAction::PasswordResetRequested;
    let audit = event("nobody", requested, scene.home.id, scene.anna.id);

    let end = store.end_request(&leased, &audit.into(), UNLIMITED).await;

    assert_eq!(end.unwrap(), RequestEnd::Done);
    assert!(waiting(&store).await.is_empty());
    assert_eq!(recorded(&store, &scene.home, requested).await, 1);
    assert!(is_gone(&store).await);
}

pub async fn a_request_over_the_limit_stays_with_nothing_changed(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let limit = MailLimit {
        count: 1,
        window: LEASE,
    };
    let mut ends = Vec::new();

    for second in [0, 1] {
        let leased = one_leased(&store, at(second)).await;
        let effects = reset_ordered(&scene.anna, at(second));
        ends.push(store.end_request(&leased, &effects, limit).await.unwrap());
    }

    assert_eq!(ends, [RequestEnd::Done, RequestEnd::MailLimited]);
    assert_eq!(waiting(&store).await.len(), 1);
    let requested = AuditAction::PasswordResetRequested;
    assert_eq!(recorded(&store, &scene.home, requested).await, 1);
    assert!(!is_gone(&store).await);
}

pub async fn of_parallel_ends_of_one_request_one_is_done(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let leased = one_leased(&store, at(0)).await;

    let ends = together((0..8).map(|second| {
        let (store, leased) = (Arc::clone(&store), leased.clone());
        let effects = reset_ordered(&scene.anna, at(second));
        async move {
            store
                .end_request(&leased, &effects, UNLIMITED)
                .await
                .unwrap()
        }
    }))
    .await;

    let done = ends.iter().filter(|it| **it == RequestEnd::Done).count();
    let lost = ends.iter().filter(|it| **it == RequestEnd::Lost).count();
    assert_eq!((done, lost), (1, 7));
    assert_eq!(waiting(&store).await.len(), 1);
    let requested = AuditAction::PasswordResetRequested;
    assert_eq!(recorded(&store, &scene.home, requested).await, 1);
}

pub async fn who_lost_the_lease_of_a_request_ends_nothing(store: Arc<dyn Store>) {
    let scene = Scene::set(&store).await;
    let lost = one_leased(&store, at(0)).await;
    let held = store.lease_requests(at(60), LEASE, 1).await.unwrap();
    let effects = reset_ordered(&scene.anna, at(60));
    let end = async |request| {
        store
            .end_request(request, &effects, UNLIMITED)
            .await
            .unwrap()
    };

    assert_eq!(end(&lost).await, RequestEnd::Lost);

    assert!(waiting(&store).await.is_empty());
    assert_eq!(end(&held[0]).await, RequestEnd::Done);
}

pub async fn purge_takes_requests_that_nobody_could_end(store: Arc<dyn Store>) {
    requested(&store, 0..5).await;

    for purged in [2, 1, 0] {
        assert_eq!(store.purge_requests(at(3), 2).await.unwrap(), purged);
    }

    let kept = store.lease_requests(at(10), LEASE, 9).await.unwrap();
    let asked: Vec<_> = kept.iter().map(|it| it.at).collect();
    assert_eq!(asked, [at(3), at(4)]);
}

/// Stores a request of each of these seconds.
async fn requested(store: &Arc<dyn Store>, seconds: impl IntoIterator<Item = i64>) {
    for second in seconds {
        let account = Account::Username("anna".parse().unwrap());
        let asked = Asked::PasswordReset("home".parse().unwrap(), account);
        let label = Labelled(format!("request {second}"));
        let request = MailRequest::new(at(second), &label, &Actor::anonymous(None), asked);
        store.request_mail(&request).await.unwrap();
    }
}

async fn one_leased(store: &Arc<dyn Store>, now: Timestamp) -> MailRequest {
    let second = i64::try_from(now.since(at(0)).as_secs()).unwrap();
    requested(store, [second]).await;
    let leased = store.lease_requests(now, LEASE, 1).await;
    leased.unwrap().remove(0)
}

async fn is_gone(store: &Arc<dyn Store>) -> bool {
    let leased = store.lease_requests(at(9999), LEASE, 9).await;
    leased.unwrap().is_empty()
}

fn reset_ordered(user: &User, now: Timestamp) -> Effects {
    let mailing = mailing(user, MailKind::PasswordReset, now);
    let label = mailing.order.id.to_string();
    let mut audit = event(
        &label,
        AuditAction::PasswordResetRequested,
        user.tenant,
        user.id,
    );
    audit.id = AuditEventId::ordered(now, &Labelled(label));
    Effects {
        mail: vec![mailing],
        audit,
    }
}
