use domain::model::{Client, Secret};
use serde::Serialize;
use utoipa::ToSchema;

/// All clients.
#[derive(Serialize, ToSchema)]
#[schema(as = Clients)]
pub(super) struct ClientsView {
    pub(super) clients: Vec<ClientView>,
}

/// A client.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Client, rename_all = "camelCase")]
pub(super) struct ClientView {
    client_id: String,
    /// `confidential` or `public`.
    kind: &'static str,
    /// Of `password`, `refresh_token` and `client_credentials`.
    grants: Vec<&'static str>,
    /// `keep` or `rotate`.
    refresh_policy: &'static str,
    /// In seconds.
    access_lifetime: u64,
    /// In seconds.
    idle_lifetime: u64,
    /// In seconds.
    absolute_lifetime: u64,
    /// Ids of the tenants whose users it may sign in; none means every tenant's.
    tenants: Vec<String>,
    /// From where its pages may call.
    #[schema(example = json!(["https://app.example.com"]))]
    origins: Vec<String>,
    is_enabled: bool,
    /// How many secrets are good at present.
    secrets: usize,
    /// ISO 8601 with zone.
    created_at: String,
}

impl From<Client> for ClientView {
    fn from(client: Client) -> Self {
        Self {
            client_id: client.id.to_string(),
            kind: client.kind.name(),
            grants: client.grants.iter().map(|it| it.name()).collect(),
            refresh_policy: client.refresh.name(),
            access_lifetime: client.lifetimes.access.as_secs(),
            idle_lifetime: client.lifetimes.idle.as_secs(),
            absolute_lifetime: client.lifetimes.absolute.as_secs(),
            tenants: client.tenants.iter().map(ToString::to_string).collect(),
            origins: client.origins.iter().map(ToString::to_string).collect(),
            is_enabled: client.enabled,
            secrets: client.secret_hashes.len(),
            created_at: client.created_at.to_string(),
        }
    }
}

/// A client that was just made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreatedClient, rename_all = "camelCase")]
pub(super) struct NewClientView<'a> {
    client_id: &'a str,
    /// Of a confidential client.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
}

impl<'a> NewClientView<'a> {
    pub(super) fn of(client: &'a Client, secret: Option<&'a Secret<String>>) -> Self {
        Self {
            client_id: client.id.as_str(),
            client_secret: secret.map(|secret| secret.expose().as_str()),
        }
    }
}

/// A secret that was just made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ClientSecret, rename_all = "camelCase")]
pub(super) struct SecretView<'a> {
    client_secret: &'a str,
}

impl<'a> From<&'a Secret<String>> for SecretView<'a> {
    fn from(secret: &'a Secret<String>) -> Self {
        Self {
            client_secret: secret.expose(),
        }
    }
}
