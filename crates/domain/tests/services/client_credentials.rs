use std::collections::BTreeSet;

use domain::{
    Error,
    model::{Action, Actor, ClientChange, ClientId, ClientKind, Grant, Identity, Secret},
    services::ClientCredentials,
};

use crate::lab::{Lab, anonymous, canopy, operator};

/// A client that acts for itself, and its access token.
async fn service(lab: &Lab) -> (ClientCredentials, String) {
    let acts_for_itself = ClientChange {
        grants: Some(BTreeSet::from([Grant::ClientCredentials])),
        ..ClientChange::default()
    };
    let client = lab
        .client("billing", ClientKind::Confidential, acts_for_itself)
        .await;
    let answer = lab
        .membership
        .tokens
        .client_credentials(&anonymous(), &client)
        .await
        .unwrap();
    assert!(answer.sign_in.is_none(), "no person and no refresh token");
    (client, answer.access_token.expose().clone())
}

#[tokio::test]
async fn a_client_is_given_a_token_that_stands_for_itself_alone() {
    let lab = Lab::new().await;
    let (_, token) = service(&lab).await;

    let identity = lab.membership.callers.authenticate(&token).await.unwrap();

    let billing: ClientId = "billing".parse().unwrap();
    assert_eq!(identity, Identity::Client(billing));
    assert!(lab.store.edit(|state| state.sessions.is_empty()));
    let events = lab.events(|event| event.action.name() == "client_token_issued");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].detail.as_deref(), Some("billing"));
}

#[tokio::test]
async fn a_clients_own_token_may_do_nothing_here() {
    let lab = Lab::new().await;
    let (_, token) = service(&lab).await;
    let identity = lab.membership.callers.authenticate(&token).await.unwrap();
    let client = Actor::new(identity, None);
    let admin = lab.admin().await;
    let Identity::User(user) = &admin.identity else {
        panic!("the administrator is a user");
    };

    for action in Action::ALL {
        for tenant in [None, Some(lab.platform.id)] {
            for user in [None, Some(user.user)] {
                let refused = client.may(action, tenant, user);
                assert!(matches!(refused, Err(Error::Forbidden)), "{action:?}");
            }
        }
    }
    let refused = lab.membership.tenants.all(&client).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
}

#[tokio::test]
async fn who_is_not_a_client_with_that_grant_is_given_no_token() {
    let lab = Lab::new().await;
    let (service, _) = service(&lab).await;
    let public = lab
        .client("app", ClientKind::Public, ClientChange::default())
        .await;
    let wrong = ClientCredentials {
        secret: Some(Secret::new("wrong".to_owned())),
        ..service
    };

    for (client, may_not) in [(canopy(), true), (public, true), (wrong, false)] {
        let tokens = &lab.membership.tokens;
        let refused = tokens.client_credentials(&anonymous(), &client).await;
        let refused = refused.err().unwrap();
        let expected = if may_not {
            matches!(refused, Error::Forbidden)
        } else {
            matches!(refused, Error::BadClient)
        };
        assert!(expected, "{}", client.id);
    }
    let issued = lab.events(|event| event.action.name() == "client_token_issued");
    assert_eq!(issued.len(), 1);
}

#[tokio::test]
async fn a_clients_own_token_is_void_once_the_client_is_disabled_or_deleted() {
    let lab = Lab::new().await;
    let (client, token) = service(&lab).await;
    let id = client.id.parse().unwrap();
    let authenticate = async || lab.membership.callers.authenticate(&token).await;
    let enabled = |enabled| ClientChange {
        enabled: Some(enabled),
        ..ClientChange::default()
    };
    assert!(authenticate().await.is_ok());

    lab.change_client(&client, enabled(false)).await;
    assert!(matches!(authenticate().await, Err(Error::Unauthenticated)));
    let tokens = &lab.membership.tokens;
    let refused = tokens.client_credentials(&anonymous(), &client).await;
    assert!(matches!(refused, Err(Error::BadClient)));

    lab.change_client(&client, enabled(true)).await;
    assert!(authenticate().await.is_ok());
    lab.membership
        .clients
        .delete(&operator(), &id)
        .await
        .unwrap();
    assert!(matches!(authenticate().await, Err(Error::Unauthenticated)));
}

#[tokio::test]
async fn sec_27_a_clients_own_token_is_said_not_to_be_revocable() {
    let lab = Lab::new().await;
    let (client, token) = service(&lab).await;
    let revoke = async |client| {
        let token = Secret::new(token.clone());
        let status = &lab.membership.token_status;
        status.revoke(&anonymous(), client, &token).await
    };

    assert!(matches!(revoke(&client).await, Err(Error::Conflict(_))));
    assert!(revoke(&canopy()).await.is_ok(), "any other text to another");
    assert!(lab.membership.callers.authenticate(&token).await.is_ok());
}
