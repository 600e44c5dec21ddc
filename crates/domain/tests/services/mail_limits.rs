use std::time::Duration;

use domain::{
    Error,
    model::{Email, MailKind, Tenant, UserId},
    services::{Account, AccountChange},
};

use crate::lab::{Lab, anonymous, just_before, operator};

const WINDOW: Duration = Duration::from_mins(15);

async fn registered() -> (Lab, Tenant, UserId) {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    lab.mail().await;
    lab.clock.advance(WINDOW);
    (lab, acme, id)
}

async fn asks_for_reset(lab: &Lab) {
    let account = Account::Username("anna".parse().unwrap());
    let reset = lab
        .membership
        .password_reset
        .request(&anonymous(), "acme", account)
        .await;
    reset.unwrap();
}

#[tokio::test]
async fn sec_19_an_account_gets_three_links_in_15_minutes_and_requests_are_answered_alike() {
    let (lab, _, _) = registered().await;

    for _ in 0..10 {
        asks_for_reset(&lab).await;
        lab.clock.advance(Duration::from_secs(1));
    }

    assert_eq!(lab.mail().await.len(), 3);
    let requested = |detail: Option<&str>| {
        let name = "password_reset_requested";
        let events = lab.events(|it| it.action.name() == name && it.detail.as_deref() == detail);
        events.len()
    };
    assert_eq!((requested(None), requested(Some("limited"))), (3, 7));
}

#[tokio::test]
async fn sec_19_a_link_counts_until_15_minutes_are_over() {
    let (lab, _, _) = registered().await;
    for _ in 0..3 {
        asks_for_reset(&lab).await;
    }
    lab.mail().await;

    lab.clock.advance(just_before(WINDOW));
    asks_for_reset(&lab).await;
    assert!(lab.mail().await.is_empty());
    lab.clock.advance(Duration::from_micros(1));
    asks_for_reset(&lab).await;

    assert_eq!(lab.mail().await.len(), 1);
}

#[tokio::test]
async fn sec_19_each_kind_of_link_counts_for_itself_and_notices_not_at_all() {
    let (lab, acme, id) = registered().await;
    let service = &lab.membership.email_confirmation;

    for _ in 0..5 {
        service.request(&anonymous(), acme.id, id).await.unwrap();
    }
    lab.clock.advance(Duration::from_secs(1));
    for _ in 0..5 {
        asks_for_reset(&lab).await;
        lab.clock.advance(Duration::from_secs(1));
    }
    service.request(&anonymous(), acme.id, id).await.unwrap();

    let mut kinds: Vec<_> = lab.mail().await.iter().map(|it| it.kind).collect();
    kinds.sort_unstable();
    let (confirmation, reset) = (MailKind::Confirmation, MailKind::PasswordReset);
    assert_eq!(kinds, [[confirmation; 3], [reset; 3]].concat());
    lab.actor(&acme, "anna").await;
    let ended = lab
        .membership
        .sessions
        .end_all(&operator(), acme.id, id)
        .await;
    ended.unwrap();
    let kinds: Vec<_> = lab.mail().await.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [MailKind::SignedOut]);
}

#[tokio::test]
async fn sec_19_the_limit_is_each_accounts_own() {
    let (lab, acme, _) = registered().await;
    lab.register(&acme, "bert").await;
    lab.mail().await;
    for _ in 0..4 {
        asks_for_reset(&lab).await;
    }
    lab.mail().await;

    let account = Account::Username("bert".parse().unwrap());
    let reset = lab
        .membership
        .password_reset
        .request(&anonymous(), "acme", account)
        .await;
    reset.unwrap();

    assert_eq!(lab.mail().await.len(), 1);
}

#[tokio::test]
async fn sec_19_a_new_address_over_the_limit_is_refused_and_changes_nothing() {
    let (lab, acme, id) = registered().await;
    let anna = lab.actor(&acme, "anna").await;
    let accounts = &lab.membership.accounts;
    let change = |number: u32| AccountChange {
        username: Some(format!("anna{number}").parse().unwrap()),
        email: Some(
            format!("anna{number}@example.org")
                .parse::<Email>()
                .unwrap(),
        ),
        ..AccountChange::default()
    };
    for number in 0..3 {
        accounts
            .change(&anna, acme.id, id, change(number))
            .await
            .unwrap();
    }
    lab.mail().await;
    let before = lab.users(&acme).await;
    lab.clock.advance(Duration::from_secs(1));

    let refused = accounts.change(&anna, acme.id, id, change(3)).await;

    let expected =
        |it: &Error| matches!(it, Error::Throttled { retry_after } if *retry_after == WINDOW);
    assert!(refused.is_err_and(|it| expected(&it)));
    assert!(lab.users(&acme).await == before);
    assert!(lab.mail().await.is_empty());
    let event = &lab.events(|it| it.tenant == Some(acme.id))[0];
    assert_eq!(event.action.name(), "account_change_refused");
    assert_eq!(event.detail.as_deref(), Some("limited"));
}

#[tokio::test]
async fn sec_19_what_counts_is_not_purged() {
    let lab = Lab::with(|policy| policy.mail.retention = Duration::ZERO).await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    for _ in 0..3 {
        asks_for_reset(&lab).await;
    }
    assert_eq!(lab.mail().await.len(), 4, "and that of the registration");
    lab.clock.advance(just_before(WINDOW));

    lab.membership.housekeeping.purge().await.unwrap();
    asks_for_reset(&lab).await;

    assert!(lab.mail().await.is_empty());
}
