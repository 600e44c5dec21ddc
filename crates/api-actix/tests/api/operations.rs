//! The operations that take a body, each ready to be sent in any form (contract appendix A).

use serde_json::{Value, json};

use crate::{
    app::App,
    http::Request,
    people::{PASSWORD, Person, email_of},
};

pub(crate) const NEW_PASSWORD: &str = "pässword +&=<%> 42";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Registration,
    ResetRequest,
    ResetConfirmation,
    IdentifiedUser,
    PutRole,
    EmailConfirmation,
    PutAccountSettings,
}

impl Operation {
    pub(crate) const ALL: [Self; 7] = [
        Self::Registration,
        Self::ResetRequest,
        Self::ResetConfirmation,
        Self::IdentifiedUser,
        Self::PutRole,
        Self::EmailConfirmation,
        Self::PutAccountSettings,
    ];

    /// Those whose answer is told by the type of the body.
    pub(crate) fn is_put(self) -> bool {
        matches!(self, Self::PutRole | Self::PutAccountSettings)
    }

    /// The name of the XML root in the older document.
    pub(crate) fn root(self) -> &'static str {
        match self {
            Self::Registration => "RegistrationData",
            Self::ResetRequest => "PasswordResetRequestData",
            Self::ResetConfirmation => "PasswordResetConfirmationData",
            Self::IdentifiedUser => "IdentifiedUserData",
            Self::PutRole => "UserRoleData",
            Self::EmailConfirmation => "EmailConfirmationData",
            Self::PutAccountSettings => "AccountSettingsData",
        }
    }
}

/// One operation about a user of its own, with everything it needs to succeed.
pub(crate) struct Case {
    pub(crate) operation: Operation,
    pub(crate) fields: Vec<(&'static str, Value)>,
    request: Request,
    person: Option<Person>,
    username: String,
    mails: usize,
}

impl Case {
    /// Prepares the operation about a fresh user of that name.
    pub(crate) async fn new(app: &App, operation: Operation, username: &str) -> Self {
        let person = match operation {
            Operation::Registration | Operation::IdentifiedUser => None,
            _ => Some(app.person(&app.acme, username).await),
        };
        let (email, of) = (email_of(username), person.as_ref());
        let (path, fields) = match operation {
            Operation::Registration => (
                "/membership/registrations".to_owned(),
                vec![
                    ("tenantId", json!(app.acme.id)),
                    ("email", json!(email)),
                    ("username", json!(username)),
                    ("password", json!(PASSWORD)),
                ],
            ),
            Operation::ResetRequest => (
                "/membership/password-reset-requests".to_owned(),
                vec![("tenant", json!("acme")), ("email", json!(email))],
            ),
            Operation::ResetConfirmation => (
                "/membership/password-reset-confirmations".to_owned(),
                vec![
                    ("userId", json!(of.unwrap().id)),
                    ("newPassword", json!(NEW_PASSWORD)),
                    ("token", json!(app.reset_token(of.unwrap()).await)),
                ],
            ),
            Operation::IdentifiedUser => (
                "/membership/identified-users".to_owned(),
                vec![
                    ("isUpdate", json!(false)),
                    ("tenant", json!("acme")),
                    ("username", json!(username)),
                    ("email", json!(email)),
                ],
            ),
            Operation::PutRole => (
                of.unwrap().at("roles"),
                vec![("role", json!("Support")), ("isEnabled", json!(true))],
            ),
            Operation::EmailConfirmation => (
                "/membership/email-confirmations".to_owned(),
                vec![("token", json!(app.confirmation_token(of.unwrap()).await))],
            ),
            Operation::PutAccountSettings => {
                let of = of.unwrap();
                (
                    format!("/account-settings/{}/{}", of.tenant.id, of.id),
                    vec![("newUsername", json!(renamed(username)))],
                )
            }
        };
        let request = if operation.is_put() {
            app.put(path)
        } else {
            app.post(path)
        };
        let authorized = operation.is_put() || operation == Operation::Registration;
        Self {
            operation,
            fields,
            request: if authorized {
                request.bearer(&app.master.token)
            } else {
                request
            },
            person,
            username: username.to_owned(),
            mails: app.mails_to(&email).await.len(),
        }
    }

    /// The request, still without a body.
    pub(crate) fn request(&self) -> Request {
        self.request.clone()
    }

    pub(crate) fn json(&self) -> String {
        let members = self
            .fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        Value::Object(members.collect()).to_string()
    }

    pub(crate) fn form(&self) -> String {
        let fields: Vec<_> = self
            .fields
            .iter()
            .map(|(name, value)| (name, plain(value)))
            .collect();
        serde_urlencoded::to_string(fields).unwrap()
    }

    /// The elements of the older document's XML: Pascal case, in alphabetical order.
    pub(crate) fn elements(&self) -> String {
        let mut elements: Vec<_> = self
            .fields
            .iter()
            .map(|(name, value)| {
                let name = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
                let value = plain(value).replace('&', "&amp;").replace('<', "&lt;");
                format!("<{name}>{value}</{name}>")
            })
            .collect();
        elements.sort();
        elements.concat()
    }

    /// Fails unless the operation did what it is there for.
    pub(crate) async fn assert_effect(&self, app: &App, sent: &str) {
        let email = email_of(&self.username);
        let done = match (self.operation, &self.person) {
            (Operation::Registration, _) => {
                app.sign_in(&app.acme, &self.username, PASSWORD)
                    .await
                    .status
                    == 200
            }
            (Operation::IdentifiedUser, _) => true,
            (Operation::ResetRequest, _) => app.mails_to(&email).await.len() == self.mails + 1,
            (Operation::ResetConfirmation, _) => {
                app.sign_in(&app.acme, &self.username, NEW_PASSWORD)
                    .await
                    .status
                    == 200
            }
            (Operation::PutRole, Some(person)) => app.roles_of(person).await == json!(["Support"]),
            (Operation::EmailConfirmation, Some(person)) => {
                app.get(person.at("zendesk-token"))
                    .bearer(&person.token)
                    .send()
                    .await
                    .status
                    == 200
            }
            (Operation::PutAccountSettings, _) => {
                let name = renamed(&self.username);
                app.sign_in(&app.acme, &name, PASSWORD).await.status == 200
            }
            _ => false,
        };
        assert!(done, "{:?} as {sent} had no effect", self.operation);
    }
}

fn renamed(username: &str) -> String {
    format!("{username} & <co")
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
