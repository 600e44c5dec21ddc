//! OAuth clients, made through the API by the platform's administrator.

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    app::{Api, App},
    http::Request,
    people::{CLIENT_ID, CLIENT_SECRET, PASSWORD, Person, Tenant},
};

/// A client that knows its secret, if it has one.
#[derive(Clone, Debug)]
pub(crate) struct OAuthClient {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

impl OAuthClient {
    /// The client that every instance begins with.
    pub(crate) fn first() -> Self {
        Self {
            id: CLIENT_ID.to_owned(),
            secret: Some(CLIENT_SECRET.to_owned()),
        }
    }

    /// As its making is answered.
    fn of(made: &Value) -> Self {
        Self {
            id: made["clientId"].as_str().unwrap().to_owned(),
            secret: made["clientSecret"].as_str().map(str::to_owned),
        }
    }

    pub(crate) fn with_secret(&self, secret: &str) -> Self {
        Self {
            secret: Some(secret.to_owned()),
            ..self.clone()
        }
    }

    /// `fields` and the client's own.
    pub(crate) fn form<'a>(&'a self, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let secret = self.secret.as_deref().map(|it| ("client_secret", it));
        let own = [Some(("client_id", &*self.id)), secret];
        fields
            .iter()
            .copied()
            .chain(own.into_iter().flatten())
            .collect()
    }

    /// The value of `Authorization`, each part encoded as in a form (RFC 6749 section 2.3.1).
    pub(crate) fn basic(&self) -> String {
        let encoded =
            |text: &str| serde_urlencoded::to_string([("", text)]).unwrap()[1..].to_owned();
        let secret = self.secret.as_deref().unwrap_or_default();
        let joined = format!("{}:{}", encoded(&self.id), encoded(secret));
        format!("Basic {}", BASE64.encode(joined.as_bytes()))
    }
}

impl App {
    pub(crate) fn as_master(&self, request: Request) -> Request {
        request.bearer(&self.master.token)
    }

    /// All clients, as the administrator sees them.
    pub(crate) async fn clients(&self) -> Value {
        let list = self.as_master(self.get("/clients"));
        list.send().await.expect(200).json()["clients"].clone()
    }

    /// A new client that may do what `more` says, besides or instead of what new clients may.
    pub(crate) async fn client(&self, id: &str, kind: &str, more: Value) -> OAuthClient {
        let mut body = json!({"clientId": id, "kind": kind});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let made = self.as_master(self.post("/clients")).json(&body);
        let made = made.send().await.expect(201).json();
        let client = OAuthClient::of(&made);
        assert_eq!(
            (client.id.as_str(), client.secret.is_some()),
            (id, kind == "confidential")
        );
        client
    }

    /// One that signs people in.
    pub(crate) async fn signing_client(&self, id: &str, kind: &str) -> OAuthClient {
        self.new_client(&self.master, id, kind).await
    }

    pub(crate) async fn change_client(&self, client: &OAuthClient, change: Value) {
        let request = self.put(format!("/clients/{}", client.id));
        self.as_master(request)
            .json(&change)
            .send()
            .await
            .expect_no_content();
    }

    /// The client's own token.
    pub(crate) async fn token_of(&self, client: &OAuthClient) -> String {
        let form = client.form(&[("grant_type", "client_credentials")]);
        let answer = self.post("/token").form(&form).send().await.expect(200);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Fails unless the access token is good, or is not.
    #[track_caller]
    pub(crate) fn bears(&self, person: &Person, good: bool) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        let request = self.get("/connect/userinfo").bearer(&person.token);
        async move {
            let answer = request.send().await;
            let status = if good { 200 } else { 401 };
            assert_eq!(answer.status, status, "asked at {caller}: {answer}");
        }
    }
}

impl Api {
    /// A new client that signs people in, made by the platform's administrator.
    pub(crate) async fn new_client(&self, master: &Person, id: &str, kind: &str) -> OAuthClient {
        let grants = json!(["password", "refresh_token"]);
        let body = json!({"clientId": id, "kind": kind, "grants": grants});
        let made = self.post("/clients").bearer(&master.token).json(&body);
        OAuthClient::of(&made.send().await.expect(201).json())
    }

    /// The request that signs a person in by that client.
    pub(crate) fn sign_in_by(
        &self,
        client: &OAuthClient,
        tenant: &Tenant,
        username: &str,
    ) -> Request {
        self.post("/token").form(&client.form(&[
            ("grant_type", "password"),
            ("tenant", &tenant.short_name),
            ("username", username),
            ("password", PASSWORD),
        ]))
    }

    pub(crate) async fn signed_in_by(&self, client: &OAuthClient, person: &Person) -> Person {
        let answer = self.sign_in_by(client, &person.tenant, &person.username);
        let answer = answer.send().await.expect(200).json();
        Person {
            token: answer["access_token"].as_str().unwrap().to_owned(),
            refresh_token: answer["refresh_token"].as_str().unwrap().to_owned(),
            ..person.clone()
        }
    }

    pub(crate) async fn refresh_by(&self, client: &OAuthClient, refresh_token: &str) -> Answer {
        let grant = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        self.post("/token").form(&client.form(&grant)).send().await
    }
}

/// What is written in a JWT.
pub(crate) fn claims(token: &str) -> Value {
    let middle = token.split('.').nth(1).unwrap();
    let bytes = data_encoding::BASE64URL_NOPAD.decode(middle.as_bytes());
    serde_json::from_slice(&bytes.unwrap()).unwrap()
}
