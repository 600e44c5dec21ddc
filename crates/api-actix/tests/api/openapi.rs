use std::{fs, path::Path};

use serde_json::Value;

use crate::{app::App, home::Backend};

on_both![
    the_served_document_is_the_committed_one,
    every_operation_of_both_generations_is_in_the_document,
    every_documented_operation_is_served,
    the_document_can_be_browsed,
];

/// Every operation of the two published documents, and the neighbours that are served (contract sections 3, 5 and 6).
const OPERATIONS: [(&str, &str); 22] = [
    ("delete", "/membership/refresh-tokens/{tenantId}/{userId}"),
    ("get", "/membership/password-reset-tokens/{userId}"),
    ("get", "/membership/roles/{tenantId}/{userId}"),
    ("put", "/membership/roles/{tenantId}/{userId}"),
    ("get", "/membership/zendesk-token/{tenantId}/{userId}"),
    (
        "post",
        "/membership/email-confirmation-requests/{tenantId}/{userId}",
    ),
    ("post", "/membership/email-confirmations"),
    ("post", "/membership/identified-users"),
    ("post", "/membership/initialize"),
    ("post", "/membership/password-reset-requests"),
    ("post", "/membership/password-reset-confirmations"),
    ("post", "/membership/registrations"),
    ("post", "/token"),
    ("post", "/connect/token"),
    ("get", "/tenants"),
    ("post", "/tenants"),
    ("get", "/tenants/{tenantId}"),
    ("put", "/tenants/{tenantId}"),
    ("delete", "/tenants/{tenantId}"),
    ("get", "/tenants/{tenantId}/users"),
    ("get", "/account-settings/{tenantId}/{userId}"),
    ("put", "/account-settings/{tenantId}/{userId}"),
];

async fn the_served_document_is_the_committed_one(on: Backend) {
    let app = App::start(on).await;
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let committed: Value = serde_json::from_slice(&fs::read(committed).unwrap()).unwrap();

    let served = app.get("/openapi.json").send().await.expect(200);

    assert_eq!(served.media_type(), Some("application/json"));
    assert!(
        served.json() == committed,
        "docs/openapi.json is out of date"
    );
}

async fn every_operation_of_both_generations_is_in_the_document(on: Backend) {
    let app = App::start(on).await;

    let document = app.get("/openapi.json").send().await.expect(200).json();

    for (method, path) in OPERATIONS {
        assert!(
            document["paths"][path][method].is_object(),
            "{method} {path}"
        );
    }
    let family = [
        "application/json",
        "text/json",
        "application/json-patch+json",
        "application/xml",
        "text/xml",
        "application/x-www-form-urlencoded",
    ];
    let body = &document["paths"]["/membership/registrations"]["post"]["requestBody"]["content"];
    for media_type in family {
        assert!(body[media_type].is_object(), "{media_type}");
    }
}

async fn every_documented_operation_is_served(on: Backend) {
    let app = App::start(on).await;
    let document = app.get("/openapi.json").send().await.expect(200).json();

    for (path, operations) in document["paths"].as_object().unwrap() {
        let target = path.replace(['{', '}'], "");
        for method in operations
            .as_object()
            .unwrap()
            .keys()
            .filter(|it| ["get", "put", "post", "delete"].contains(&it.as_str()))
        {
            let answer = app.request(&method.to_uppercase(), &target).send().await;
            assert_ne!(answer.status, 405, "{method} {path}");
            let documented = &operations[method]["responses"];
            let range = format!("{}XX", answer.status / 100);
            let known = [answer.status.to_string(), range, "default".to_owned()]
                .iter()
                .any(|it| documented.get(it).is_some());
            assert!(known, "{method} {path} answers an undocumented {answer}");
        }
    }
}

async fn the_document_can_be_browsed(on: Backend) {
    let app = App::start(on).await;

    let page = app.get("/docs/").send().await.expect(200);

    assert_eq!(page.media_type(), Some("text/html"));
}
