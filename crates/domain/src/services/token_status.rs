use std::sync::Arc;

use super::{CallerService, ClientCredentials, core::Core};
use crate::{
    Error, Result,
    model::{
        AccessClaims, Actor, AuditAction, AuditEvent, Client, ClientId, ClientKind, Grant,
        Identity, Secret, Session, SessionId, SignedInUser, Standing, TenantId, Timestamp, UserId,
    },
};

/// Tells clients what a token is worth, and takes tokens back.
pub struct TokenStatusService {
    core: Arc<Core>,
    callers: CallerService,
}

/// An active token (RFC 7662 section 2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveToken {
    /// To which client it was given.
    pub client: ClientId,
    /// The person whom it stands for; `None` if it is the client itself.
    pub person: Option<SignedInUser>,
    /// `jti` of an access token; refresh tokens have none.
    pub token_id: Option<String>,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it is over, unless something ends it before.
    pub expires_at: Timestamp,
}

impl TokenStatusService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        let callers = CallerService::new(core.clone());
        Self { core, callers }
    }

    /// What an access token, or a refresh token of the asking client, is worth now (RFC 7662). `None` for any other text
    /// and for tokens of tenants that the client does not serve. [`Error::BadClient`] for all but a confidential client
    /// that is proved, [`Error::Throttled`] for secrets shown too often.
    pub async fn introspect(
        &self,
        actor: &Actor,
        credentials: &ClientCredentials,
        token: &Secret<String>,
    ) -> Result<Option<ActiveToken>> {
        let client = self.core.authenticate_client(actor, credentials).await?;
        if client.kind == ClientKind::Public {
            return Err(Error::BadClient);
        }
        let active = match self.sign_in_of(&client, token).await? {
            Some(sign_in) => Some(ActiveToken::of_session(sign_in)),
            None => self.proved(token).await?.map(ActiveToken::of_claims),
        };
        let visible = |it: &ActiveToken| {
            let person = it.person.as_ref();
            person.is_none_or(|person| client.serves(person.tenant))
        };
        Ok(active.filter(visible))
    }

    /// Takes a token of that client back (RFC 7009): ends the sign-in that the refresh or access token comes from. Any
    /// other text changes nothing and is answered alike. [`Error::BadClient`] for the client, [`Error::Conflict`] for an
    /// access token of the client itself, which comes from no sign-in.
    pub async fn revoke(
        &self,
        actor: &Actor,
        credentials: &ClientCredentials,
        token: &Secret<String>,
    ) -> Result<()> {
        let core = &self.core;
        let client = core.authenticate_client(actor, credentials).await?;
        let Some((tenant, user, session)) = self.given_to(&client, token).await? else {
            return Ok(());
        };
        let audit = self.audit(actor, &client, session).about(tenant, user);
        let ended = core.ports.store.end_session(tenant, user, session, &audit);
        if ended.await? {
            core.callers.user_changed(user, core.now());
        }
        Ok(())
    }

    /// The sign-in that a token was given to the client in.
    async fn given_to(
        &self,
        client: &Client,
        token: &Secret<String>,
    ) -> Result<Option<(TenantId, UserId, SessionId)>> {
        let store = &self.core.ports.store;
        if let Some(proof) = self.core.prove_refresh_token(client, token) {
            let selected = store.session(SessionId::from_uuid(proof.selector)).await?;
            return Ok(selected.map(|(it, _)| (it.tenant, it.user, it.id)));
        }
        match self.proved(token).await? {
            Some((Identity::User(user), claims)) if claims.client == client.id => {
                Ok(Some((user.tenant, user.user, user.session)))
            }
            Some((Identity::Client(id), _)) if id == client.id => Err(Error::Conflict(
                "an access token of a client itself cannot be revoked",
            )),
            _ => Ok(None),
        }
    }

    /// The sign-in that a refresh token of the client would refresh, without using it.
    async fn sign_in_of(
        &self,
        client: &Client,
        token: &Secret<String>,
    ) -> Result<Option<(Session, Standing)>> {
        let may_refresh = client.grants.contains(&Grant::RefreshToken);
        let proof = self.core.prove_refresh_token(client, token);
        let Some(proof) = proof.filter(|_| may_refresh) else {
            return Ok(None);
        };
        let id = SessionId::from_uuid(proof.selector);
        let selected = self.core.ports.store.session(id).await?;
        let now = self.core.now();
        Ok(selected.filter(|(session, standing)| {
            session.generation == proof.generation
                && session.is_live(now)
                && standing.enabled
                && standing.epoch == session.epoch
        }))
    }

    async fn proved(&self, token: &Secret<String>) -> Result<Option<(Identity, AccessClaims)>> {
        match self.callers.prove(token.expose()).await {
            Ok(proved) => Ok(Some(proved)),
            Err(Error::Unauthenticated) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn audit(&self, actor: &Actor, client: &Client, session: SessionId) -> AuditEvent {
        self.core
            .audit(actor, AuditAction::TokenRevoked)
            .with_detail(format!("{session} of {}", client.id))
    }
}

impl ActiveToken {
    fn of_session((session, standing): (Session, Standing)) -> Self {
        Self {
            client: session.client,
            token_id: None,
            issued_at: session.last_used_at,
            expires_at: session.idle_expires_at.min(session.expires_at),
            person: Some(SignedInUser {
                tenant: session.tenant,
                user: session.user,
                session: session.id,
                username: standing.username,
                roles: standing.roles,
            }),
        }
    }

    fn of_claims((identity, claims): (Identity, AccessClaims)) -> Self {
        let person = match identity {
            Identity::User(user) => Some(user),
            Identity::Client(_) | Identity::Anonymous | Identity::Operator(_) => None,
        };
        Self {
            client: claims.client,
            person,
            token_id: Some(claims.token_id),
            issued_at: claims.issued_at,
            expires_at: claims.expires_at,
        }
    }
}
