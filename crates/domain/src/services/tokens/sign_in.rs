use super::{TokenAnswer, TokenService};
use crate::{
    Error, Result,
    error::chain,
    model::{
        Actor, AuditAction, Client, Grant, Password, Secret, Session, SessionId, ShortName,
        Standing, Success, User, Username, Verdict,
    },
    services::ClientCredentials,
};

/// The password grant (RFC 6749 section 4.3, with the tenant of contract section 5).
pub struct SignIn {
    /// Which client asks.
    pub client: ClientCredentials,
    /// The tenant's short name.
    pub tenant: String,
    /// The user's name there.
    pub username: String,
    /// The user's password.
    pub password: Secret<String>,
}

impl TokenService {
    /// Opens a session. [`Error::BadClient`] or [`Error::Throttled`] for the client, [`Error::Forbidden`] if it may not do
    /// so; for everything about the person one answer, [`Error::BadCredentials`]: after the same hashing work, or after
    /// none where too many passwords were tried.
    pub async fn sign_in(&self, actor: &Actor, request: SignIn) -> Result<TokenAnswer> {
        let core = &self.0;
        let client = self.client(actor, &request.client, Grant::Password).await?;
        let password = Password::parse("password", request.password.expose().clone())?;
        let guess = core.guess_password(actor, &client.id, &request.tenant, &request.username);
        let guess = match guess.await {
            Err(Error::Throttled { .. }) => return self.limited(actor, &client).await,
            guess => guess?,
        };
        let found = self
            .user(&client, &request.tenant, &request.username)
            .await?;
        let stored = found.as_ref().and_then(|(user, _)| user.password.as_ref());
        let verdict = core.ports.hasher.verify(&password, stored).await?;
        let user = match found {
            Some((user, true)) if verdict != Verdict::Mismatch => user,
            refused => {
                return self
                    .refuse(actor, &client, refused.map(|(user, _)| user))
                    .await;
            }
        };
        let (session, user) = self.open(actor, &client, user, &guess.success()).await?;
        if verdict == Verdict::Rehash {
            self.upgrade_hash(&user, &password).await;
        }
        let standing = Standing {
            tenant: user.tenant,
            user: user.id,
            username: user.username,
            roles: user.roles,
            enabled: true,
            epoch: user.epoch,
        };
        let generation = session.generation;
        self.answer(&client, &session, generation, standing, session.created_at)
    }

    /// The user of that name, and whether the user may sign in there by that client.
    async fn user(
        &self,
        client: &Client,
        tenant: &str,
        username: &str,
    ) -> Result<Option<(User, bool)>> {
        let store = &self.0.ports.store;
        let (Ok(short_name), Ok(username)) =
            (tenant.parse::<ShortName>(), username.parse::<Username>())
        else {
            return Ok(None);
        };
        let Some(tenant) = store.tenant_by_short_name(&short_name).await? else {
            return Ok(None);
        };
        let user = store.user_by_username(tenant.id, &username).await?;
        Ok(user.map(|user| {
            let may = user.enabled && tenant.enabled && client.serves(tenant.id);
            (user, may)
        }))
    }

    async fn limited(&self, actor: &Actor, client: &Client) -> Result<TokenAnswer> {
        let audit = self
            .0
            .audit(actor, AuditAction::SignInRefused)
            .with_detail(format!("{}, limited", client.id));
        self.0.ports.store.append(&audit).await?;
        Err(Error::BadCredentials)
    }

    async fn refuse(
        &self,
        actor: &Actor,
        client: &Client,
        user: Option<User>,
    ) -> Result<TokenAnswer> {
        let audit = self
            .0
            .audit(actor, AuditAction::SignInRefused)
            .with_detail(client.id.as_str());
        let audit = audit.about(user.as_ref().map(|it| it.tenant), user.map(|it| it.id));
        self.0.ports.store.append(&audit).await?;
        Err(Error::BadCredentials)
    }

    /// Opens a session for a user whose password was proved. Whoever ended the user's sessions meanwhile did not end this
    /// one, which begins now: only another password, or no right to sign in any more, is in its way.
    async fn open(
        &self,
        actor: &Actor,
        client: &Client,
        proved: User,
        success: &Success,
    ) -> Result<(Session, User)> {
        const ATTEMPTS: usize = 5;
        let core = &self.0;
        let mut user = proved;
        for _ in 0..ATTEMPTS {
            let session = self.new_session(actor, client, &user);
            let audit = core
                .audit(actor, AuditAction::SignedIn)
                .about(user.tenant, user.id)
                .with_detail(client.id.as_str());
            if core.ports.store.open(&session, &audit, success).await? {
                return Ok((session, user));
            }
            let current = core.ports.store.user(user.tenant, user.id).await?;
            user = current
                .filter(|current| current.enabled && current.password == user.password)
                .ok_or(Error::BadCredentials)?;
        }
        Err(Error::Stale)
    }

    fn new_session(&self, actor: &Actor, client: &Client, user: &User) -> Session {
        let now = self.0.now();
        Session {
            id: SessionId::ordered(now, &*self.0.ports.entropy),
            tenant: user.tenant,
            user: user.id,
            client: client.id.clone(),
            epoch: user.epoch,
            generation: 0,
            rotations: Vec::new(),
            address_family: actor.source.map(Into::into),
            agent: actor.agent.clone(),
            created_at: now,
            last_used_at: now,
            idle_expires_at: now.plus(client.lifetimes.idle),
            expires_at: now.plus(client.lifetimes.absolute),
        }
    }

    /// Brings the stored hash up to date. The sign-in does not depend on it.
    async fn upgrade_hash(&self, user: &User, password: &Password) {
        let Some(old) = &user.password else { return };
        let upgraded = match self.0.ports.hasher.hash(password).await {
            Ok(new) => {
                self.0
                    .ports
                    .store
                    .replace_password_hash(user.tenant, user.id, old, &new)
                    .await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = upgraded {
            tracing::warn!(
                cause = chain(&error),
                "a password hash was not upgraded; the next sign-in will try again"
            );
        }
    }
}
