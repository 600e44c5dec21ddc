mod sec_22;

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use domain::{
    Error,
    model::{
        AccessClaims, ClientId, KeyState, RoleName, SessionId, SigningKey, TenantId, Timestamp,
        UserId,
    },
    ports::AccessTokens as _,
};
use jsonwebtoken::{EncodingKey, crypto};
use serde_json::{Value, json};

use super::{Algorithm, JwtAccessTokens, TokenConfig, keys};
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
        user: UserId::random(&SystemEntropy),
        tenant: TenantId::random(&SystemEntropy),
        client: "cid".parse::<ClientId>().unwrap(),
        session: SessionId::ordered(at(NOW), &SystemEntropy),
        token_id: "0123456789abcdef".to_owned(),
        roles: BTreeSet::from([role]),
        epoch: 3,
        issued_at: at(NOW),
        expires_at: at(NOW + 660),
    }
}

/// A service with one key, and the private part of that key.
struct Issuer {
    tokens: JwtAccessTokens,
    row: SigningKey,
    private: EncodingKey,
}

impl Issuer {
    fn new(algorithm: Algorithm) -> Self {
        let (ring, _) = MasterKeys::generate(&SystemEntropy);
        let tokens = JwtAccessTokens::new(&ring, config(algorithm));
        let row = tokens.generate_key(at(NOW)).unwrap();
        tokens.install_keys(std::slice::from_ref(&row)).unwrap();
        let der = Sealer::new(&ring)
            .open(&keys::seal_name(&row.id), &row.sealed_private)
            .ok()
            .unwrap();
        Self {
            tokens,
            row,
            private: algorithm.encoding_key(&der),
        }
    }

    fn header(&self) -> Value {
        json!({"typ": "at+jwt", "alg": "ES256", "kid": self.row.id})
    }

    /// What is in a good token.
    fn payload(&self) -> Value {
        let token = self.tokens.sign(&claims()).unwrap();
        let payload = token.expose().split('.').nth(1).unwrap();
        serde_json::from_slice(&BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
    }

    /// Signs what is given with the service's own key.
    fn forge(&self, header: &Value, payload: &Value) -> String {
        let message = message(header, payload);
        let signature = crypto::sign(
            message.as_bytes(),
            &self.private,
            jsonwebtoken::Algorithm::ES256,
        );
        format!("{message}.{}", signature.unwrap())
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

fn message(header: &Value, payload: &Value) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(payload))
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
    let token = issuer.tokens.sign(&claims).unwrap();
    let parts: Vec<Value> = token
        .expose()
        .split('.')
        .take(2)
        .map(|part| {
            serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
        })
        .collect();

    assert_eq!(parts[0], issuer.header());
    assert_eq!(
        parts[1],
        json!({
            "iss": "https://members.example", "sub": claims.user.to_string(), "aud": "platform",
            "exp": NOW + 660, "iat": NOW, "nbf": NOW, "jti": "0123456789abcdef", "client_id": "cid",
            "tenant": claims.tenant.to_string(), "tenant_id": claims.tenant.to_string(),
            "sid": claims.session.to_string(), "epoch": 3, "roles": ["Support"],
        })
    );
}

#[test]
fn a_public_key_names_its_use_and_holds_nothing_private() {
    for (algorithm, members) in [
        (Algorithm::Es256, "alg crv kid kty use x y"),
        (Algorithm::EdDsa, "alg crv kid kty use x"),
        (Algorithm::Rs256, "alg e kid kty n use"),
    ] {
        let row = Issuer::new(algorithm).row;
        let jwk: Value = serde_json::from_str(&row.public_jwk).unwrap();

        let names: BTreeSet<_> = jwk
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(names, members.split(' ').collect());
        assert_eq!(jwk["kid"], row.id);
        assert_eq!(jwk["use"], "sig");
        assert_eq!(jwk["alg"], algorithm.name());
        assert_eq!(row.state, KeyState::Current);
    }
}

#[test]
fn retired_keys_verify_and_the_current_one_signs() {
    let issuer = Issuer::new(Algorithm::Es256);
    let old = issuer.tokens.sign(&claims()).unwrap();
    let mut retired = issuer.row.clone();
    retired.state = KeyState::Retired;
    let current = issuer.tokens.generate_key(at(NOW)).unwrap();
    issuer
        .tokens
        .install_keys(&[retired, current.clone()])
        .unwrap();
    let new = issuer.tokens.sign(&claims()).unwrap();

    issuer
        .tokens
        .install_keys(std::slice::from_ref(&current))
        .unwrap();

    assert!(issuer.accepts(new.expose()));
    assert!(!issuer.accepts(old.expose()), "its key is gone");
    issuer
        .tokens
        .install_keys(&[current, with_state(&issuer.row, KeyState::Retired)])
        .unwrap();
    assert!(issuer.accepts(old.expose()));
}

fn with_state(row: &SigningKey, state: KeyState) -> SigningKey {
    SigningKey {
        state,
        ..row.clone()
    }
}

#[test]
fn without_keys_nothing_is_signed_and_nothing_is_judged() {
    let (ring, _) = MasterKeys::generate(&SystemEntropy);
    let tokens = JwtAccessTokens::new(&ring, config(Algorithm::Es256));

    assert!(matches!(
        tokens.sign(&claims()),
        Err(Error::Unavailable { .. })
    ));
    assert!(matches!(
        tokens.verify("a.b.c", at(NOW)),
        Err(Error::Unavailable { .. })
    ));
}

#[test]
fn a_key_of_another_master_key_is_refused_as_current_and_else_left_out() {
    let (issuer, foreign) = (Issuer::new(Algorithm::Es256), Issuer::new(Algorithm::Es256));
    let token = issuer.tokens.sign(&claims()).unwrap();

    let refused = issuer
        .tokens
        .install_keys(std::slice::from_ref(&foreign.row));

    assert!(matches!(refused, Err(Error::Unavailable { .. })));
    assert!(issuer.accepts(token.expose()), "the keys before stay");
    let beside = [
        issuer.row.clone(),
        with_state(&foreign.row, KeyState::Retired),
    ];
    issuer.tokens.install_keys(&beside).unwrap();
    assert!(issuer.accepts(token.expose()));
    assert!(!issuer.accepts(foreign.tokens.sign(&claims()).unwrap().expose()));
}
