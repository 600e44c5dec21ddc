use super::core::Core;
use crate::{
    Error, Result,
    error::chain,
    model::{Actor, Client, ClientId, ClientKind, Secret, Verdict},
};

/// How a client says who it is (RFC 6749 section 2.3).
#[derive(Clone)]
pub struct ClientCredentials {
    /// The `client_id`.
    pub id: String,
    /// Its proof; ignored of a public client.
    pub secret: Option<Secret<String>>,
}

impl Core {
    /// The client, enabled and proved. [`Error::BadClient`] for any other; [`Error::Throttled`] for secrets shown too
    /// often, whether or not there is such a client.
    pub(super) async fn authenticate_client(
        &self,
        actor: &Actor,
        credentials: &ClientCredentials,
    ) -> Result<Client> {
        let id: ClientId = credentials.id.parse().map_err(|_| Error::BadClient)?;
        let shown = credentials.secret.as_ref();
        let Some(pair) = shown.and_then(|_| self.client_pair(actor, &id)) else {
            return self.proved(&id, shown).await;
        };
        if self.proved_clients.has(&pair, self.now()) {
            let outcome = self.proved(&id, shown).await;
            if let Err(Error::BadClient) = outcome {
                self.proved_clients.remove(&pair);
                self.guess_secret(actor, pair).await?;
            }
            return outcome;
        }
        let guess = self.guess_secret(actor, pair).await?;
        let client = self.proved(&id, shown).await?;
        let store = &self.ports.store;
        store.succeed(self.now(), &guess.success()).await?;
        self.proved_clients.add(pair, self.now());
        Ok(client)
    }

    async fn proved(&self, id: &ClientId, secret: Option<&Secret<String>>) -> Result<Client> {
        let client = self.ports.store.client(id).await?;
        let client = client.filter(|it| it.enabled).ok_or(Error::BadClient)?;
        match (client.kind, secret) {
            (ClientKind::Public, _) => Ok(client),
            (ClientKind::Confidential, Some(secret)) => {
                self.prove_secret(&client, secret).await?;
                Ok(client)
            }
            (ClientKind::Confidential, None) => Err(Error::BadClient),
        }
    }

    async fn prove_secret(&self, client: &Client, secret: &Secret<String>) -> Result<()> {
        let verdicts = client
            .secret_hashes
            .iter()
            .map(|hash| (hash, self.check_secret(&client.id, secret, hash)));
        let (hash, verdict) = verdicts
            .fold(None, |found, it| match it.1 {
                Verdict::Mismatch => found,
                Verdict::Match | Verdict::Rehash => found.or(Some(it)),
            })
            .ok_or(Error::BadClient)?;
        if verdict == Verdict::Rehash {
            self.upgrade_secret_hash(client, secret, hash).await;
        }
        Ok(())
    }

    /// Brings the stored hash under the first master key. The request does not depend on it.
    async fn upgrade_secret_hash(&self, client: &Client, secret: &Secret<String>, old: &[u8; 32]) {
        let new = self.secret_hash(&client.id, secret);
        let upgraded = self
            .ports
            .store
            .replace_secret_hash(&client.id, old, &new)
            .await;
        if let Err(error) = upgraded {
            tracing::warn!(
                cause = chain(&error),
                "the hash of a client's secret was not upgraded; the next request will try again"
            );
        }
    }
}
