use super::{TokenAnswer, TokenService};
use crate::{
    Error, Result,
    model::{
        Actor, AuditAction, Client, Grant, Presented, Proof, ProofPurpose, RefreshPolicy, Secret,
        Session, SessionId, Standing, TenantId,
    },
    services::{ClientCredentials, core::Core},
};

/// The refresh grant (RFC 6749 section 6).
pub struct Refresh {
    /// Which client asks.
    pub client: ClientCredentials,
    /// What the sign-in or the last refresh answered.
    pub refresh_token: Secret<String>,
    /// The tenant's id, which then must be the sign-in's; anything else is ignored (contract section 5).
    pub tenant: Option<String>,
}

impl TokenService {
    /// Answers with a new access token, and a refresh token: the same one for a client that keeps it, the successor for one
    /// that rotates. Of any number of refreshes of one token at a time all get the same successor.
    ///
    /// [`Error::BadClient`] or [`Error::Throttled`] for the client, [`Error::Forbidden`] if it may not refresh, [`Error::BadCredentials`] for a
    /// refresh token that is not a live one of that client. One that was spent long ago ends its session. Whatever else
    /// fails, the refresh token is not used up.
    pub async fn refresh(&self, actor: &Actor, request: Refresh) -> Result<TokenAnswer> {
        const ATTEMPTS: usize = 8;
        let core = &self.0;
        let client = self
            .client(actor, &request.client, Grant::RefreshToken)
            .await?;
        let proof = core
            .prove_refresh_token(&client, &request.refresh_token)
            .ok_or(Error::BadCredentials)?;
        for _ in 0..ATTEMPTS {
            let (session, standing) = self.selected(&client, &proof, &request).await?;
            let now = core.now();
            match session.presented(proof.generation, now) {
                Presented::Newest => {
                    let used = session.used(now, &client.lifetimes);
                    let used = match client.refresh {
                        RefreshPolicy::Keep => used,
                        RefreshPolicy::Rotate => used.rotated(now),
                    };
                    if core.ports.store.refresh(&used, proof.generation).await? {
                        return self.answer(&client, &used, used.generation, standing, now);
                    }
                }
                Presented::Again { successor } => {
                    return self.answer(&client, &session, successor, standing, now);
                }
                Presented::Spent => return self.end_family(actor, &session).await,
                Presented::Unknown => return Err(Error::BadCredentials),
            }
        }
        Err(Error::Stale)
    }

    /// The session that the proof is of, if it may be refreshed by the client. [`Error::BadCredentials`] otherwise.
    async fn selected(
        &self,
        client: &Client,
        proof: &Proof,
        request: &Refresh,
    ) -> Result<(Session, Standing)> {
        let core = &self.0;
        let id = SessionId::from_uuid(proof.selector);
        let named: Option<TenantId> = request.tenant.as_ref().and_then(|it| it.parse().ok());
        let selected = core.ports.store.session(id).await?;
        let now = core.now();
        selected
            .filter(|(session, standing)| {
                session.client == client.id
                    && client.serves(session.tenant)
                    && named.is_none_or(|named| named == session.tenant)
                    && standing.enabled
                    && standing.epoch == session.epoch
                    && session.is_live(now)
            })
            .ok_or(Error::BadCredentials)
    }

    /// Somebody else has the person's refresh token, or has had it: neither may go on.
    async fn end_family(&self, actor: &Actor, session: &Session) -> Result<TokenAnswer> {
        let core = &self.0;
        let audit = core
            .audit(actor, AuditAction::RefreshTokenReused)
            .about(session.tenant, session.user)
            .with_detail(format!("{} of {}", session.id, session.client));
        core.ports
            .store
            .end_session(session.tenant, session.user, session.id, &audit)
            .await?;
        core.callers.user_changed(session.user, core.now());
        Err(Error::BadCredentials)
    }
}

impl Core {
    /// The refresh token of a session and generation, bound to the client.
    pub(super) fn mint_refresh_token(
        &self,
        client: &Client,
        session: SessionId,
        generation: u32,
    ) -> Secret<String> {
        let binding = client.id.as_str().as_bytes();
        self.mint(
            ProofPurpose::RefreshToken,
            session.uuid(),
            generation,
            binding,
        )
    }

    /// What a refresh token selects that was made for the client.
    pub(in crate::services) fn prove_refresh_token(
        &self,
        client: &Client,
        token: &Secret<String>,
    ) -> Option<Proof> {
        let binding = client.id.as_str().as_bytes();
        self.prove(ProofPurpose::RefreshToken, token.expose(), binding)
    }
}
