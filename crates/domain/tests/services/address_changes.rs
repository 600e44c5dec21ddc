use std::time::Duration;

use domain::{
    Error,
    model::{AuditAction, MailKind},
    services::{Account, NewUser},
};

use crate::{
    anna::{Anna, NEW_PASSWORD, new_email, new_password},
    lab::{PASSWORD, anonymous, linked, new_user, operator, password},
};

#[tokio::test]
async fn a_new_address_counts_once_it_is_proved_and_the_old_one_is_told_before() {
    let anna = Anna::new().await;
    let lab = &anna.lab;

    anna.changes(new_email("Neue@example.org")).await.unwrap();

    let mut mail = lab.mail().await;
    mail.sort_by_key(|it| it.link.is_none());
    let sent: Vec<_> = mail.iter().map(|it| (it.to.as_str(), it.kind)).collect();
    assert_eq!(
        sent,
        [
            ("Neue@example.org", MailKind::AddressConfirmation),
            ("anna@example.com", MailKind::AddressChanged),
        ]
    );
    assert!(mail[1].link.is_none());
    let link = mail[0].link.as_ref().unwrap();
    assert_eq!(link.lifetime, Duration::from_hours(24));
    let url = link.url.expose();
    assert!(url.starts_with("https://id.example.com/account/email-confirmation?token="));
    let user = lab.user(&anna.acme, anna.id).await;
    assert_eq!(user.email.as_str(), "anna@example.com");
    assert!(user.email_confirmed);
    let account = Account::Email("neue@example.org".parse().unwrap());
    let reset = lab
        .membership
        .password_reset
        .request(&anonymous(), "acme", account)
        .await;
    reset.unwrap();
    assert!(
        lab.mail().await.is_empty(),
        "not usable before it is proved"
    );

    let token = linked(&mail[0], "token");
    anna.confirms(&token).await.unwrap();

    let user = lab.user(&anna.acme, anna.id).await;
    assert_eq!(user.email.as_str(), "Neue@example.org");
    assert!(user.email_confirmed);
    assert!(matches!(anna.confirms(&token).await, Err(Error::BadToken)));
    let moved = lab.events(|it| it.action == AuditAction::AddressChanged);
    assert_eq!(moved.len(), 1);
    let signed_in = lab.sign_in(&anna.acme, "anna", PASSWORD).await;
    assert!(signed_in.is_ok());
}

#[tokio::test]
async fn sec_15_a_link_to_a_new_address_expires_after_24_hours() {
    let anna = Anna::new().await;
    let token = anna.asks_for("new@example.org").await;

    anna.lab.clock.advance(Duration::from_hours(24));

    assert!(matches!(anna.confirms(&token).await, Err(Error::BadToken)));
    let user = anna.lab.user(&anna.acme, anna.id).await;
    assert_eq!(user.email.as_str(), "anna@example.com");
}

#[tokio::test]
async fn sec_18_a_proved_address_voids_open_links_and_pending_changes() {
    let anna = Anna::new().await;
    let lab = &anna.lab;
    let reset = &lab.membership.password_reset;
    let account = Account::Username("anna".parse().unwrap());
    reset.request(&anonymous(), "acme", account).await.unwrap();
    let open = lab.mailed("token").await;
    let older = anna.asks_for("older@example.org").await;
    let newer = anna.asks_for("newer@example.org").await;

    assert!(matches!(anna.confirms(&older).await, Err(Error::BadToken)));
    reset.check(&anonymous(), anna.id, &open).await.unwrap();
    anna.confirms(&newer).await.unwrap();

    let void = reset.check(&anonymous(), anna.id, &open).await;
    assert!(matches!(void, Err(Error::BadToken)));
    let user = lab.user(&anna.acme, anna.id).await;
    assert_eq!(user.email.as_str(), "newer@example.org");
}

#[tokio::test]
async fn sec_18_a_new_password_voids_open_links_and_pending_changes() {
    for by_reset in [false, true] {
        let anna = Anna::new().await;
        let lab = &anna.lab;
        let reset = &lab.membership.password_reset;
        let pending = anna.asks_for("new@example.org").await;
        let account = Account::Username("anna".parse().unwrap());
        reset.request(&anonymous(), "acme", account).await.unwrap();
        let open = lab.mailed("token").await;

        if by_reset {
            let done = reset
                .reset(&anonymous(), anna.id, &open, password(NEW_PASSWORD))
                .await;
            done.unwrap();
        } else {
            let change = new_password(NEW_PASSWORD, Some(PASSWORD));
            anna.changes(change).await.unwrap();
        }

        assert!(matches!(
            anna.confirms(&pending).await,
            Err(Error::BadToken)
        ));
        let void = reset.check(&anonymous(), anna.id, &open).await;
        assert!(matches!(void, Err(Error::BadToken)));
        let user = lab.user(&anna.acme, anna.id).await;
        assert_eq!(user.email.as_str(), "anna@example.com");
    }
}

#[tokio::test]
async fn a_taken_address_is_a_conflict_when_asked_for_and_a_dead_link_later() {
    let anna = Anna::new().await;
    let lab = &anna.lab;
    lab.register(&anna.acme, "bert").await;
    lab.mail().await;

    let refused = anna.refused_by(&anna.actor, new_email("BERT@example.com"));
    assert!(matches!(refused.await, Error::Conflict(_)));
    let token = anna.asks_for("wanted@example.org").await;
    let faster = NewUser {
        email: "wanted@example.org".parse().unwrap(),
        ..new_user(anna.acme.id, "faster")
    };
    let registration = lab
        .membership
        .registration
        .register(&operator(), faster)
        .await;
    registration.unwrap();

    assert!(matches!(anna.confirms(&token).await, Err(Error::BadToken)));
    let user = lab.user(&anna.acme, anna.id).await;
    assert_eq!(user.email.as_str(), "anna@example.com");
}

#[tokio::test]
async fn sec_15_links_to_new_addresses_and_other_links_do_not_stand_in_for_each_other() {
    let anna = Anna::new().await;
    let token = anna.asks_for("new@example.org").await;
    let reset = &anna.lab.membership.password_reset;

    let refused = reset.check(&anonymous(), anna.id, &token).await;

    assert!(matches!(refused, Err(Error::BadToken)));
    anna.confirms(&token).await.unwrap();
}
