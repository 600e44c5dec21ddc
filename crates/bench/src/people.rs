//! Who the server is used by, made through its API.

use std::time::Duration;

use hyper::Method;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::{
    Result,
    client::{Call, Client},
    server::{CLIENT_ID, CLIENT_SECRET, PASSWORD, Server},
};

/// For all mail to be delivered.
const DEADLINE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(50);

/// The platform's administrator, signed in, on a connection.
pub(crate) struct Master {
    pub(crate) client: Client,
    pub(crate) signed_in: SignedIn,
}

/// What a sign-in answers.
pub(crate) struct SignedIn {
    pub(crate) tenant: String,
    pub(crate) user: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

impl Master {
    /// Initialises a new server.
    pub(crate) async fn of(server: &Server) -> Result<Self> {
        let mut client = server.client().await?;
        let initialize = Call::json(Method::POST, "/membership/initialize", &json!({}));
        client.succeed(&initialize).await?;
        let signed_in = sign_in(&mut client, "test", "master").await?;
        Ok(Self { client, signed_in })
    }

    /// Makes a tenant and says its id.
    pub(crate) async fn tenant(&mut self, short_name: &str) -> Result<String> {
        let body = json!({"name": short_name, "shortName": short_name});
        let call = self.with_token(Call::json(Method::POST, "/tenants", &body));
        self.client.succeed(&call).await?;
        let list = self.with_token(Call::get("/tenants"));
        let list = self.client.succeed(&list).await?.json()?;
        let mut tenants = list["tenants"].as_array().into_iter().flatten();
        let made = tenants.find(|it| it["shortName"] == short_name);
        let id = made.and_then(|it| it["tenantId"].as_str());
        Ok(id.ok_or("the tenant is not listed")?.to_owned())
    }

    /// Registers a user with the usual password, or invites one.
    pub(crate) async fn user(&mut self, tenant: &str, name: &str, invite: bool) -> Result<()> {
        let mut body = json!({"tenantId": tenant, "username": name, "email": email_of(name)});
        if !invite {
            body["password"] = json!(PASSWORD);
        }
        let call = Call::json(Method::POST, "/membership/registrations", &body);
        let call = self.with_token(call);
        self.client.succeed(&call).await?;
        Ok(())
    }

    pub(crate) fn with_token(&self, call: Call) -> Call {
        call.bearer(&self.signed_in.access_token)
    }
}

pub(crate) fn email_of(name: &str) -> String {
    format!("{name}@testing.example.com")
}

/// The request that signs a person in.
pub(crate) fn sign_in_call(tenant: &str, username: &str, password: &str) -> Result<Call> {
    let fields = [
        ("grant_type", "password"),
        ("username", username),
        ("tenant", tenant),
        ("password", password),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    Call::form("/token", &fields)
}

pub(crate) fn refresh_call(refresh_token: &str) -> Result<Call> {
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    Call::form("/token", &fields)
}

pub(crate) async fn sign_in(client: &mut Client, tenant: &str, name: &str) -> Result<SignedIn> {
    let call = sign_in_call(tenant, name, PASSWORD)?;
    let answer = client.succeed(&call).await?.json()?;
    let text = |member: &str| {
        let text = answer[member].as_str().map(str::to_owned);
        text.ok_or("an incomplete answer")
    };
    Ok(SignedIn {
        tenant: text("tenant_id")?,
        user: text("user_id")?,
        access_token: text("access_token")?,
        refresh_token: text("refresh_token")?,
    })
}

/// Waits until so many mails were delivered, so that their work does not disturb a measurement.
pub(crate) async fn mailed(server: &Server, count: usize) -> Result<()> {
    let delivered = async {
        while server.mails() < count {
            sleep(PAUSE).await;
        }
    };
    Ok(timeout(DEADLINE, delivered).await?)
}
