use std::{collections::BTreeSet, time::Duration};

use domain::{
    Error,
    model::{
        Client, ClientChange, ClientId, ClientKind, Grant, Lifetimes, Origin, RefreshPolicy,
        RoleName,
    },
};

use crate::{
    lab::{Lab, anonymous, operator},
    world::Disturbance,
};

fn id(text: &str) -> ClientId {
    text.parse().unwrap()
}

fn nothing() -> ClientChange {
    ClientChange::default()
}

async fn all(lab: &Lab) -> Vec<Client> {
    lab.membership.clients.all(&operator()).await.unwrap()
}

/// The details of the events of that name, newest first.
fn recorded(lab: &Lab, name: &str) -> Vec<String> {
    let events = lab.events(|event| event.action.name() == name);
    events
        .into_iter()
        .filter_map(|event| event.detail)
        .collect()
}

#[tokio::test]
async fn sec_30_a_new_client_may_refresh_and_nothing_else() {
    let lab = Lab::new().await;
    let clients = &lab.membership.clients;

    for (kind, refresh, secrets) in [
        (ClientKind::Confidential, RefreshPolicy::Keep, 1),
        (ClientKind::Public, RefreshPolicy::Rotate, 0),
    ] {
        let id = id(kind.name());
        let made = clients
            .create(&operator(), id.clone(), kind, nothing())
            .await;
        let (client, secret) = made.unwrap();

        assert_eq!(client.grants, BTreeSet::from([Grant::RefreshToken]));
        assert_eq!(client.refresh, refresh);
        assert_eq!(client.secret_hashes.len(), secrets);
        assert_eq!(
            secret.map(|it| it.expose().len()),
            (secrets == 1).then_some(24)
        );
        let lifetimes = Lifetimes {
            access: Duration::from_mins(10),
            idle: Duration::from_hours(720),
            absolute: Duration::from_hours(8760),
        };
        assert_eq!(client.lifetimes, lifetimes, "the operator's");
        assert!(client.enabled && client.tenants.is_empty() && client.origins.is_empty());
        assert!(clients.one(&operator(), &id).await.unwrap() == client);
    }
    assert_eq!(recorded(&lab, "client_created"), ["public", "confidential"]);
}

#[tokio::test]
async fn a_change_touches_the_values_given_and_no_others() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    lab.client("web", ClientKind::Confidential, nothing()).await;
    let clients = &lab.membership.clients;
    let before = clients.one(&operator(), &id("web")).await.unwrap();

    let change = ClientChange {
        tenants: Some(BTreeSet::from([acme.id])),
        access: Some(Duration::from_mins(5)),
        ..nothing()
    };
    clients
        .change(&operator(), &id("web"), change)
        .await
        .unwrap();

    let expected = Client {
        tenants: BTreeSet::from([acme.id]),
        lifetimes: Lifetimes {
            access: Duration::from_mins(5),
            ..before.lifetimes
        },
        version: before.version + 1,
        ..before
    };
    assert!(clients.one(&operator(), &id("web")).await.unwrap() == expected);
    assert_eq!(recorded(&lab, "client_changed"), ["web"]);
}

#[tokio::test]
async fn unusable_values_and_unknown_ids_change_nothing() {
    let lab = Lab::new().await;
    let app = id("app");
    lab.client("app", ClientKind::Public, nothing()).await;
    let clients = &lab.membership.clients;
    let (before, audit) = (all(&lab).await, lab.events(|_| true));
    let keep = || ClientChange {
        refresh: Some(RefreshPolicy::Keep),
        ..nothing()
    };
    let nobody = id("nobody");

    let invalid = clients.change(&operator(), &app, keep()).await;
    assert!(matches!(
        invalid,
        Err(Error::Invalid {
            field: "refreshPolicy",
            ..
        })
    ));
    let invalid = clients
        .create(&operator(), id("new"), ClientKind::Public, keep())
        .await;
    assert!(matches!(
        invalid,
        Err(Error::Invalid {
            field: "refreshPolicy",
            ..
        })
    ));
    let taken = clients
        .create(&operator(), app.clone(), ClientKind::Public, nothing())
        .await;
    assert!(matches!(
        taken,
        Err(Error::Conflict("the client id is taken"))
    ));
    let secretless = clients.rotate_secret(&operator(), &app).await;
    assert!(matches!(secretless, Err(Error::Conflict(_))));
    let not_found = [
        clients.one(&operator(), &nobody).await.err(),
        clients.change(&operator(), &nobody, nothing()).await.err(),
        clients.rotate_secret(&operator(), &nobody).await.err(),
        clients.delete(&operator(), &nobody).await.err(),
    ];
    for refused in not_found {
        assert!(matches!(refused, Some(Error::NotFound("client"))));
    }

    assert!(all(&lab).await == before);
    assert_eq!(lab.events(|_| true), audit);
}

#[tokio::test]
async fn the_id_of_a_deleted_client_is_not_given_out_again() {
    let lab = Lab::new().await;
    let app = lab.client("app", ClientKind::Public, nothing()).await;
    let signed_in = lab.sign_in_by(&app, &lab.platform, "admin").await.unwrap();
    let clients = &lab.membership.clients;

    clients.delete(&operator(), &id("app")).await.unwrap();

    let again = clients
        .create(&operator(), id("app"), ClientKind::Public, nothing())
        .await;
    assert!(matches!(again, Err(Error::Conflict(_))));
    assert!(all(&lab).await.iter().all(|client| client.id != id("app")));
    let (tenant, user) = (lab.platform.id, signed_in.user.user);
    let sessions = &lab.membership.sessions;
    assert!(
        sessions
            .of(&operator(), tenant, user)
            .await
            .unwrap()
            .is_empty()
    );
    let twice = clients.delete(&operator(), &id("app")).await;
    assert!(matches!(twice, Err(Error::NotFound(_))));
    assert_eq!(recorded(&lab, "client_deleted"), ["app"]);
}

#[tokio::test]
async fn only_the_platform_manages_clients() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let app = id("app");
    lab.client("app", ClientKind::Confidential, nothing()).await;
    let tenant_administrator = lab
        .holder_of(RoleName::TENANT_ADMINISTRATOR, &acme, "tina")
        .await;
    let member = lab.holder_of("User", &acme, "anna").await;
    let clients = &lab.membership.clients;
    let before = all(&lab).await;

    for (actor, unknown) in [
        (tenant_administrator, false),
        (member, false),
        (anonymous(), true),
    ] {
        let made = clients
            .create(&actor, id("new"), ClientKind::Public, nothing())
            .await;
        let refusals = [
            clients.all(&actor).await.err(),
            clients.one(&actor, &app).await.err(),
            clients.one(&actor, &id("nobody")).await.err(),
            made.err(),
            clients.change(&actor, &app, nothing()).await.err(),
            clients.rotate_secret(&actor, &app).await.err(),
            clients.delete(&actor, &app).await.err(),
        ];
        for refusal in refusals {
            let refusal = refusal.unwrap();
            assert_eq!(matches!(refusal, Error::Unauthenticated), unknown);
            assert_eq!(matches!(refusal, Error::Forbidden), !unknown);
        }
    }

    assert!(all(&lab).await == before);
    let admin = lab.admin().await;
    assert_eq!(clients.all(&admin).await.unwrap().len(), 2);
    assert!(clients.change(&admin, &app, nothing()).await.is_ok());
    assert!(clients.rotate_secret(&admin, &app).await.is_ok());
    assert!(clients.delete(&admin, &app).await.is_ok());
}

#[tokio::test]
async fn of_two_changes_at_a_time_the_second_is_told() {
    let lab = Lab::new().await;
    lab.client("app", ClientKind::Confidential, nothing()).await;
    let clients = &lab.membership.clients;
    let off = ClientChange {
        enabled: Some(false),
        ..nothing()
    };
    let meanwhile = || {
        Disturbance::Preceded(Box::new(|store| {
            store.edit(|state| state.clients.get_mut(&id("app")).unwrap().version += 1);
        }))
    };

    lab.watched.disturb("update_client", meanwhile());
    let overtaken = clients.change(&operator(), &id("app"), off).await;
    assert!(matches!(overtaken, Err(Error::Stale)));
    lab.watched.disturb("update_client", meanwhile());
    let overtaken = clients.rotate_secret(&operator(), &id("app")).await;
    assert!(matches!(overtaken, Err(Error::Stale)));

    let client = clients.one(&operator(), &id("app")).await.unwrap();
    assert!(client.enabled);
    assert_eq!(client.secret_hashes.len(), 1);
    assert!(recorded(&lab, "client_changed").is_empty());
    assert!(recorded(&lab, "client_secret_rotated").is_empty());
}

#[tokio::test]
async fn sec_47_the_origins_are_those_of_enabled_clients() {
    let lab = Lab::new().await;
    let origins = |texts: &[&str]| -> BTreeSet<Origin> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    };
    let from = |texts: &[&str], enabled| ClientChange {
        origins: Some(origins(texts)),
        enabled: Some(enabled),
        ..nothing()
    };
    let (one, two, three) = (
        "https://one.example",
        "https://two.example",
        "https://three.example",
    );
    assert!(lab.membership.clients.origins().await.unwrap().is_empty());

    lab.client("a", ClientKind::Public, from(&[one, two], true))
        .await;
    lab.client("b", ClientKind::Public, from(&[two], true))
        .await;
    lab.client("c", ClientKind::Public, from(&[three], false))
        .await;

    let allowed = lab.membership.clients.origins().await.unwrap();
    assert_eq!(allowed, origins(&[one, two]));
}
