use async_trait::async_trait;
use domain::{
    Result,
    model::{Client, ClientId},
    ports::Clients,
};

use super::MemoryStore;

#[async_trait]
impl Clients for MemoryStore {
    async fn client(&self, id: &ClientId) -> Result<Option<Client>> {
        Ok(self.read(|state| state.clients.get(id).cloned()))
    }
}
