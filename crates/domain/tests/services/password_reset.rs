use std::{sync::Arc, time::Duration};

use domain::{
    Error,
    model::{MailKind, PasswordFault},
    services::Account,
};

use crate::lab::{Lab, PASSWORD, anonymous, linked, password};

const NEW_PASSWORD: &str = "a new password of mine";

fn by_name(name: &str) -> Account {
    Account::Username(name.parse().unwrap())
}

fn by_email(email: &str) -> Account {
    Account::Email(email.parse().unwrap())
}

/// The token of a reset link that was asked for and mailed to that user of `acme`.
async fn requested(lab: &Lab, name: &str) -> String {
    lab.mail().await;
    let reset = &lab.membership.password_reset;
    reset
        .request(&anonymous(), "acme", by_name(name))
        .await
        .unwrap();
    lab.mailed("token").await
}

#[tokio::test]
async fn sec_17_a_reset_ends_sessions_voids_links_and_tells_the_owner() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    let confirmation = lab.mailed("token").await;
    let before = lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();
    let reset = &lab.membership.password_reset;
    reset
        .request(&anonymous(), "acme", by_name("anna"))
        .await
        .unwrap();
    let older = lab.mailed("token").await;
    reset
        .request(&anonymous(), "ACME", by_email("Anna@Example.com"))
        .await
        .unwrap();
    let newer = lab.mailed("token").await;
    reset.check(&anonymous(), id, &older).await.unwrap();

    reset
        .reset(&anonymous(), id, &newer, password(NEW_PASSWORD))
        .await
        .unwrap();

    assert!(lab.sign_in(&acme, "anna", PASSWORD).await.is_err());
    assert!(lab.sign_in(&acme, "anna", NEW_PASSWORD).await.is_ok());
    assert!(lab.refresh(&before.refresh_token).await.is_err());
    assert!(lab.caller(&before.access_token).await.is_err());
    assert!(matches!(
        reset.check(&anonymous(), id, &older).await,
        Err(Error::BadToken)
    ));
    assert!(
        lab.membership
            .email_confirmation
            .confirm(&anonymous(), &confirmation)
            .await
            .is_err()
    );
    let notice = lab.mail().await;
    assert_eq!(
        (notice.len(), notice[0].kind),
        (1, MailKind::PasswordChanged)
    );
}

#[tokio::test]
async fn sec_15_a_link_is_for_one_purpose_and_one_user() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let anna = lab.register(&acme, "anna").await;
    let confirmation = lab.mailed("token").await;
    let bert = lab.register(&acme, "bert").await;
    let reset = &lab.membership.password_reset;
    let token = requested(&lab, "anna").await;

    for (user, wrong) in [
        (bert, token.as_str()),
        (anna, &confirmation),
        (anna, "x"),
        (anna, ""),
    ] {
        assert!(matches!(
            reset.check(&anonymous(), user, wrong).await,
            Err(Error::BadToken)
        ));
        let refused = reset
            .reset(&anonymous(), user, wrong, password(NEW_PASSWORD))
            .await;
        assert!(matches!(refused, Err(Error::BadToken)));
    }
    assert!(
        lab.membership
            .email_confirmation
            .confirm(&anonymous(), &token)
            .await
            .is_err()
    );

    reset
        .reset(&anonymous(), anna, &token, password(NEW_PASSWORD))
        .await
        .unwrap();
    assert!(lab.sign_in(&acme, "bert", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn sec_15_a_reset_link_expires_after_30_minutes() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    let token = requested(&lab, "anna").await;

    lab.clock.advance(Duration::from_mins(30));

    assert!(matches!(
        lab.membership
            .password_reset
            .check(&anonymous(), id, &token)
            .await,
        Err(Error::BadToken)
    ));
}

#[tokio::test]
async fn a_weak_password_is_refused_and_the_link_stays_good() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    let reset = &lab.membership.password_reset;
    let token = requested(&lab, "anna").await;

    let refused = reset
        .reset(&anonymous(), id, &token, password("short"))
        .await;

    assert!(matches!(
        refused,
        Err(Error::Password {
            field: "newPassword",
            fault: PasswordFault::TooShort { min: 15 },
        })
    ));
    reset
        .reset(&anonymous(), id, &token, password(NEW_PASSWORD))
        .await
        .unwrap();
}

#[tokio::test]
async fn sec_19_a_request_for_nobody_is_answered_alike_and_sends_nothing() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    lab.mail().await;
    let reset = &lab.membership.password_reset;
    reset
        .request(&anonymous(), "acme", by_name("anna"))
        .await
        .unwrap();
    assert_eq!(lab.mail().await.len(), 1);

    for (tenant, account) in [
        ("acme", by_name("nobody")),
        ("acme", by_email("nobody@example.com")),
        ("platform", by_name("anna")),
        ("nowhere", by_name("anna")),
        ("not a short name", by_name("anna")),
    ] {
        reset.request(&anonymous(), tenant, account).await.unwrap();
    }

    assert!(lab.mail().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_16_of_twenty_parallel_resets_with_one_link_one_wins() {
    let lab = Arc::new(Lab::new().await);
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    let token = requested(&lab, "anna").await;

    let attempts: Vec<_> = (0..20)
        .map(|number| {
            let (lab, token) = (lab.clone(), token.clone());
            tokio::spawn(async move {
                let chosen = format!("password number {number:02}");
                let reset = &lab.membership.password_reset;
                reset
                    .reset(&anonymous(), id, &token, password(&chosen))
                    .await
                    .map(|()| chosen)
            })
        })
        .collect();
    let mut winners = Vec::new();
    for attempt in attempts {
        winners.extend(attempt.await.unwrap());
    }

    assert_eq!(winners.len(), 1);
    assert!(lab.sign_in(&acme, "anna", &winners[0]).await.is_ok());
    assert_eq!(lab.mail().await.len(), 1, "one notice");
}

#[tokio::test]
async fn sec_13_links_begin_with_the_public_url() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    let confirmation = lab.mail().await;
    lab.membership
        .password_reset
        .request(&anonymous(), "acme", by_name("anna"))
        .await
        .unwrap();
    let reset = lab.mail().await;

    let url = |mail: &domain::model::Mail| mail.link.as_ref().unwrap().url.expose().clone();
    assert!(
        url(&confirmation[0])
            .starts_with("https://id.example.com/account/email-confirmation?token=")
    );
    assert!(url(&reset[0]).starts_with(&format!(
        "https://id.example.com/account/password-reset?user={id}&token="
    )));
    assert_eq!(linked(&reset[0], "user"), id.to_string());
}
