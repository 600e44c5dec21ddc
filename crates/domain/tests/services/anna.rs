//! A person with an account, and what is asked to be changed of it.

use std::time::Duration;

use domain::{
    Error, Result,
    model::{Actor, AuditAction, MailKind, Password, Tenant, UserId},
    services::AccountChange,
};

use crate::lab::{Lab, anonymous, linked};

pub(crate) const NEW_PASSWORD: &str = "a new password of mine";
/// After which the mail of the registration counts no more.
const WINDOW: Duration = Duration::from_mins(15);

pub(crate) fn new_password(new: &str, current: Option<&str>) -> AccountChange {
    let parsed = |text: &str| Password::parse("password", text.to_owned()).unwrap();
    AccountChange {
        password: Some(parsed(new)),
        current_password: current.map(parsed),
        ..AccountChange::default()
    }
}

pub(crate) fn new_email(email: &str) -> AccountChange {
    AccountChange {
        email: Some(email.parse().unwrap()),
        ..AccountChange::default()
    }
}

pub(crate) fn new_username(name: &str) -> AccountChange {
    AccountChange {
        username: Some(name.parse().unwrap()),
        ..AccountChange::default()
    }
}

pub(crate) fn enabled(enabled: bool) -> AccountChange {
    AccountChange {
        enabled: Some(enabled),
        ..AccountChange::default()
    }
}

/// Anna of `acme`, who confirmed her address and is signed in.
pub(crate) struct Anna {
    pub(crate) lab: Lab,
    pub(crate) acme: Tenant,
    pub(crate) id: UserId,
    pub(crate) actor: Actor,
}

impl Anna {
    pub(crate) async fn new() -> Self {
        let lab = Lab::new().await;
        let acme = lab.tenant("acme").await;
        let id = lab.register(&acme, "anna").await;
        let token = lab.mailed("token").await;
        let confirmation = lab
            .membership
            .email_confirmation
            .confirm(&anonymous(), &token)
            .await;
        confirmation.unwrap();
        lab.clock.advance(WINDOW);
        let actor = lab.actor(&acme, "anna").await;
        Self {
            lab,
            acme,
            id,
            actor,
        }
    }

    pub(crate) async fn change_by(&self, actor: &Actor, change: AccountChange) -> Result<()> {
        let accounts = &self.lab.membership.accounts;
        accounts.change(actor, self.acme.id, self.id, change).await
    }

    pub(crate) async fn changes(&self, change: AccountChange) -> Result<()> {
        self.change_by(&self.actor, change).await
    }

    pub(crate) async fn confirms(&self, token: &str) -> Result<()> {
        let service = &self.lab.membership.email_confirmation;
        service.confirm(&anonymous(), token).await
    }

    /// A change that must be refused, and change nothing.
    pub(crate) async fn refused_by(&self, actor: &Actor, change: AccountChange) -> Error {
        let before = self.lab.users(&self.acme).await;
        let error = self.change_by(actor, change).await.unwrap_err();
        assert!(self.lab.users(&self.acme).await == before);
        assert!(self.lab.mail().await.is_empty());
        error
    }

    /// What was mailed, by receiver and kind.
    pub(crate) async fn mailed(&self) -> Vec<(String, MailKind)> {
        let mail = self.lab.mail().await;
        mail.iter().map(|it| (it.to.to_string(), it.kind)).collect()
    }

    /// The token mailed to the new address that she asks for.
    pub(crate) async fn asks_for(&self, email: &str) -> String {
        self.changes(new_email(email)).await.unwrap();
        let mail = self.lab.mail().await;
        let confirmation = mail
            .iter()
            .find(|it| it.kind == MailKind::AddressConfirmation);
        linked(confirmation.unwrap(), "token")
    }

    pub(crate) fn details(&self, action: AuditAction) -> Vec<String> {
        let events = self.lab.events(|it| it.action == action);
        events.into_iter().filter_map(|it| it.detail).collect()
    }
}
