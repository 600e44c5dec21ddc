use std::time::Duration;

use domain::{
    Error,
    model::{Secret, TenantChange},
    services::Refresh,
};

use crate::lab::{CLIENT_SECRET, Lab, PASSWORD, anonymous, operator, sign_in};

#[tokio::test]
async fn sec_05_every_miss_has_the_same_answer_and_costs_the_same_hashing() {
    let lab = Lab::new().await;
    let (acme, closed) = (lab.tenant("acme").await, lab.tenant("closed").await);
    lab.register(&acme, "anna").await;
    lab.register(&closed, "anna").await;
    let invited = domain::services::NewUser {
        password: None,
        ..crate::lab::new_user(acme.id, "invited")
    };
    lab.membership
        .registration
        .register(&operator(), invited)
        .await
        .unwrap();
    let off = TenantChange {
        enabled: Some(false),
        ..TenantChange::default()
    };
    lab.membership
        .tenants
        .change(&operator(), closed.id, off)
        .await
        .unwrap();

    for (tenant, name, password) in [
        ("acme", "anna", "a wrong password"),
        ("acme", "nobody", PASSWORD),
        ("nowhere", "anna", PASSWORD),
        ("not a name", "anna", PASSWORD),
        ("platform", "anna", PASSWORD),
        ("closed", "anna", PASSWORD),
        ("acme", "invited", PASSWORD),
    ] {
        let verified = lab.hasher.verified();
        let answer = lab
            .membership
            .tokens
            .sign_in(&anonymous(), sign_in(tenant, name, password))
            .await;
        assert!(
            matches!(answer, Err(Error::BadCredentials)),
            "{tenant}/{name}"
        );
        assert_eq!(lab.hasher.verified() - verified, 1, "{tenant}/{name}");
    }
    assert!(lab.sign_in(&acme, "ANNA", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_wrong_client_is_refused_before_any_hashing() {
    let lab = Lab::new().await;
    let request = || sign_in("platform", "admin", PASSWORD);
    let verified = lab.hasher.verified();

    for (id, secret) in [
        ("canopy", Some("wrong")),
        ("canopy", None),
        ("other", Some(CLIENT_SECRET)),
        ("", Some(CLIENT_SECRET)),
    ] {
        let mut request = request();
        request.client_id = id.to_owned();
        request.client_secret = secret.map(|text| Secret::new(text.to_owned()));
        let refused = lab.membership.tokens.sign_in(&anonymous(), request).await;
        assert!(matches!(refused, Err(Error::BadClient)));
    }

    assert_eq!(lab.hasher.verified(), verified);
    assert!(
        lab.membership
            .tokens
            .sign_in(&anonymous(), request())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn sec_24_a_confidential_client_keeps_its_refresh_token() {
    let lab = Lab::new().await;
    let signed_in = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();

    for _ in 0..3 {
        lab.clock.advance(Duration::from_hours(1));
        let refreshed = lab.refresh(&signed_in.refresh_token).await.unwrap();
        assert_eq!(refreshed.refresh_token, signed_in.refresh_token);
        assert_eq!(refreshed.user.user, signed_in.user.user);
    }
}

#[tokio::test]
async fn a_session_ends_by_disuse_and_by_age() {
    let lab = Lab::new().await;
    let unused = lab
        .sign_in(&lab.platform, "admin", PASSWORD)
        .await
        .unwrap()
        .refresh_token;
    let used = lab
        .sign_in(&lab.platform, "admin", PASSWORD)
        .await
        .unwrap()
        .refresh_token;

    for _ in 0..12 {
        lab.clock.advance(Duration::from_hours(29 * 24));
        lab.refresh(&used).await.unwrap();
    }
    assert!(matches!(
        lab.refresh(&unused).await,
        Err(Error::BadCredentials)
    ));

    lab.clock.advance(Duration::from_hours(20 * 24));
    assert!(matches!(
        lab.refresh(&used).await,
        Err(Error::BadCredentials)
    ));
}

#[tokio::test]
async fn ending_the_sessions_of_a_user_ends_all_of_that_user_and_no_other() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    lab.register(&acme, "bert").await;
    let anna = [
        lab.sign_in(&acme, "anna", PASSWORD).await.unwrap(),
        lab.sign_in(&acme, "anna", PASSWORD).await.unwrap(),
    ];
    let bert = lab.sign_in(&acme, "bert", PASSWORD).await.unwrap();

    lab.membership
        .sessions
        .end_all(&anonymous(), lab.platform.id, id)
        .await
        .unwrap();
    assert!(
        lab.refresh(&anna[0].refresh_token).await.is_ok(),
        "another tenant's id reaches nobody"
    );
    lab.membership
        .sessions
        .end_all(&anonymous(), acme.id, id)
        .await
        .unwrap();

    for session in anna {
        assert!(matches!(
            lab.refresh(&session.refresh_token).await,
            Err(Error::BadCredentials)
        ));
        let proved = lab
            .membership
            .tokens
            .authenticate(&session.access_token)
            .await;
        assert!(matches!(proved, Err(Error::Unauthenticated)));
    }
    assert!(lab.refresh(&bert.refresh_token).await.is_ok());
    assert!(lab.sign_in(&acme, "anna", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn sec_35_sign_out_can_be_closed_to_strangers() {
    let lab = Lab::with(|policy| policy.open.sign_out = false).await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    lab.register(&acme, "bert").await;
    let session = lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();
    let bert = lab.actor(&acme, "bert").await;
    let sessions = &lab.membership.sessions;

    assert!(matches!(
        sessions.end_all(&anonymous(), acme.id, id).await,
        Err(Error::Unauthenticated)
    ));
    assert!(matches!(
        sessions.end_all(&bert, acme.id, id).await,
        Err(Error::Forbidden)
    ));
    assert!(lab.refresh(&session.refresh_token).await.is_ok());
    sessions
        .end_all(&lab.actor(&acme, "anna").await, acme.id, id)
        .await
        .unwrap();
    assert!(lab.refresh(&session.refresh_token).await.is_err());
}

#[tokio::test]
async fn a_disabled_tenant_stops_sign_in_refresh_and_access() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    let session = lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();

    let off = TenantChange {
        enabled: Some(false),
        ..TenantChange::default()
    };
    lab.membership
        .tenants
        .change(&operator(), acme.id, off)
        .await
        .unwrap();

    assert!(lab.sign_in(&acme, "anna", PASSWORD).await.is_err());
    assert!(lab.refresh(&session.refresh_token).await.is_err());
    assert!(
        lab.membership
            .tokens
            .authenticate(&session.access_token)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn sec_26_a_refresh_token_is_refused_when_forged_and_stays_good() {
    let lab = Lab::new().await;
    let session = lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap();
    let mut forged = session.refresh_token.clone();
    forged.replace_range(..1, if forged.starts_with('A') { "B" } else { "A" });

    for wrong in [forged.as_str(), "", "x", &session.access_token] {
        assert!(matches!(
            lab.refresh(wrong).await,
            Err(Error::BadCredentials)
        ));
    }
    let other_secret = Refresh {
        client_id: "canopy".to_owned(),
        client_secret: Some(Secret::new("wrong".to_owned())),
        refresh_token: Secret::new(session.refresh_token.clone()),
    };
    assert!(matches!(
        lab.membership.tokens.refresh(other_secret).await,
        Err(Error::BadClient)
    ));

    assert!(lab.refresh(&session.refresh_token).await.is_ok());
}

#[tokio::test]
async fn an_access_token_lives_a_minute_longer_than_announced() {
    let lab = Lab::new().await;
    let request = sign_in("platform", "admin", PASSWORD);
    let answer = lab
        .membership
        .tokens
        .sign_in(&anonymous(), request)
        .await
        .unwrap();
    let token = answer.access_token.expose().clone();
    assert!(
        (570..=600).contains(&answer.expires_in.as_secs()),
        "10 minutes, up to 5 % less"
    );

    lab.clock
        .advance(answer.expires_in + Duration::from_secs(58));
    assert!(lab.membership.tokens.authenticate(&token).await.is_ok());

    lab.clock.advance(Duration::from_secs(3));
    assert!(matches!(
        lab.membership.tokens.authenticate(&token).await,
        Err(Error::Unauthenticated)
    ));
}

#[tokio::test]
async fn roles_held_now_count_and_not_those_in_the_token() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    let session = lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();
    assert!(!session.user.has_role("Support"));

    lab.membership
        .roles
        .set(&operator(), acme.id, id, "Support", true)
        .await
        .unwrap();

    assert!(
        lab.membership
            .tokens
            .authenticate(&session.access_token)
            .await
            .unwrap()
            .has_role("Support")
    );
}
