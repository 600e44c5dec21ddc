mod claims;
mod form;
mod keys;
mod kinds;
mod signatures;

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use domain::{
    Error,
    model::{
        AccessClaims, ClientId, KeyState, RoleName, SessionId, SigningKey, Subject, TenantId,
        Timestamp, UserId,
    },
    ports::AccessTokens as _,
};
use jsonwebtoken::{EncodingKey, crypto};
use serde_json::{Value, json};

use super::{Algorithm, JwtAccessTokens, TokenConfig, keys::seal_name};
use crate::{MasterKeys, SystemEntropy, seal::Sealer};

const NOW: i64 = 1_800_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

fn config(algorithm: Algorithm) -> TokenConfig {
    TokenConfig {
        issuer: "https://members.example".to_owned(),
        audience: "platform".to_owned(),
        algorithm,
    }
}

fn claims() -> AccessClaims {
    let role: RoleName = "Support".parse().unwrap();
    AccessClaims {
        subject: Subject::User {
            user: UserId::random(&SystemEntropy),
            tenant: TenantId::random(&SystemEntropy),
            session: SessionId::ordered(at(NOW), &SystemEntropy),
            epoch: 3,
            roles: BTreeSet::from([role]),
        },
        client: "cid".parse::<ClientId>().unwrap(),
        token_id: "0123456789abcdef".to_owned(),
        issued_at: at(NOW),
        expires_at: at(NOW + 660),
    }
}

fn client_claims() -> AccessClaims {
    AccessClaims {
        subject: Subject::Client,
        ..claims()
    }
}

/// A service with one key, and the private part of that key.
struct Issuer {
    ring: MasterKeys,
    tokens: JwtAccessTokens,
    row: SigningKey,
    private: EncodingKey,
}

impl Issuer {
    fn new(algorithm: Algorithm) -> Self {
        let ring = MasterKeys::generate();
        let tokens = JwtAccessTokens::new(&ring, config(algorithm));
        let row = tokens.generate_key(KeyState::Current, at(NOW)).unwrap();
        tokens.install_keys(std::slice::from_ref(&row)).unwrap();
        let der = Sealer::new(&ring)
            .open(&seal_name(&row.id), &row.sealed_private)
            .ok()
            .unwrap();
        Self {
            ring,
            tokens,
            row,
            private: algorithm.encoding_key(&der),
        }
    }

    fn tokens_of_another_replica(&self) -> JwtAccessTokens {
        JwtAccessTokens::new(&self.ring, config(Algorithm::Es256))
    }

    fn header(&self) -> Value {
        json!({"typ": "at+jwt", "alg": "ES256", "kid": self.row.id})
    }

    fn sign(&self, claims: &AccessClaims) -> String {
        self.tokens.sign(claims).unwrap().expose().clone()
    }

    /// What is in a user's good token.
    fn payload(&self) -> Value {
        part(&self.sign(&claims()), 1)
    }

    /// What is in a client's good token.
    fn client_payload(&self) -> Value {
        part(&self.sign(&client_claims()), 1)
    }

    /// The public key, as published.
    fn public(&self) -> Value {
        published(&self.tokens).remove(0)
    }

    /// Signs what is given with the service's own key.
    fn forge(&self, header: &Value, payload: &Value) -> String {
        self.forge_text(&header.to_string(), &payload.to_string())
    }

    fn forge_text(&self, header: &str, payload: &str) -> String {
        self.sign_message(&message(header, payload))
    }

    fn sign_message(&self, message: &str) -> String {
        let es256 = jsonwebtoken::Algorithm::ES256;
        let signature = crypto::sign(message.as_bytes(), &self.private, es256).unwrap();
        format!("{message}.{signature}")
    }

    /// The key as it would be in the database of the other.
    fn row_sealed_for(&self, other: &Self) -> SigningKey {
        let name = seal_name(&self.row.id);
        let private = Sealer::new(&self.ring).open(&name, &self.row.sealed_private);
        SigningKey {
            sealed_private: Sealer::new(&other.ring)
                .seal(&name, &private.ok().unwrap())
                .unwrap(),
            ..self.row.clone()
        }
    }

    fn accepts(&self, token: &str) -> bool {
        self.accepts_at(token, NOW)
    }

    fn accepts_at(&self, token: &str, now: i64) -> bool {
        match self.tokens.verify(token, at(now)) {
            Ok(_) => true,
            Err(Error::Unauthenticated) => false,
            Err(other) => panic!("{other}"),
        }
    }
}

fn message(header: &str, payload: &str) -> String {
    let part = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    format!("{}.{}", part(header), part(payload))
}

/// The header, or the payload, of a token.
fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

fn published(tokens: &JwtAccessTokens) -> Vec<Value> {
    let mut set: Value = serde_json::from_str(&tokens.key_set().unwrap()).unwrap();
    set["keys"].as_array_mut().map(std::mem::take).unwrap()
}

fn with(mut object: Value, member: &str, value: Value) -> Value {
    object[member] = value;
    object
}

fn without(mut object: Value, member: &str) -> Value {
    object.as_object_mut().unwrap().remove(member).unwrap();
    object
}

#[test]
fn a_token_says_what_was_signed_whatever_the_algorithm() {
    for name in ["ES256", "EdDSA", "RS256"] {
        let algorithm: Algorithm = name.parse().unwrap();
        let issuer = Issuer::new(algorithm);
        let claims = claims();

        let token = issuer.tokens.sign(&claims).unwrap();

        let read = issuer.tokens.verify(token.expose(), at(NOW)).unwrap();
        assert_eq!(read, claims, "{name}");
    }
    assert!("HS256".parse::<Algorithm>().is_err());
}

#[test]
fn header_and_claims_are_those_of_the_contract() {
    let issuer = Issuer::new(Algorithm::Es256);
    let claims = claims();
    let Subject::User {
        user,
        tenant,
        session,
        ..
    } = &claims.subject
    else {
        panic!("claims of a client");
    };
    let token = issuer.sign(&claims);

    assert_eq!(part(&token, 0), issuer.header());
    assert_eq!(
        part(&token, 1),
        json!({
            "iss": "https://members.example", "sub": user.to_string(), "aud": "platform",
            "exp": NOW + 660, "iat": NOW, "nbf": NOW, "jti": "0123456789abcdef", "client_id": "cid",
            "tenant": tenant.to_string(), "tenant_id": tenant.to_string(),
            "sid": session.to_string(), "epoch": 3, "roles": ["Support"],
        })
    );
}

#[test]
fn a_clients_own_token_names_the_client_and_no_tenant() {
    let issuer = Issuer::new(Algorithm::Es256);

    let token = issuer.sign(&client_claims());

    assert_eq!(part(&token, 0), issuer.header());
    assert_eq!(
        part(&token, 1),
        json!({
            "iss": "https://members.example", "sub": "cid", "aud": "platform",
            "exp": NOW + 660, "iat": NOW, "nbf": NOW, "jti": "0123456789abcdef", "client_id": "cid",
        })
    );
    assert_eq!(
        issuer.tokens.verify(&token, at(NOW)).unwrap(),
        client_claims()
    );
}
