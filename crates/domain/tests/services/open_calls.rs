//! The operations that the contract leaves open to everybody (SEC-35).

use std::time::Duration;

use domain::{
    Error, Result,
    model::{Actor, AuditAction, Tenant, UserId},
    services::{Account, Initialized},
};

use crate::{
    guessing::{WRONG, from, strangers},
    lab::{Lab, operator},
};

struct Scene {
    lab: Lab,
    acme: Tenant,
    anna: UserId,
}

impl Scene {
    async fn set() -> Self {
        let lab = Lab::new().await;
        let acme = lab.tenant("acme").await;
        let anna = lab.register(&acme, "anna").await;
        lab.mail().await;
        lab.clock.advance(Duration::from_hours(1));
        Self { lab, acme, anna }
    }

    async fn end(&self, actor: &Actor, user: UserId) -> Result<()> {
        let sessions = &self.lab.membership.sessions;
        sessions.end_all(actor, self.acme.id, user).await
    }

    async fn ask(&self, actor: &Actor, user: UserId) -> Result<()> {
        let service = &self.lab.membership.email_confirmation;
        service.request(actor, self.acme.id, user).await
    }

    async fn epoch(&self) -> i64 {
        self.lab.user(&self.acme, self.anna).await.epoch
    }

    /// How often the audit has it, and with `detail`.
    fn recorded(&self, action: AuditAction, detail: &str) -> (usize, usize) {
        let events = self.lab.events(|it| it.action == action);
        let so = |it: &&domain::model::AuditEvent| it.detail.as_deref() == Some(detail);
        (events.len(), events.iter().filter(so).count())
    }
}

fn is_throttled(outcome: &Result<()>) -> bool {
    matches!(outcome, Err(Error::Throttled { .. }))
}

#[tokio::test]
async fn sec_35_of_a_thousand_calls_five_an_hour_end_a_users_sessions() {
    let scene = Scene::set().await;
    let unknown = UserId::from_uuid(uuid::Uuid::from_u128(7));
    let before = scene.epoch().await;

    let mut waits = Vec::new();
    for user in [scene.anna, unknown] {
        let mut limited = Vec::new();
        for actor in strangers(1_000) {
            limited.push(scene.end(&actor, user).await);
        }
        waits.push(limited.iter().position(is_throttled));
        assert!(limited[5..].iter().all(is_throttled));
    }

    assert_eq!(waits, [Some(5), Some(5)], "the same for whom there is not");
    assert_eq!(scene.epoch().await, before + 5);
    let recorded = scene.recorded(AuditAction::SessionsEnded, "limited");
    assert_eq!(recorded, (2_000, 1_990));
    scene.lab.clock.advance(Duration::from_hours(1));
    scene.end(&from("192.0.2.1"), scene.anna).await.unwrap();
    assert_eq!(scene.epoch().await, before + 6);
}

#[tokio::test]
async fn sec_35_the_person_and_administrators_are_not_held_up_by_strangers() {
    let scene = Scene::set().await;
    let lab = &scene.lab;
    for actor in strangers(20) {
        let _ = scene.end(&actor, scene.anna).await;
        scene.ask(&actor, scene.anna).await.unwrap();
    }
    lab.mail().await;
    lab.clock.advance(Duration::from_mins(15));
    let admin = lab
        .holder_of("TenantAdministrator", &scene.acme, "admin")
        .await;
    let stranger = lab.actor(&scene.acme, "admin").await;
    lab.mail().await;

    for _ in 0..10 {
        let anna = lab.actor(&scene.acme, "anna").await;
        scene.end(&anna, scene.anna).await.unwrap();
        scene.end(&admin, scene.anna).await.unwrap();
    }
    assert!(scene.end(&stranger, scene.anna).await.is_ok());
    let other = lab.tenant("other").await;
    lab.register(&other, "bert").await;
    let bert = lab.actor(&other, "bert").await;
    assert!(is_throttled(&scene.end(&bert, scene.anna).await));
    lab.mail().await;
    let anna = lab.actor(&scene.acme, "anna").await;
    scene.ask(&anna, scene.anna).await.unwrap();
    assert_eq!(lab.mail().await.len(), 1);
}

#[tokio::test]
async fn sec_35_of_a_thousand_requests_for_confirmation_few_are_looked_at_and_all_answered_alike() {
    let scene = Scene::set().await;
    let unknown = UserId::from_uuid(uuid::Uuid::from_u128(7));

    for user in [scene.anna, unknown] {
        for actor in strangers(1_000) {
            scene.ask(&actor, user).await.unwrap();
        }
    }

    assert_eq!(scene.lab.mail().await.len(), 3);
    let recorded = scene.recorded(AuditAction::ConfirmationRequested, "limited");
    assert_eq!(recorded, (2_000, 1_990 + 2), "two by the limit of mails");
}

#[tokio::test]
async fn sec_35_one_source_makes_twenty_open_calls_of_a_kind_a_minute() {
    let scene = Scene::set().await;
    let source = from("192.0.2.1");
    let user = |number: u128| UserId::from_uuid(uuid::Uuid::from_u128(number));

    for number in 0..30 {
        let outcome = scene.end(&source, user(number)).await;
        assert_eq!(is_throttled(&outcome), number >= 20);
        scene.ask(&source, user(number)).await.unwrap();
    }

    let (_, limited) = scene.recorded(AuditAction::ConfirmationRequested, "limited");
    assert_eq!(limited, 10);
    let elsewhere = from("192.0.2.2");
    scene.end(&elsewhere, scene.anna).await.unwrap();
}

#[tokio::test]
async fn sec_35_initialising_again_is_recorded_and_limited_by_source() {
    let scene = Scene::set().await;
    let again = async |actor: &Actor| {
        let service = &scene.lab.membership.initialization;
        let outcome = service.initialize(actor, &|_| ()).await;
        outcome.map(|it| assert_eq!(it, Initialized::Before))
    };

    for attempt in 0..30 {
        let outcome = again(&from("192.0.2.1")).await;
        assert_eq!(is_throttled(&outcome), attempt >= 20);
        again(&operator()).await.unwrap();
    }

    again(&from("192.0.2.2")).await.unwrap();
    let recorded = scene.recorded(AuditAction::InitializationRequested, "limited");
    assert_eq!(recorded, (31, 10));
}

#[tokio::test]
async fn sec_19_reset_requests_of_one_source_are_limited_and_answered_alike() {
    let scene = Scene::set().await;
    let lab = &scene.lab;
    let asks = async |actor: &Actor, name: &str| {
        let account = Account::Username(name.parse().unwrap());
        let reset = &lab.membership.password_reset;
        reset.request(actor, "acme", account).await.unwrap();
    };

    for number in 0..30 {
        asks(&from("192.0.2.1"), &format!("nobody{number}")).await;
    }
    asks(&from("192.0.2.1"), "anna").await;
    assert!(lab.mail().await.is_empty());
    asks(&from("192.0.2.2"), "anna").await;

    assert_eq!(lab.mail().await.len(), 1);
    let recorded = scene.recorded(AuditAction::PasswordResetRequested, "limited");
    assert_eq!(recorded, (32, 11));
}

#[tokio::test]
async fn sec_07_the_present_password_is_guessed_from_a_budget_of_its_own() {
    let scene = Scene::set().await;
    let lab = &scene.lab;
    let mut anna = lab.actor(&scene.acme, "anna").await;
    anna.source = Some("192.0.2.1".parse().unwrap());
    let changes = async |actor: &Actor, current: &str| {
        let change = crate::anna::new_password("a new password of mine", Some(current));
        let accounts = &lab.membership.accounts;
        accounts
            .change(actor, scene.acme.id, scene.anna, change)
            .await
    };
    for actor in strangers(20) {
        let request = crate::lab::sign_in("acme", "anna", WRONG);
        let refused = lab.membership.tokens.sign_in(&actor, request).await;
        assert!(refused.is_err());
    }

    for attempt in 0..30 {
        let hashed = lab.hasher.verified();
        let refused = changes(&anna, WRONG).await;
        assert_eq!(is_throttled(&refused), attempt >= 10);
        assert_eq!(lab.hasher.verified() - hashed, usize::from(attempt < 10));
    }
    assert!(is_throttled(&changes(&anna, crate::lab::PASSWORD).await));
    let (_, limited) = scene.recorded(AuditAction::AccountChangeRefused, "limited");
    assert_eq!(limited, 21);
    lab.clock.advance(Duration::from_secs(5));
    changes(&anna, crate::lab::PASSWORD).await.unwrap();
}
