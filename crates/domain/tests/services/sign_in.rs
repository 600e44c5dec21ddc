use std::{collections::BTreeSet, time::Duration};

use domain::{
    Error,
    model::{ClientChange, ClientKind, Grant, Secret, TenantChange},
    services::{ClientCredentials, NewUser, SignIn},
};

use crate::lab::{CLIENT_SECRET, Lab, PASSWORD, anonymous, new_user, operator, sign_in};

#[tokio::test]
async fn sec_05_every_miss_has_the_same_answer_and_costs_the_same_hashing() {
    let lab = Lab::new().await;
    let (acme, closed) = (lab.tenant("acme").await, lab.tenant("closed").await);
    lab.register(&acme, "anna").await;
    lab.register(&closed, "anna").await;
    let disabled = lab.register(&acme, "disabled").await;
    let disable = |user: &mut domain::model::User| user.enabled = false;
    lab.store
        .edit(|state| state.users.get_mut(&disabled).map(disable))
        .unwrap();
    let invited = NewUser {
        password: None,
        ..new_user(acme.id, "invited")
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
    let acme_alone = ClientChange {
        tenants: Some(BTreeSet::from([acme.id])),
        ..ClientChange::default()
    };
    lab.change_client(&crate::lab::canopy(), acme_alone).await;

    for (tenant, name, password) in [
        ("acme", "anna", "a wrong password"),
        ("acme", "nobody", PASSWORD),
        ("nowhere", "anna", PASSWORD),
        ("not a name", "anna", PASSWORD),
        ("platform", "anna", PASSWORD),
        ("platform", "admin", PASSWORD),
        ("closed", "anna", PASSWORD),
        ("acme", "invited", PASSWORD),
        ("acme", "disabled", PASSWORD),
    ] {
        let verified = lab.hasher.verified();
        let refused = lab.events(|event| event.action.name() == "sign_in_refused");
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
        let recorded = lab.events(|event| event.action.name() == "sign_in_refused");
        assert_eq!(recorded.len() - refused.len(), 1, "{tenant}/{name}");
    }
    assert!(lab.sign_in(&acme, "ANNA", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_wrong_client_is_refused_before_any_hashing() {
    let lab = Lab::new().await;
    let switched_off = lab
        .client(
            "off",
            ClientKind::Confidential,
            ClientChange {
                enabled: Some(false),
                ..ClientChange::default()
            },
        )
        .await;
    let verified = lab.hasher.verified();
    let other = |id: &str, secret: Option<&str>| ClientCredentials {
        id: id.to_owned(),
        secret: secret.map(|text| Secret::new(text.to_owned())),
    };

    for client in [
        other("canopy", Some("wrong")),
        other("canopy", None),
        other("other", Some(CLIENT_SECRET)),
        other("", Some(CLIENT_SECRET)),
        switched_off,
    ] {
        let request = SignIn {
            client,
            ..sign_in("platform", "admin", PASSWORD)
        };
        let refused = lab.membership.tokens.sign_in(&anonymous(), request).await;
        assert!(matches!(refused, Err(Error::BadClient)));
    }

    assert_eq!(lab.hasher.verified(), verified);
    assert!(lab.sign_in(&lab.platform, "admin", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn sec_30_a_client_signs_people_in_only_once_it_is_allowed_to() {
    let lab = Lab::new().await;
    let verified = lab.hasher.verified();

    for kind in ClientKind::ALL {
        let refresh_alone = ClientChange {
            grants: Some(BTreeSet::from([Grant::RefreshToken])),
            ..ClientChange::default()
        };
        let client = lab.client(kind.name(), *kind, refresh_alone).await;
        let refused = lab.sign_in_by(&client, &lab.platform, "admin").await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{kind:?}");
        assert_eq!(lab.hasher.verified(), verified, "{kind:?}");
        assert!(lab.store.edit(|state| state.sessions.is_empty()));
    }

    let allowed = lab
        .client("allowed", ClientKind::Public, ClientChange::default())
        .await;
    assert!(
        lab.sign_in_by(&allowed, &lab.platform, "admin")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_client_that_may_not_refresh_is_given_no_refresh_token() {
    let lab = Lab::new().await;
    let password_alone = ClientChange {
        grants: Some(BTreeSet::from([Grant::Password])),
        ..ClientChange::default()
    };
    let client = lab
        .client("kiosk", ClientKind::Public, password_alone)
        .await;
    let request = SignIn {
        client,
        ..sign_in("platform", "admin", PASSWORD)
    };

    let answer = lab.membership.tokens.sign_in(&anonymous(), request).await;

    let answer = answer.unwrap();
    assert!(answer.sign_in.unwrap().refresh_token.is_none());
    assert!(lab.caller(answer.access_token.expose()).await.is_ok());
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
    assert!(lab.caller(&token).await.is_ok());

    lab.clock.advance(Duration::from_secs(3));
    assert!(matches!(
        lab.caller(&token).await,
        Err(Error::Unauthenticated)
    ));
}
