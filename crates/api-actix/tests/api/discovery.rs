//! What libraries find out by themselves (RFC 8414, OpenID Connect Discovery 1.0, RFC 7517).

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::{
    app::{App, Service},
    home::{Backend, PUBLIC_URL},
};

on_both![
    the_metadata_tells_where_the_endpoints_are,
    every_endpoint_of_the_metadata_is_served,
    the_key_set_holds_the_public_key_of_every_token,
];

async fn the_metadata_tells_where_the_endpoints_are(on: Backend) {
    let app = App::start(on).await;
    let at = |path: &str| format!("{PUBLIC_URL}{path}");
    let expected = json!({
        "issuer": PUBLIC_URL,
        "token_endpoint": at("/connect/token"),
        "jwks_uri": at("/.well-known/jwks.json"),
        "introspection_endpoint": at("/oauth/introspect"),
        "revocation_endpoint": at("/oauth/revoke"),
        "userinfo_endpoint": at("/connect/userinfo"),
        "service_documentation": at("/docs"),
        "response_types_supported": [],
        "grant_types_supported": ["password", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    });

    for name in ["openid-configuration", "oauth-authorization-server"] {
        let foreign = app
            .get(format!("/.well-known/{name}"))
            .header("Host", "evil.example");
        let answer = foreign
            .header("X-Forwarded-Host", "evil.example")
            .send()
            .await;
        assert_eq!(answer.json(), expected);
        assert_eq!(answer.media_type(), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    }
}

async fn every_endpoint_of_the_metadata_is_served(on: Backend) {
    let app = App::start(on).await;
    let metadata = app
        .get("/.well-known/openid-configuration")
        .send()
        .await
        .json();

    for (member, address) in metadata.as_object().unwrap() {
        let Some(path) = address.as_str().and_then(|it| it.strip_prefix(PUBLIC_URL)) else {
            continue;
        };
        if !path.is_empty() {
            let found = [app.get(path).send().await, app.post(path).send().await];
            assert!(
                found.iter().any(|it| ![404, 405].contains(&it.status)),
                "{member}"
            );
        }
    }
}

async fn the_key_set_holds_the_public_key_of_every_token(on: Backend) {
    let app = App::start(on).await;

    let answer = app.get("/.well-known/jwks.json").send().await.expect(200);

    assert_eq!(
        answer.header("content-type"),
        Some("application/jwk-set+json")
    );
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let set = answer.json();
    let keys = set["keys"].as_array().unwrap();
    let ids: BTreeSet<_> = keys
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 2, "the current one and the next: {set}");
    for key in keys {
        assert_eq!((&key["kty"], &key["use"]), (&json!("EC"), &json!("sig")));
        assert_eq!(
            (&key["alg"], &key["crv"]),
            (&json!("ES256"), &json!("P-256"))
        );
        for private in ["d", "p", "q", "k"] {
            assert_eq!(key.get(private), None);
        }
    }
    let header = app.master.token.split('.').next().unwrap();
    let header = BASE64URL_NOPAD.decode(header.as_bytes()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert!(ids.contains(header["kid"].as_str().unwrap()), "{header}");
}

#[tokio::test]
async fn there_is_no_key_set_before_there_are_keys() {
    let service = Service::without_database().await;

    let answer = service.get("/.well-known/jwks.json").send().await;

    let answer = answer.expect_problem(503);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("retry-after").is_some());
    service
        .get("/.well-known/openid-configuration")
        .send()
        .await
        .expect(200);
}
