//! The people of the authorization matrix, and what there is to be seen of what they did.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use domain::{
    Membership,
    model::{Actor, MailState, Secret, Timestamp},
    services::{ClientCredentials, SignIn},
};
use serde_json::{Value, json};

use crate::{
    app::App,
    home::Backend,
    http::Request,
    matrix::{ACTORS, ONESELF, Row, Values},
    oauth_client::claims,
    people::{CLIENT_ID, CLIENT_SECRET, PASSWORD, Person},
};

pub(crate) const NEW_PASSWORD: &str = "another long and unusual password";

/// An instance with a caller of each kind.
pub(crate) struct Crossing {
    pub(crate) app: App,
    /// In the order of the columns; that of oneself is the subject's.
    tokens: [Option<String>; ACTORS.len()],
    /// A user of the subject's tenant who calls nothing.
    pub(crate) bystander: Person,
    /// A user of another tenant.
    pub(crate) foreign: Person,
    made: AtomicU32,
}

/// What a call is about.
pub(crate) struct Subject {
    pub(crate) person: Person,
    pub(crate) values: Values,
}

impl Crossing {
    pub(crate) async fn new(on: Backend) -> Self {
        let (app, expired) = Box::pin(with_expired_token(on, "expired")).await;
        let robot = json!({"grants": ["client_credentials"]});
        let robot = app.client("robot", "confidential", robot).await;
        let tokens = [
            None,
            Some(app.token_of(&robot).await),
            Some(app.person(&app.test, "stranger").await.token),
            Some(app.administrator(&app.test, "strange").await.token),
            Some(app.person(&app.acme, "member").await.token),
            None,
            Some(app.administrator(&app.acme, "admin").await.token),
            Some(app.master.token.clone()),
            Some(app.disabled_administrator("disabled").await),
            Some(expired),
        ];
        let bystander = app.person(&app.acme, "bystander").await;
        let foreign = app.person(&app.test, "foreign").await;
        Self {
            app,
            tokens,
            bystander,
            foreign,
            made: AtomicU32::new(0),
        }
    }

    /// The request as the caller of that column sends it.
    pub(crate) fn by(&self, actor: usize, subject: &Subject, request: Request) -> Request {
        let token = match actor {
            ONESELF => Some(&subject.person.token),
            other => self.tokens[other].as_ref(),
        };
        token.map_or(request.clone(), |token| request.bearer(token))
    }

    /// A user whom nobody has touched yet, with all that the row names.
    pub(crate) async fn subject(&self, row: &Row) -> Subject {
        let (app, number) = (&self.app, self.made.fetch_add(1, Ordering::Relaxed));
        let username = format!("subject-{number}");
        let person = if row.path.contains("zendesk-token") {
            app.confirmed(&app.acme, &username).await
        } else {
            app.person(&app.acme, &username).await
        };
        let mut values = Values::from([
            ("tenantId", person.tenant.id.clone()),
            ("userId", person.id.clone()),
            ("sessionId", session_of(&person)),
            ("tenant", person.tenant.short_name.clone()),
            ("username", username),
            ("password", PASSWORD.to_owned()),
            ("newPassword", NEW_PASSWORD.to_owned()),
            ("accessToken", person.token.clone()),
            ("refreshToken", person.refresh_token.clone()),
            ("firstClient", CLIENT_ID.to_owned()),
            ("firstSecret", CLIENT_SECRET.to_owned()),
            ("new", format!("new-{number}")),
        ]);
        if row.names("clientId") {
            let grants = json!({"grants": ["client_credentials"]});
            let id = format!("client-{number}");
            let client = app.client(&id, "confidential", grants).await;
            values.insert("clientId", client.id);
            values.insert("clientSecret", client.secret.unwrap());
        }
        if row.names("confirmationToken") {
            values.insert("confirmationToken", app.confirmation_token(&person).await);
        }
        if row.names("resetToken") {
            values.insert("resetToken", app.reset_token(&person).await);
        }
        Subject { person, values }
    }

    /// The same, about which the call succeeds: a tenant can be deleted as long as nobody is in it.
    pub(crate) async fn good_subject(&self, row: &Row) -> Subject {
        let mut subject = self.subject(row).await;
        if row.operation() == "DELETE /tenants/{tenantId}" {
            let empty = format!("empty-{}", subject.person.username);
            let empty = self.app.new_tenant(&empty).await;
            subject.values.insert("tenantId", empty.id);
        }
        subject
    }

    /// All that administrators see: everything of the subject, of who is new and of the foreigner, the lists of the rest.
    pub(crate) async fn sight(&self, subject: &Subject) -> Vec<Value> {
        let app = &self.app;
        let mut seen = Vec::new();
        for tenant in app.tenants().await.as_array().unwrap() {
            let path = format!("/tenants/{}", tenant["tenantId"].as_str().unwrap());
            seen.push(json!({"tenant": tenant, "itself": self.seen(&path).await}));
        }
        let known = [
            &*subject.person.id,
            &self.foreign.id,
            &self.bystander.id,
            &app.master.id,
        ];
        for tenant in [&app.test, &app.acme] {
            for user in app.users(tenant).await.as_array().unwrap() {
                let (id, name) = (user["userId"].as_str().unwrap(), &user["username"]);
                seen.push(json!({ "user": user }));
                if known.contains(&id) || *name == *subject.values["new"] {
                    for noun in ["account-settings", "sessions"] {
                        let path = format!("/{noun}/{}/{id}", tenant.id);
                        seen.push(json!({"of": id, noun: self.seen(&path).await}));
                    }
                }
            }
        }
        let clients = app.clients().await;
        seen.extend(clients.as_array().unwrap().iter().cloned());
        for state in MailState::ALL {
            for order in app.orders_in(state).await {
                let (id, user) = (order.id.to_string(), order.user.to_string());
                let (kind, to) = (order.kind.name(), order.recipient.to_string());
                seen.push(json!({"mail": id, "of": user, "kind": kind, "to": to}));
            }
        }
        seen
    }

    async fn seen(&self, path: &str) -> Value {
        let view = self.app.as_master(self.app.get(path)).send().await;
        view.expect(200).json()
    }
}

impl App {
    /// The token of an administrator of the platform who was disabled since.
    async fn disabled_administrator(&self, username: &str) -> String {
        let person = self.person(&self.test, username).await;
        self.grant(&person, "Administrator").await;
        self.get("/tenants")
            .bearer(&person.token)
            .send()
            .await
            .expect(200);
        let path = format!("/account-settings/{}/{}", self.test.id, person.id);
        let disable = self
            .as_master(self.put(path))
            .json(&json!({"isEnabled": false}));
        disable.send().await.expect_success();
        person.token
    }
}

/// An instance with the token of an administrator of the platform who signed in two hours ago and has not been back.
async fn with_expired_token(on: Backend, username: &str) -> (App, String) {
    let app = App::start(on).await;
    let person = app.person(&app.test, username).await;
    app.grant(&person, "Administrator").await;
    let now = Timestamp::from_unix_seconds(claims(&person.token)["iat"].as_i64().unwrap());
    let then = now.unwrap().minus(Duration::from_hours(2));
    let sign_in = SignIn {
        client: ClientCredentials {
            id: CLIENT_ID.to_owned(),
            secret: Some(Secret::new(CLIENT_SECRET.to_owned())),
        },
        tenant: person.tenant.short_name,
        username: person.username,
        password: Secret::new(PASSWORD.to_owned()),
    };
    let nobody = Actor::anonymous(None);
    let signed_in = async |services: &Membership| services.tokens.sign_in(&nobody, sign_in).await;
    let (app, tokens) = app.restarted_after(then, signed_in).await;
    let tokens = tokens.expect("a sign-in");
    let refresh_token = tokens.sign_in.unwrap().refresh_token.unwrap();
    // The sign-in is as good as ever.
    app.refresh(refresh_token.expose()).await.expect(200);
    (app, tokens.access_token.expose().clone())
}

pub(crate) fn session_of(person: &Person) -> String {
    claims(&person.token)["sid"].as_str().unwrap().to_owned()
}
