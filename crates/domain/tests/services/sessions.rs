use std::time::Duration;

use domain::{
    Error,
    model::{AddressFamily, Agent, ClientChange, ClientKind, MailKind, RoleName, SessionId},
};

use crate::lab::{Lab, PASSWORD, anonymous, operator, sign_in};

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
    let sessions = &lab.membership.sessions;

    sessions
        .end_all(&anonymous(), lab.platform.id, id)
        .await
        .unwrap();
    let refreshed = lab.refresh(&anna[0].refresh_token).await;
    assert!(refreshed.is_ok(), "another tenant's id reaches nobody");
    sessions.end_all(&anonymous(), acme.id, id).await.unwrap();

    for session in anna {
        let refused = lab.refresh(&session.refresh_token).await;
        assert!(matches!(refused, Err(Error::BadCredentials)));
        let refused = lab.caller(&session.access_token).await;
        assert!(matches!(refused, Err(Error::Unauthenticated)));
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

    let refused = sessions.end_all(&anonymous(), acme.id, id).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)));
    let refused = sessions.end_all(&bert, acme.id, id).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    assert!(lab.refresh(&session.refresh_token).await.is_ok());
    let anna = lab.actor(&acme, "anna").await;
    sessions.end_all(&anna, acme.id, id).await.unwrap();
    assert!(lab.refresh(&session.refresh_token).await.is_err());
}

#[tokio::test]
async fn a_sign_in_shows_its_client_and_in_short_where_it_came_from() {
    let lab = Lab::new().await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
    let browser = domain::model::Actor::anonymous(Some("2001:db8::1".parse().unwrap()))
        .with_agent(Agent::of_header(firefox));
    let began = lab.store.edit(|state| state.sessions.len());
    assert_eq!(began, 0);

    let request = || sign_in("platform", "admin", PASSWORD);
    let shown = lab.sign_in_as(&browser, request()).await.unwrap();
    lab.clock.advance(Duration::from_hours(1));
    lab.refresh(&shown.refresh_token).await.unwrap();

    let sessions = &lab.membership.sessions;
    let (tenant, user) = (lab.platform.id, shown.user.user);
    let listed = sessions
        .of(&operator(), tenant, user)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (listed.id, listed.client.as_str()),
        (shown.user.session, "canopy")
    );
    assert_eq!(listed.created_at, testkit::at(0));
    assert_eq!(listed.last_used_at, testkit::at(3600));
    assert_eq!(listed.address_family, Some(AddressFamily::V6));
    assert_eq!(listed.agent.unwrap().as_str(), "Firefox on Linux");
}

#[tokio::test]
async fn the_sessions_that_are_not_over_are_shown_last_used_first() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    lab.register(&acme, "bert").await;
    let short = ClientChange {
        idle: Some(Duration::from_mins(30)),
        ..ClientChange::default()
    };
    let short = lab.client("short", ClientKind::Public, short).await;
    let mut anna = Vec::new();
    for _ in 0..3 {
        lab.clock.advance(Duration::from_mins(1));
        anna.push(lab.sign_in(&acme, "anna", PASSWORD).await.unwrap());
    }
    lab.sign_in_by(&short, &acme, "anna").await.unwrap();
    let bert = lab.sign_in(&acme, "bert", PASSWORD).await.unwrap();
    lab.clock.advance(Duration::from_mins(30));
    lab.refresh(&anna[1].refresh_token).await.unwrap();
    let shown = async || {
        let sessions = &lab.membership.sessions;
        let sessions = sessions.of(&operator(), acme.id, id).await.unwrap();
        sessions.iter().map(|it| it.id).collect::<Vec<_>>()
    };
    let id_of = |number: usize| anna[number].user.session;

    assert_eq!(shown().await, [id_of(1), id_of(2), id_of(0)]);

    let sessions = &lab.membership.sessions;
    sessions
        .end(&operator(), acme.id, id, id_of(2))
        .await
        .unwrap();
    assert_eq!(shown().await, [id_of(1), id_of(0)]);
    sessions.end_all(&operator(), acme.id, id).await.unwrap();
    assert!(shown().await.is_empty());
    assert!(lab.refresh(&bert.refresh_token).await.is_ok());
}

#[tokio::test]
async fn sessions_are_for_oneself_and_administrators() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let other = lab.tenant("other").await;
    let id = lab.register(&acme, "anna").await;
    let session = lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();
    let session_id = session.user.session;
    let administrator = RoleName::TENANT_ADMINISTRATOR;
    let abroad = lab.holder_of(administrator, &other, "olga").await;
    let member = lab.holder_of("User", &acme, "bert").await;
    let sessions = &lab.membership.sessions;

    for (actor, unknown) in [(abroad, false), (member, false), (anonymous(), true)] {
        for refusal in [
            sessions.of(&actor, acme.id, id).await.err(),
            sessions.end(&actor, acme.id, id, session_id).await.err(),
        ] {
            let refusal = refusal.unwrap();
            assert_eq!(matches!(refusal, Error::Unauthenticated), unknown);
            assert_eq!(matches!(refusal, Error::Forbidden), !unknown);
        }
    }
    assert!(lab.caller(&session.access_token).await.is_ok());

    let at_home = lab.holder_of(administrator, &acme, "tina").await;
    let oneself = lab.actor(&acme, "anna").await;
    for actor in [at_home, oneself, lab.admin().await] {
        let session = lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();
        let session_id = session.user.session;
        let shown = sessions.of(&actor, acme.id, id).await.unwrap();
        assert!(shown.iter().any(|it| it.id == session_id));
        sessions.end(&actor, acme.id, id, session_id).await.unwrap();
        assert!(lab.caller(&session.access_token).await.is_err());
        let events = lab.events(|event| event.detail == Some(session_id.to_string()));
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].action.name(), "session_ended");
        assert_eq!(events[0].user, Some(id));
        assert_eq!(events[0].actor, actor.label());
    }
}

#[tokio::test]
async fn sec_32_a_session_is_ended_by_its_own_tenant_and_user_alone() {
    let lab = Lab::new().await;
    let (acme, other) = (lab.tenant("acme").await, lab.tenant("other").await);
    let anna = lab.register(&acme, "anna").await;
    let bert = lab.register(&acme, "bert").await;
    let session = lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();
    let id = session.user.session;
    let unknown = SessionId::from_uuid(uuid::Uuid::nil());
    let sessions = &lab.membership.sessions;

    for (tenant, user, session) in [
        (acme.id, bert, id),
        (other.id, anna, id),
        (acme.id, anna, unknown),
    ] {
        let refused = sessions.end(&operator(), tenant, user, session).await;
        assert!(matches!(refused, Err(Error::NotFound("session"))));
    }
    let refused = sessions.of(&operator(), other.id, anna).await;
    assert!(matches!(refused, Err(Error::NotFound("user"))));

    assert!(
        lab.events(|event| event.action.name() == "session_ended")
            .is_empty()
    );
    assert!(lab.caller(&session.access_token).await.is_ok());
    sessions.end(&operator(), acme.id, anna, id).await.unwrap();
    let twice = sessions.end(&operator(), acme.id, anna, id).await;
    assert!(matches!(twice, Err(Error::NotFound("session"))));
}

#[tokio::test]
async fn who_is_signed_out_by_an_administrator_is_told_once() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    lab.mail().await;
    let owner = lab.holder_of(RoleName::TENANT_ADMINISTRATOR, &acme, "owner");
    let (owner, sessions) = (owner.await, &lab.membership.sessions);
    lab.mail().await;

    for told in [1, 0] {
        if told == 1 {
            lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();
        }
        sessions.end_all(&owner, acme.id, id).await.unwrap();
        let mail = lab.mail().await;
        assert_eq!(mail.len(), told);
        let notices = mail.iter().filter(|it| it.kind == MailKind::SignedOut);
        assert!(
            notices
                .clone()
                .all(|it| it.to.as_str() == "anna@example.com")
        );
        assert_eq!(notices.count(), told);
    }
}

#[tokio::test]
async fn nobody_is_told_of_a_sign_out_by_oneself_or_without_the_right() {
    let lab = Lab::new().await;
    let acme = lab.tenant("acme").await;
    let id = lab.register(&acme, "anna").await;
    lab.register(&acme, "bert").await;
    lab.mail().await;
    let bert = lab.actor(&acme, "bert").await;

    for actor in [lab.actor(&acme, "anna").await, anonymous(), bert] {
        lab.sign_in(&acme, "anna", PASSWORD).await.unwrap();
        let sessions = &lab.membership.sessions;
        sessions.end_all(&actor, acme.id, id).await.unwrap();
        assert!(lab.mail().await.is_empty());
    }
}
