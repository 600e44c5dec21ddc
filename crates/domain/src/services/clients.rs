use std::{collections::BTreeSet, sync::Arc};

use super::core::Core;
use crate::{
    Error, Result,
    model::{
        Action, Actor, AuditAction, AuditEvent, Client, ClientChange, ClientId, ClientKind, Origin,
        Secret,
    },
};

/// Manages the OAuth clients of the platform.
pub struct ClientService(Arc<Core>);

impl ClientService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// All clients, by id.
    pub async fn all(&self, actor: &Actor) -> Result<Vec<Client>> {
        actor.may(Action::ManageClients, None, None)?;
        self.0.ports.store.all_clients().await
    }

    /// One client. [`Error::NotFound`] if there is none.
    pub async fn one(&self, actor: &Actor, id: &ClientId) -> Result<Client> {
        actor.may(Action::ManageClients, None, None)?;
        self.find(id).await
    }

    /// Makes a client; says the secret of a confidential one, which nobody can be told again. What `change` leaves open is
    /// as in [`Client::new`]. [`Error::Invalid`] for unusable values, [`Error::Conflict`] if the id is taken or ever was.
    pub async fn create(
        &self,
        actor: &Actor,
        id: ClientId,
        kind: ClientKind,
        change: ClientChange,
    ) -> Result<(Client, Option<Secret<String>>)> {
        let core = &self.0;
        actor.may(Action::ManageClients, None, None)?;
        let new = Client::new(id, kind, core.policy.lifetimes, core.now()).changed(change)?;
        let secret = (kind == ClientKind::Confidential).then(|| core.random_secret());
        let client = match &secret {
            Some(secret) => {
                let hash = core.secret_hash(&new.id, secret);
                new.with_secret(hash)
            }
            None => new,
        };
        let audit = self.audit(actor, AuditAction::ClientCreated, &client.id);
        core.ports.store.add_client(&client, &audit).await?;
        Ok((client, secret))
    }

    /// Changes the values given. [`Error::NotFound`], [`Error::Invalid`], [`Error::Stale`] if somebody else changed it
    /// meanwhile.
    pub async fn change(&self, actor: &Actor, id: &ClientId, change: ClientChange) -> Result<()> {
        let core = &self.0;
        actor.may(Action::ManageClients, None, None)?;
        let client = self.find(id).await?.changed(change)?;
        let audit = self.audit(actor, AuditAction::ClientChanged, id);
        core.ports.store.update_client(&client, &audit).await?;
        core.callers.everybody_changed(core.now());
        Ok(())
    }

    /// Makes another secret and says it. The one before it stays good until the next time, older ones are void.
    /// [`Error::NotFound`], [`Error::Conflict`] for a public client, [`Error::Stale`].
    pub async fn rotate_secret(&self, actor: &Actor, id: &ClientId) -> Result<Secret<String>> {
        let core = &self.0;
        actor.may(Action::ManageClients, None, None)?;
        let client = self.find(id).await?;
        if client.kind == ClientKind::Public {
            return Err(Error::Conflict("a public client has no secret"));
        }
        let secret = core.random_secret();
        let client = client.with_secret(core.secret_hash(id, &secret));
        let audit = self.audit(actor, AuditAction::ClientSecretRotated, id);
        core.ports.store.update_client(&client, &audit).await?;
        Ok(secret)
    }

    /// Deletes a client and with it its sessions. Its id is not given out again. [`Error::NotFound`].
    pub async fn delete(&self, actor: &Actor, id: &ClientId) -> Result<()> {
        let core = &self.0;
        actor.may(Action::ManageClients, None, None)?;
        let audit = self.audit(actor, AuditAction::ClientDeleted, id);
        if !core.ports.store.delete_client(id, &audit).await? {
            return Err(Error::NotFound("client"));
        }
        core.callers.everybody_changed(core.now());
        Ok(())
    }

    /// From where the pages of enabled clients may call us.
    pub async fn origins(&self) -> Result<BTreeSet<Origin>> {
        let clients = self.0.ports.store.all_clients().await?;
        let enabled = clients.into_iter().filter(|client| client.enabled);
        Ok(enabled.flat_map(|client| client.origins).collect())
    }

    async fn find(&self, id: &ClientId) -> Result<Client> {
        let client = self.0.ports.store.client(id).await?;
        client.ok_or(Error::NotFound("client"))
    }

    fn audit(&self, actor: &Actor, action: AuditAction, id: &ClientId) -> AuditEvent {
        self.0.audit(actor, action).with_detail(id.as_str())
    }
}
