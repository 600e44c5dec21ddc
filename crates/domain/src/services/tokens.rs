use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::core::Core;
use crate::{
    Error, Result,
    model::{
        AccessClaims, Actor, AuditAction, Client, ClientId, ClientKind, Password, ProofPurpose,
        RoleName, Secret, Session, SessionId, ShortName, SignedInUser, Standing, TenantId,
        Timestamp, User, UserId, Username, Verdict,
    },
};

/// Signs people in, refreshes their sign-ins and proves their access tokens.
pub struct TokenService(Arc<Core>);

/// The password grant (RFC 6749 section 4.3, with the tenant of contract section 5).
pub struct SignIn {
    /// Which client asks.
    pub client_id: String,
    /// Its proof; ignored of a public client.
    pub client_secret: Option<Secret<String>>,
    /// The tenant's short name.
    pub tenant: String,
    /// The user's name there.
    pub username: String,
    /// The user's password.
    pub password: Secret<String>,
}

/// The refresh grant (RFC 6749 section 6).
pub struct Refresh {
    /// Which client asks.
    pub client_id: String,
    /// Its proof; ignored of a public client.
    pub client_secret: Option<Secret<String>>,
    /// What the sign-in or the last refresh answered.
    pub refresh_token: Secret<String>,
}

/// What a sign-in and a refresh answer, always complete (contract section 5).
pub struct TokenAnswer {
    /// To be sent with requests.
    pub access_token: Secret<String>,
    /// To be sent for the next answer.
    pub refresh_token: Secret<String>,
    /// How long the access token is announced to live; it lives [`AccessClaims::GRACE`] longer.
    pub expires_in: Duration,
    /// When it was made.
    pub issued_at: Timestamp,
    /// Who signed in.
    pub user: UserId,
    /// In which tenant.
    pub tenant: TenantId,
    /// Under which name.
    pub username: Username,
    /// The roles held now.
    pub roles: BTreeSet<RoleName>,
    /// For which client.
    pub client: ClientId,
}

impl TokenService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Opens a session. [`Error::BadClient`] for the client; for everything about the person one answer,
    /// [`Error::BadCredentials`], after the same hashing work.
    pub async fn sign_in(&self, actor: &Actor, request: SignIn) -> Result<TokenAnswer> {
        let core = &self.0;
        let client = self
            .client(&request.client_id, request.client_secret.as_ref())
            .await?;
        let password = Password::parse("password", request.password.expose().clone())?;
        let found = self.user(&request.tenant, &request.username).await?;
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
        let (session, user) = self.open(actor, &client, user).await?;
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
        self.answer(&client, &session, standing, session.created_at)
    }

    /// Answers with a new access token and the same refresh token. [`Error::BadClient`] for the client,
    /// [`Error::BadCredentials`] for a refresh token that is not a live one of that client. Whatever fails, the refresh
    /// token is not used up.
    pub async fn refresh(&self, request: Refresh) -> Result<TokenAnswer> {
        let core = &self.0;
        let client = self
            .client(&request.client_id, request.client_secret.as_ref())
            .await?;
        let proof = core
            .prove(
                ProofPurpose::RefreshToken,
                request.refresh_token.expose(),
                client.id.as_str().as_bytes(),
            )
            .ok_or(Error::BadCredentials)?;
        let selected = core
            .ports
            .store
            .session(SessionId::from_uuid(proof.selector))
            .await?;
        let (session, standing) = selected.ok_or(Error::BadCredentials)?;
        let now = core.now();
        let ours = session.client == client.id && session.generation == proof.generation;
        let standing_holds = standing.enabled && standing.epoch == session.epoch;
        if !(ours && standing_holds && session.is_live(now)) {
            return Err(Error::BadCredentials);
        }
        let session = session.used(now, &client.lifetimes);
        if !core.ports.store.touch(&session).await? {
            return Err(Error::BadCredentials);
        }
        self.answer(&client, &session, standing, now)
    }

    /// The user that an access token stands for, with the roles held now. [`Error::Unauthenticated`] for any other text,
    /// for a user or tenant that is disabled, and after the user's sessions were ended.
    pub async fn authenticate(&self, access_token: &str) -> Result<SignedInUser> {
        let core = &self.0;
        let claims = core.ports.access_tokens.verify(access_token, core.now())?;
        let standing = core
            .ports
            .store
            .standing(claims.tenant, claims.user)
            .await?;
        let standing = standing
            .filter(|it| it.enabled && it.epoch == claims.epoch)
            .ok_or(Error::Unauthenticated)?;
        Ok(SignedInUser {
            tenant: claims.tenant,
            user: claims.user,
            session: claims.session,
            roles: standing.roles,
        })
    }

    async fn client(&self, id: &str, secret: Option<&Secret<String>>) -> Result<Client> {
        let core = &self.0;
        let id: ClientId = id.parse().map_err(|_| Error::BadClient)?;
        let client = core
            .ports
            .store
            .client(&id)
            .await?
            .filter(|client| client.enabled)
            .ok_or(Error::BadClient)?;
        let proved = match (client.kind, &client.secret_hash, secret) {
            (ClientKind::Public, ..) => true,
            (ClientKind::Confidential, Some(hash), Some(secret)) => {
                let parts: [&[u8]; 2] = [id.as_str().as_bytes(), secret.expose().as_bytes()];
                core.ports
                    .secrets
                    .verify(ProofPurpose::ClientSecret, &parts, hash)
            }
            (ClientKind::Confidential, ..) => false,
        };
        proved.then_some(client).ok_or(Error::BadClient)
    }

    /// The user of that name, and whether user and tenant are enabled.
    async fn user(&self, tenant: &str, username: &str) -> Result<Option<(User, bool)>> {
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
            let enabled = user.enabled && tenant.enabled;
            (user, enabled)
        }))
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
    async fn open(&self, actor: &Actor, client: &Client, proved: User) -> Result<(Session, User)> {
        const ATTEMPTS: usize = 5;
        let core = &self.0;
        let mut user = proved;
        for _ in 0..ATTEMPTS {
            let now = core.now();
            let session = Session {
                id: SessionId::ordered(now, &*core.ports.entropy),
                tenant: user.tenant,
                user: user.id,
                client: client.id.clone(),
                epoch: user.epoch,
                generation: 0,
                created_at: now,
                last_used_at: now,
                idle_expires_at: now.plus(client.lifetimes.idle),
                expires_at: now.plus(client.lifetimes.absolute),
            };
            let audit = core.audit(actor, AuditAction::SignedIn);
            let audit = audit
                .about(user.tenant, user.id)
                .with_detail(client.id.as_str());
            if core.ports.store.open(&session, &audit).await? {
                return Ok((session, user));
            }
            let current = core.ports.store.user(user.tenant, user.id).await?;
            user = current
                .filter(|current| current.enabled && current.password == user.password)
                .ok_or(Error::BadCredentials)?;
        }
        Err(Error::Stale)
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
            tracing::warn!(%error, "a password hash was not upgraded; the next sign-in will try again");
        }
    }

    fn answer(
        &self,
        client: &Client,
        session: &Session,
        standing: Standing,
        now: Timestamp,
    ) -> Result<TokenAnswer> {
        let core = &self.0;
        let full = client.lifetimes.access.as_secs();
        let expires_in = Duration::from_secs(full - core.random_below(full / 20 + 1));
        let issued_at = Timestamp::from_unix_seconds(now.unix_seconds()).unwrap_or(now);
        let claims = AccessClaims {
            user: standing.user,
            tenant: standing.tenant,
            client: client.id.clone(),
            session: session.id,
            token_id: core.random_id(),
            roles: standing.roles.clone(),
            epoch: standing.epoch,
            issued_at,
            expires_at: issued_at.plus(expires_in + AccessClaims::GRACE),
        };
        let binding = client.id.as_str().as_bytes();
        Ok(TokenAnswer {
            access_token: core.ports.access_tokens.sign(&claims)?,
            refresh_token: core.mint(
                ProofPurpose::RefreshToken,
                session.id.uuid(),
                session.generation,
                binding,
            ),
            expires_in,
            issued_at,
            user: standing.user,
            tenant: standing.tenant,
            username: standing.username,
            roles: standing.roles,
            client: client.id.clone(),
        })
    }
}
