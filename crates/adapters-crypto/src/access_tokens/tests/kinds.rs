//! SEC-23: no other kind of token is an access token.

use domain::{
    model::{Proof, ProofPurpose, Secret},
    ports::{AccessTokens as _, DerivedSecrets as _},
};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use super::{Issuer, NOW, claims, with};
use crate::{HkdfSecrets, access_tokens::Algorithm};

#[test]
fn sec_23_refresh_tokens_and_mailed_links_are_no_access_tokens() {
    let issuer = Issuer::new(Algorithm::Es256);
    let secrets = HkdfSecrets::new(&issuer.ring);
    for purpose in ProofPurpose::ALL {
        let proof = Proof {
            selector: "d08403ae-c328-47de-974a-f1008cef86cc".parse().unwrap(),
            generation: 0,
            verifier: secrets.mac(purpose, &[b"binding"]),
        };
        let text = proof.encode();
        assert!(!issuer.accepts(text.expose()), "{purpose:?}");
        assert!(
            !issuer.tokens.names_unknown_key(text.expose()),
            "{purpose:?}"
        );
    }
}

#[test]
fn sec_23_jwts_of_another_kind_are_no_access_tokens_whoever_signed_them() {
    let issuer = Issuer::new(Algorithm::Es256);
    let payload = issuer.payload();
    for typ in [
        "JWT",
        "token-introspection+jwt",
        "logout+jwt",
        "secevent+jwt",
    ] {
        let token = issuer.forge(&with(issuer.header(), "typ", json!(typ)), &payload);
        assert!(!issuer.accepts(&token), "{typ}");
    }
    let support_desk = json!({"iat": NOW, "jti": "1", "email": "anna@example.com", "name": "anna"});
    let secret = Secret::new(b"the support desk's shared secret".to_vec());
    let key = EncodingKey::from_secret(secret.expose());
    assert!(!issuer.accepts(&encode(&Header::default(), &support_desk, &key).unwrap()));
    assert!(!issuer.accepts(&issuer.forge(&issuer.header(), &support_desk)));
    assert!(issuer.accepts(&issuer.sign(&claims())));
}
