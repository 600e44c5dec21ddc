use async_trait::async_trait;
use domain::{
    Error, Result,
    model::{AuditEvent, Client, ClientId},
    ports::Clients,
};

use super::{MemoryStore, insert};
use crate::conflict;

#[async_trait]
impl Clients for MemoryStore {
    async fn client(&self, id: &ClientId) -> Result<Option<Client>> {
        Ok(self.read(|state| state.clients.get(id).cloned()))
    }

    async fn all_clients(&self) -> Result<Vec<Client>> {
        Ok(self.read(|state| state.clients.values().cloned().collect()))
    }

    async fn add_client(&self, client: &Client, audit: &AuditEvent) -> Result<()> {
        self.transaction(|state| {
            if state.clients.contains_key(&client.id) || state.deleted_clients.contains(&client.id)
            {
                return Err(Error::Conflict(conflict::CLIENT_ID));
            }
            insert(&mut state.clients, client.id.clone(), client)?;
            state.record(audit)
        })
    }

    async fn update_client(&self, client: &Client, audit: &AuditEvent) -> Result<()> {
        self.transaction(|state| {
            let stored = state.clients.get_mut(&client.id);
            let stored = stored
                .filter(|it| it.version == client.version)
                .ok_or(Error::Stale)?;
            *stored = Client {
                version: client.version + 1,
                ..client.clone()
            };
            state.record(audit)
        })
    }

    async fn delete_client(&self, id: &ClientId, audit: &AuditEvent) -> Result<bool> {
        self.transaction(|state| {
            if state.clients.remove(id).is_none() {
                return Ok(false);
            }
            state.deleted_clients.insert(id.clone());
            state.record(audit)?;
            Ok(true)
        })
    }

    async fn replace_secret_hash(
        &self,
        id: &ClientId,
        from: &[u8; 32],
        to: &[u8; 32],
    ) -> Result<()> {
        self.transaction(|state| {
            let Some(client) = state.clients.get_mut(id) else {
                return Ok(());
            };
            if let Some(hash) = client.secret_hashes.iter_mut().find(|hash| *hash == from) {
                *hash = *to;
                client.version += 1;
            }
            Ok(())
        })
    }
}
