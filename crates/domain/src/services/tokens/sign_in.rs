use uuid::Uuid;

use super::{TokenAnswer, TokenService};
use crate::{
    Error, Result,
    error::chain,
    model::{
        Actor, AuditAction, Client, Grant, Password, Secret, Session, SessionId, ShortName,
        Standing, Success, Tenant, TenantId, User, Username, Verdict,
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

/// What a sign-in names, as far as it exists.
#[derive(Default)]
struct Named {
    tenant: Option<Tenant>,
    user: Option<User>,
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
        let Named { tenant, user } = self.named(&request.tenant, &request.username).await?;
        let lane = tenant.as_ref().map(|it| it.id);
        let stored = user.as_ref().and_then(|it| it.password.as_ref());
        let verdict = core.ports.hasher.verify(lane, &password, stored).await?;
        let may = |user: &User| user.enabled && tenant.is_some_and(|it| it.enabled);
        let user = match user {
            Some(user)
                if verdict != Verdict::Mismatch && may(&user) && client.serves(user.tenant) =>
            {
                user
            }
            refused => return self.refuse(actor, &client, lane, refused).await,
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

    /// Reads the same whatever is there: a user is looked for in a tenant that is not, too.
    async fn named(&self, tenant: &str, username: &str) -> Result<Named> {
        let store = &self.0.ports.store;
        let (Ok(short_name), Ok(username)) =
            (tenant.parse::<ShortName>(), username.parse::<Username>())
        else {
            return Ok(Named::default());
        };
        let tenant = store.tenant_by_short_name(&short_name).await?;
        let nowhere = TenantId::from_uuid(Uuid::nil());
        let place = tenant.as_ref().map_or(nowhere, |it| it.id);
        let user = store.user_by_username(place, &username).await?;
        Ok(Named { tenant, user })
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
        tenant: Option<TenantId>,
        user: Option<User>,
    ) -> Result<TokenAnswer> {
        let audit = self
            .0
            .audit(actor, AuditAction::SignInRefused)
            .with_detail(client.id.as_str());
        let audit = audit.about(tenant, user.map(|it| it.id));
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
        let upgraded = match self.0.ports.hasher.hash(Some(user.tenant), password).await {
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
