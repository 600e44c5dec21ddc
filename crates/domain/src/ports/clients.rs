use async_trait::async_trait;

use crate::{
    Result,
    model::{AuditEvent, Client, ClientId},
};

/// The OAuth clients of the platform. The first comes with [`Tenants::initialize`](super::Tenants::initialize). A deleted
/// client is absent, and its id stays taken.
#[async_trait]
pub trait Clients: Send + Sync {
    /// The client of that id, enabled or not.
    async fn client(&self, id: &ClientId) -> Result<Option<Client>>;

    /// All clients, by id.
    async fn all_clients(&self) -> Result<Vec<Client>>;

    /// Adds a client. [`Error::Conflict`](crate::Error::Conflict) if its id is taken, or ever was.
    async fn add_client(&self, client: &Client, audit: &AuditEvent) -> Result<()>;

    /// Replaces the client. [`Error::Stale`](crate::Error::Stale) if it changed since it was read or is gone.
    async fn update_client(&self, client: &Client, audit: &AuditEvent) -> Result<()>;

    /// Deletes a client, which ends its sessions. `false`, with nothing stored, if there is none.
    async fn delete_client(&self, id: &ClientId, audit: &AuditEvent) -> Result<bool>;

    /// Replaces a hash by another of the same secret. Does nothing if `from` is not stored.
    async fn replace_secret_hash(
        &self,
        id: &ClientId,
        from: &[u8; 32],
        to: &[u8; 32],
    ) -> Result<()>;
}
