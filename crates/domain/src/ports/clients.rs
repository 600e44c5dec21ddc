use async_trait::async_trait;

use crate::{
    Result,
    model::{Client, ClientId},
};

/// The OAuth clients of the platform. The first comes with [`Tenants::initialize`](super::Tenants::initialize).
#[async_trait]
pub trait Clients: Send + Sync {
    /// The client of that id, enabled or not.
    async fn client(&self, id: &ClientId) -> Result<Option<Client>>;
}
