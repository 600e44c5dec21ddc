//! The `SupportDesk` port: tokens for Zendesk's JWT single sign-on.
//!
//! HS256 with the account's shared secret, whose characters are taken as bytes. Zendesk accepts a token once, within
//! three minutes of its `iat`; it knows no `exp`. Roles and tags are never sent: Zendesk would change its own by them.

#![warn(missing_docs)]

use domain::{
    Error, Result,
    model::Secret,
    ports::{SupportDesk, SupportIdentity},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

/// Signs people in at one Zendesk account.
pub struct Zendesk {
    key: EncodingKey,
    require_confirmed_email: bool,
    organization: bool,
}

/// What an operator says of the Zendesk account.
pub struct ZendeskConfig {
    /// The shared secret, as the admin centre shows it.
    pub secret: Secret<String>,
    /// Whether only people with a confirmed address may have a token. Without it anybody can take over the Zendesk
    /// record of an address that is not theirs.
    pub require_confirmed_email: bool,
    /// Whether people join the organization that is named like their tenant, if Zendesk has it.
    pub organization: bool,
}

/// The shared secret is shorter than [`Zendesk::MIN_SECRET`]; it is never printed.
#[derive(Debug, thiserror::Error)]
#[error("the Zendesk secret is shorter than {} bytes", Zendesk::MIN_SECRET)]
pub struct WeakSecret;

impl Zendesk {
    /// The shortest secret in bytes: as long as the MAC (RFC 7518 section 3.2).
    pub const MIN_SECRET: usize = 32;

    /// [`WeakSecret`] for a secret that could be guessed.
    pub fn new(config: &ZendeskConfig) -> Result<Self, WeakSecret> {
        let secret = config.secret.expose().as_bytes();
        if secret.len() < Self::MIN_SECRET {
            return Err(WeakSecret);
        }
        Ok(Self {
            key: EncodingKey::from_secret(secret),
            require_confirmed_email: config.require_confirmed_email,
            organization: config.organization,
        })
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iat: i64,
    jti: &'a str,
    email: &'a str,
    name: &'a str,
    external_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<&'a str>,
}

impl SupportDesk for Zendesk {
    fn token(&self, identity: &SupportIdentity) -> Result<Secret<String>> {
        let claims = Claims {
            iat: identity.issued_at.unix_seconds(),
            jti: &identity.token_id,
            email: identity.email.as_str(),
            name: identity.username.as_str(),
            external_id: identity.user.to_string(),
            organization: self.organization.then_some(&identity.tenant_name),
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.key)
            .map(Secret::new)
            .map_err(|cause| Error::unavailable("support desk", cause))
    }

    fn requires_confirmed_email(&self) -> bool {
        self.require_confirmed_email
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;
    use domain::model::Timestamp;
    use jsonwebtoken::{DecodingKey, Validation, decode};
    use serde_json::{Value, json};

    use super::*;

    /// Reads as hex and as base64, and is neither.
    const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";

    fn zendesk(organization: bool) -> Zendesk {
        Zendesk::new(&ZendeskConfig {
            secret: Secret::new(SECRET.to_owned()),
            require_confirmed_email: true,
            organization,
        })
        .unwrap()
    }

    fn identity() -> SupportIdentity {
        SupportIdentity {
            user: "9b1d6c0e-5f7a-4b3c-8d2e-1f0a9b8c7d6e".parse().unwrap(),
            username: "u-1".parse().unwrap(),
            email: "u-1@example.com".parse().unwrap(),
            tenant_name: "Example".to_owned(),
            issued_at: Timestamp::from_unix_micros(1_769_017_402_900_000).unwrap(),
            token_id: "2f6c0e0f9c8c4f0e8a5c2d7f3b1a9e64".to_owned(),
        }
    }

    fn claims(token: &Secret<String>) -> Value {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        let key = DecodingKey::from_secret(SECRET.as_bytes());
        decode(token.expose(), &key, &validation).unwrap().claims
    }

    #[test]
    fn sec_37_the_token_says_who_it_is_and_nothing_more() {
        let token = zendesk(false).token(&identity()).unwrap();

        assert_eq!(
            claims(&token),
            json!({
                "iat": 1_769_017_402,
                "jti": "2f6c0e0f9c8c4f0e8a5c2d7f3b1a9e64",
                "email": "u-1@example.com",
                "name": "u-1",
                "external_id": "9b1d6c0e5f7a4b3c8d2e1f0a9b8c7d6e",
            })
        );
    }

    #[test]
    fn sec_37_the_header_is_the_one_that_zendesk_knows() {
        let token = zendesk(false).token(&identity()).unwrap();
        let header = token.expose().split('.').next().unwrap();

        assert_eq!(
            BASE64URL_NOPAD.decode(header.as_bytes()).unwrap(),
            br#"{"typ":"JWT","alg":"HS256"}"#
        );
    }

    #[test]
    fn the_organization_is_sent_if_configured() {
        let token = zendesk(true).token(&identity()).unwrap();

        assert_eq!(claims(&token)["organization"], "Example");
    }

    #[test]
    fn sec_37_a_secret_shorter_than_the_mac_is_refused() {
        let config = |length| ZendeskConfig {
            secret: Secret::new("x".repeat(length)),
            require_confirmed_email: true,
            organization: false,
        };

        assert!(Zendesk::new(&config(31)).is_err());
        assert!(Zendesk::new(&config(0)).is_err());
        assert!(Zendesk::new(&config(32)).is_ok());
    }
}
