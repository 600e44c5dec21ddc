use domain::model::{AccessClaims, Subject, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use super::TokenConfig;

/// What `nbf` and `iat` may be ahead, in seconds: the clocks of two replicas.
const SKEW: i64 = 30;

/// The payload of a token. Reading it refuses absent and repeated members and ignores unknown ones, which a newer
/// release may write. A client's own token has none of the members from `tenant` on, a user's has them all.
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
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    tenant: Option<String>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    tenant_id: Option<String>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    sid: Option<String>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    epoch: Option<i64>,
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    roles: Option<Vec<String>>,
}

/// A member that is there has a value: `null` is none.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl Claims {
    pub(super) fn new(claims: &AccessClaims, config: &TokenConfig) -> Self {
        let issued_at = claims.issued_at.unix_seconds();
        let of_client = Self {
            iss: config.issuer.clone(),
            sub: claims.client.to_string(),
            aud: config.audience.clone(),
            exp: claims.expires_at.unix_seconds(),
            iat: issued_at,
            nbf: issued_at,
            jti: claims.token_id.clone(),
            client_id: claims.client.to_string(),
            tenant: None,
            tenant_id: None,
            sid: None,
            epoch: None,
            roles: None,
        };
        match &claims.subject {
            Subject::Client => of_client,
            Subject::User {
                user,
                tenant,
                session,
                epoch,
                roles,
            } => Self {
                sub: user.to_string(),
                tenant: Some(tenant.to_string()),
                tenant_id: Some(tenant.to_string()),
                sid: Some(session.to_string()),
                epoch: Some(*epoch),
                roles: Some(roles.iter().map(ToString::to_string).collect()),
                ..of_client
            },
        }
    }

    /// What the token says, if it is meant for us and good at `now`.
    pub(super) fn accept(self, config: &TokenConfig, now: Timestamp) -> Option<AccessClaims> {
        let now = now.unix_seconds();
        let meant = self.iss == config.issuer && self.aud == config.audience;
        let timely = now < self.exp && self.nbf.max(self.iat) <= now.saturating_add(SKEW);
        if !meant || !timely || self.jti.is_empty() {
            return None;
        }
        Some(AccessClaims {
            subject: self.subject()?,
            client: self.client_id.parse().ok()?,
            token_id: self.jti,
            issued_at: Timestamp::from_unix_seconds(self.iat)?,
            expires_at: Timestamp::from_unix_seconds(self.exp)?,
        })
    }

    fn subject(&self) -> Option<Subject> {
        let Self {
            sub,
            tenant,
            tenant_id,
            sid,
            epoch,
            roles,
            ..
        } = self;
        match (tenant, tenant_id, sid, epoch, roles) {
            (None, None, None, None, None) if *sub == self.client_id => Some(Subject::Client),
            (Some(tenant), Some(tenant_id), Some(sid), Some(epoch), Some(roles))
                if tenant == tenant_id =>
            {
                let roles: Result<_, _> = roles.iter().map(|role| role.parse()).collect();
                Some(Subject::User {
                    user: sub.parse().ok()?,
                    tenant: tenant.parse().ok()?,
                    session: sid.parse().ok()?,
                    epoch: *epoch,
                    roles: roles.ok()?,
                })
            }
            _ => None,
        }
    }
}
