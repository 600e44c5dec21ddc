mod refresh;
mod sign_in;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

pub use self::{refresh::Refresh, sign_in::SignIn};

use super::{ClientCredentials, core::Core};
use crate::{
    Error, Result,
    model::{
        AccessClaims, Actor, AuditAction, Client, ClientId, Grant, RoleName, Secret, Session,
        Standing, Subject, TenantId, Timestamp, UserId, Username,
    },
};

/// Signs people in and refreshes their sign-ins; gives clients tokens of their own.
pub struct TokenService(Arc<Core>);

/// What the token endpoint answers.
pub struct TokenAnswer {
    /// To be sent with requests.
    pub access_token: Secret<String>,
    /// How long the access token is announced to live; it lives [`AccessClaims::GRACE`] longer.
    pub expires_in: Duration,
    /// When it was made.
    pub issued_at: Timestamp,
    /// For which client.
    pub client: ClientId,
    /// Who signed in. `None` for a client that acts for itself.
    pub sign_in: Option<SignedInAnswer>,
}

/// The part about the person, complete in a refresh too (contract section 5).
pub struct SignedInAnswer {
    /// To be sent for the next answer. `None` for a client that may not refresh.
    pub refresh_token: Option<Secret<String>>,
    /// Who signed in.
    pub user: UserId,
    /// In which tenant.
    pub tenant: TenantId,
    /// Under which name.
    pub username: Username,
    /// The roles held now.
    pub roles: BTreeSet<RoleName>,
}

impl TokenService {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// An access token for the client itself (RFC 6749 section 4.4). [`Error::BadClient`], [`Error::Throttled`],
    /// [`Error::Forbidden`].
    pub async fn client_credentials(
        &self,
        actor: &Actor,
        client: &ClientCredentials,
    ) -> Result<TokenAnswer> {
        let core = &self.0;
        let client = self.client(actor, client, Grant::ClientCredentials).await?;
        let audit = core
            .audit(actor, AuditAction::ClientTokenIssued)
            .with_detail(client.id.as_str());
        core.ports.store.append(&audit).await?;
        self.signed(&client, Subject::Client, None, core.now(), Duration::MAX)
    }

    async fn client(
        &self,
        actor: &Actor,
        credentials: &ClientCredentials,
        grant: Grant,
    ) -> Result<Client> {
        let client = self.0.authenticate_client(actor, credentials).await?;
        if !client.grants.contains(&grant) {
            return Err(Error::Forbidden);
        }
        Ok(client)
    }

    /// Tokens for the person, the refresh token of that generation.
    fn answer(
        &self,
        client: &Client,
        session: &Session,
        generation: u32,
        standing: Standing,
        now: Timestamp,
    ) -> Result<TokenAnswer> {
        let may_refresh = client.grants.contains(&Grant::RefreshToken);
        let refresh_token =
            may_refresh.then(|| self.0.mint_refresh_token(client, session.id, generation));
        let subject = Subject::User {
            user: standing.user,
            tenant: standing.tenant,
            session: session.id,
            epoch: standing.epoch,
            roles: standing.roles.clone(),
        };
        let sign_in = SignedInAnswer {
            refresh_token,
            user: standing.user,
            tenant: standing.tenant,
            username: standing.username,
            roles: standing.roles,
        };
        let longest = session.expires_at.since(now);
        self.signed(client, subject, Some(sign_in), now, longest)
    }

    /// An access token that lives as long as the client's do, less up to 5 % so that not all are refreshed at the same
    /// time, and no longer than `longest`.
    fn signed(
        &self,
        client: &Client,
        subject: Subject,
        sign_in: Option<SignedInAnswer>,
        now: Timestamp,
        longest: Duration,
    ) -> Result<TokenAnswer> {
        let core = &self.0;
        let full = client.lifetimes.access.as_secs();
        let jittered = full - core.random_below(full / 20 + 1);
        let expires_in = Duration::from_secs(jittered.min(longest.as_secs()));
        let lives = (expires_in + AccessClaims::GRACE).min(longest);
        let issued_at = Timestamp::from_unix_seconds(now.unix_seconds()).unwrap_or(now);
        let claims = AccessClaims {
            subject,
            client: client.id.clone(),
            token_id: core.random_id(),
            issued_at,
            expires_at: issued_at.plus(lives),
        };
        Ok(TokenAnswer {
            access_token: core.ports.access_tokens.sign(&claims)?,
            expires_in,
            issued_at,
            client: client.id.clone(),
            sign_in,
        })
    }
}
