use domain::model::{AccessClaims, Timestamp};
use serde::{Deserialize, Serialize};

use super::TokenConfig;

/// What `nbf` and `iat` may be ahead, in seconds: the clocks of two replicas.
const SKEW: i64 = 30;

/// The payload of a token. Reading it refuses absent and repeated members and ignores unknown ones, which a newer
/// release may write.
#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    iat: i64,
    nbf: i64,
    jti: String,
    client_id: String,
    /// The same as `tenant_id`; clients to come read this one.
    tenant: String,
    tenant_id: String,
    sid: String,
    epoch: i64,
    roles: Vec<String>,
}

impl Claims {
    pub(super) fn new(claims: &AccessClaims, config: &TokenConfig) -> Self {
        let issued_at = claims.issued_at.unix_seconds();
        Self {
            iss: config.issuer.clone(),
            sub: claims.user.to_string(),
            aud: config.audience.clone(),
            exp: claims.expires_at.unix_seconds(),
            iat: issued_at,
            nbf: issued_at,
            jti: claims.token_id.clone(),
            client_id: claims.client.to_string(),
            tenant: claims.tenant.to_string(),
            tenant_id: claims.tenant.to_string(),
            sid: claims.session.to_string(),
            epoch: claims.epoch,
            roles: claims.roles.iter().map(ToString::to_string).collect(),
        }
    }

    /// What the token says, if it is meant for us and good at `now`.
    pub(super) fn accept(self, config: &TokenConfig, now: Timestamp) -> Option<AccessClaims> {
        let now = now.unix_seconds();
        let meant = self.iss == config.issuer && self.aud == config.audience;
        let timely = now < self.exp && self.nbf.max(self.iat) <= now.saturating_add(SKEW);
        if !meant || !timely || self.tenant != self.tenant_id || self.jti.is_empty() {
            return None;
        }
        Some(AccessClaims {
            user: self.sub.parse().ok()?,
            tenant: self.tenant.parse().ok()?,
            client: self.client_id.parse().ok()?,
            session: self.sid.parse().ok()?,
            token_id: self.jti,
            roles: self
                .roles
                .iter()
                .map(|role| role.parse())
                .collect::<Result<_, _>>()
                .ok()?,
            epoch: self.epoch,
            issued_at: Timestamp::from_unix_seconds(self.iat)?,
            expires_at: Timestamp::from_unix_seconds(self.exp)?,
        })
    }
}
