use std::{collections::BTreeSet, time::Duration};

use domain::{
    Error,
    model::{ClientChange, ClientKind, Grant, RefreshPolicy, Secret, Tenant},
    services::{Account, ActiveToken, ClientCredentials},
};

use crate::lab::{CLIENT_SECRET, Lab, PASSWORD, SignedIn, anonymous, canopy, operator, refresh};

/// A resource server: a confidential client that is there to ask.
async fn resource_server(
    lab: &Lab,
    tenants: impl IntoIterator<Item = &Tenant>,
) -> ClientCredentials {
    let change = ClientChange {
        tenants: Some(tenants.into_iter().map(|tenant| tenant.id).collect()),
        ..ClientChange::default()
    };
    lab.client("resource-server", ClientKind::Confidential, change)
        .await
}

async fn introspect(lab: &Lab, client: &ClientCredentials, token: &str) -> Option<ActiveToken> {
    let token = Secret::new(token.to_owned());
    let status = &lab.membership.token_status;
    status
        .introspect(&anonymous(), client, &token)
        .await
        .unwrap()
}

async fn admin(lab: &Lab) -> SignedIn {
    lab.sign_in(&lab.platform, "admin", PASSWORD).await.unwrap()
}

#[tokio::test]
async fn sec_27_an_access_token_is_known_to_every_resource_server() {
    let lab = Lab::new().await;
    let server = resource_server(&lab, []).await;
    let admin = admin(&lab).await;

    let active = introspect(&lab, &server, &admin.access_token)
        .await
        .unwrap();

    assert_eq!(active.client.as_str(), "canopy");
    assert!(active.token_id.is_some());
    assert!(active.expires_at > active.issued_at);
    assert_eq!(active.person, Some(admin.user));
}

#[tokio::test]
async fn sec_27_a_refresh_token_is_known_to_its_own_client_alone() {
    let lab = Lab::new().await;
    let server = resource_server(&lab, []).await;
    let admin = admin(&lab).await;
    let before = lab.store.edit(|state| state.sessions.clone());

    let active = introspect(&lab, &canopy(), &admin.refresh_token)
        .await
        .unwrap();

    assert_eq!((active.client.as_str(), active.token_id), ("canopy", None));
    assert_eq!(active.person, Some(admin.user));
    let session = before.values().next().unwrap();
    assert_eq!(active.expires_at, session.idle_expires_at);
    assert!(
        introspect(&lab, &server, &admin.refresh_token)
            .await
            .is_none()
    );
    assert!(
        lab.store.edit(|state| state.sessions == before),
        "asking is no use"
    );
}

#[tokio::test]
async fn sec_27_of_a_rotating_client_the_newest_refresh_token_is_active() {
    let lab = Lab::new().await;
    let rotate = ClientChange {
        refresh: Some(RefreshPolicy::Rotate),
        ..ClientChange::default()
    };
    let client = lab.client("web", ClientKind::Confidential, rotate).await;
    let spent = lab
        .sign_in_by(&client, &lab.platform, "admin")
        .await
        .unwrap();
    assert!(
        introspect(&lab, &client, &spent.refresh_token)
            .await
            .is_some()
    );

    let newest = lab.refresh_by(&client, &spent.refresh_token).await.unwrap();

    assert!(
        introspect(&lab, &client, &newest.refresh_token)
            .await
            .is_some()
    );
    assert!(
        introspect(&lab, &client, &spent.refresh_token)
            .await
            .is_none()
    );
    lab.clock.advance(Duration::from_hours(1));
    assert!(
        introspect(&lab, &client, &spent.refresh_token)
            .await
            .is_none()
    );
    let unharmed = lab.refresh_by(&client, &newest.refresh_token).await;
    assert!(unharmed.is_ok(), "asking for a spent token accuses nobody");
}

#[tokio::test]
async fn sec_27_a_clients_own_token_stands_for_no_person() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let server = resource_server(&lab, [&acme]).await;
    let acts_for_itself = ClientChange {
        grants: Some(BTreeSet::from([Grant::ClientCredentials])),
        ..ClientChange::default()
    };
    let billing = lab
        .client("billing", ClientKind::Confidential, acts_for_itself)
        .await;
    let tokens = &lab.membership.tokens;
    let answer = tokens
        .client_credentials(&anonymous(), &billing)
        .await
        .unwrap();

    let active = introspect(&lab, &server, answer.access_token.expose())
        .await
        .unwrap();

    assert_eq!((active.client.as_str(), active.person), ("billing", None));
    lab.membership
        .clients
        .delete(&operator(), &billing.id.parse().unwrap())
        .await
        .unwrap();
    assert!(
        introspect(&lab, &server, answer.access_token.expose())
            .await
            .is_none()
    );
}

#[tokio::test]
async fn sec_27_a_client_is_told_nothing_of_tenants_that_it_does_not_serve() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    let server = resource_server(&lab, [&acme]).await;
    let anna = lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();
    let admin = admin(&lab).await;

    assert!(
        introspect(&lab, &server, &anna.access_token)
            .await
            .is_some()
    );
    assert!(
        introspect(&lab, &server, &admin.access_token)
            .await
            .is_none()
    );
}

#[tokio::test]
async fn sec_27_only_a_confidential_client_that_is_proved_is_answered() {
    let lab = Lab::new().await;
    let admin = admin(&lab).await;
    let public = lab
        .client("app", ClientKind::Public, ClientChange::default())
        .await;
    let with = |id: &str, secret: Option<&str>| ClientCredentials {
        id: id.to_owned(),
        secret: secret.map(|text| Secret::new(text.to_owned())),
    };

    for client in [
        public,
        with("canopy", None),
        with("canopy", Some("wrong")),
        with("nobody", Some(CLIENT_SECRET)),
    ] {
        for token in [&admin.access_token, &admin.refresh_token, "unknown"] {
            let token = Secret::new(token.to_owned());
            let status = &lab.membership.token_status;
            let refused = status.introspect(&anonymous(), &client, &token).await;
            assert!(matches!(refused, Err(Error::BadClient)), "{}", client.id);
        }
    }
}

#[tokio::test]
async fn sec_23_other_kinds_of_tokens_are_not_active() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.register(&acme, "anna").await;
    let confirmation = lab.mailed("token").await;
    let confirmations = &lab.membership.email_confirmation;
    confirmations
        .confirm(&anonymous(), &confirmation)
        .await
        .unwrap();
    let reset = &lab.membership.password_reset;
    let account = Account::Username("anna".parse().unwrap());
    reset.request(&anonymous(), "acme", account).await.unwrap();
    let link = lab.mailed("token").await;
    let anna = lab.actor(&acme, "anna").await;
    let domain::model::Identity::User(user) = &anna.identity else {
        panic!("anna is a user");
    };
    let desk = &lab.membership.support_desk;
    let support = desk.token(&anna, acme.id, user.user).await.unwrap();

    for token in [
        &confirmation,
        &link,
        support.expose(),
        CLIENT_SECRET,
        "",
        "x",
    ] {
        assert!(introspect(&lab, &canopy(), token).await.is_none());
    }
}

#[tokio::test]
async fn sec_27_what_is_over_is_not_active() {
    let ends: [fn(&Lab, &SignedIn); 5] = [
        |lab, _| lab.clock.advance(Duration::from_hours(721)),
        |lab, admin| {
            let id = admin.user.session;
            lab.store.edit(|state| state.sessions.remove(&id)).unwrap();
        },
        |lab, admin| {
            let id = admin.user.user;
            lab.store
                .edit(|state| state.users.get_mut(&id).unwrap().epoch += 1);
        },
        |lab, admin| {
            let id = admin.user.user;
            lab.store
                .edit(|state| state.users.get_mut(&id).unwrap().enabled = false);
        },
        |lab, admin| {
            let id = admin.user.tenant;
            lab.store
                .edit(|state| state.tenants.get_mut(&id).unwrap().enabled = false);
        },
    ];
    for (number, end) in ends.iter().enumerate() {
        let lab = Lab::new().await;
        let admin = admin(&lab).await;
        for token in [&admin.access_token, &admin.refresh_token] {
            assert!(introspect(&lab, &canopy(), token).await.is_some());
        }

        end(&lab, &admin);

        lab.clock.advance(Duration::from_secs(2));
        for token in [&admin.access_token, &admin.refresh_token] {
            let active = introspect(&lab, &canopy(), token).await;
            assert!(active.is_none(), "{number}");
        }
    }
}

#[tokio::test]
async fn an_introspection_that_cannot_ask_the_database_says_so() {
    let lab = Lab::new().await;
    let admin = admin(&lab).await;
    lab.clock.advance(Duration::from_secs(2));

    for token in [&admin.access_token, &admin.refresh_token] {
        lab.watched
            .disturb("session", crate::world::Disturbance::FailsBefore);
        let token = Secret::new(token.clone());
        let failed = lab
            .membership
            .token_status
            .introspect(&anonymous(), &canopy(), &token)
            .await;
        assert!(matches!(failed, Err(Error::Unavailable { .. })));
    }
    let request = refresh(&canopy(), &admin.refresh_token);
    assert!(
        lab.membership
            .tokens
            .refresh(&anonymous(), request)
            .await
            .is_ok()
    );
}
