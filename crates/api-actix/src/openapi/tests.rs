use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::*;

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of this test, not a setting of the service"
)]
fn the_committed_document_is_the_served_one() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let served = document().to_pretty_json().unwrap() + "\n";
    if env::var("UPDATE_DOCS").is_ok() {
        fs::write(&committed, &served).unwrap();
    }

    let same = fs::read_to_string(&committed).unwrap_or_default() == served;
    assert!(
        same,
        "docs/openapi.json is out of date: run UPDATE_DOCS=1 cargo test -p api-actix"
    );
}

#[test]
fn operations_that_may_want_a_token_tell_that_they_read_one() {
    let document = serde_json::to_value(document()).unwrap();

    for (path, method) in [
        ("/membership/refresh-tokens/{tenantId}/{userId}", "delete"),
        ("/membership/initialize", "post"),
        (
            "/membership/email-confirmation-requests/{tenantId}/{userId}",
            "post",
        ),
    ] {
        let security = &document["paths"][path][method]["security"];
        assert_eq!(*security, json!([{}, {"bearer": []}]), "{path}");
    }
    for path in ["/token", "/oauth/introspect", "/oauth/revoke"] {
        let operation = &document["paths"][path]["post"];
        assert_eq!(operation["security"], json!([{}, {"client": []}]), "{path}");
        assert!(operation["responses"]["403"].is_null(), "{path}");
    }
}

#[test]
fn every_type_of_an_answer_is_in_the_document() {
    let document = serde_json::to_value(document()).unwrap();

    for (path, method) in [
        ("/membership/registrations", "post"),
        ("/membership/identified-users", "post"),
        ("/membership/password-reset-requests", "post"),
        ("/membership/password-reset-tokens/{userId}", "get"),
        ("/membership/password-reset-confirmations", "post"),
    ] {
        let responses = &document["paths"][path][method]["responses"];
        let types = |status: &str| {
            let content = responses[status]["content"].as_object().unwrap();
            content.keys().cloned().collect::<BTreeSet<_>>()
        };
        let objects = OBJECT_TYPES.map(|(named, alike)| [named, alike]).concat();
        assert_eq!(
            types("200"),
            objects.into_iter().map(str::to_owned).collect()
        );
        assert_eq!(types("400"), PROBLEM_TYPES.map(str::to_owned).into());
        let is_told = !responses["408"].is_null();
        assert_eq!(is_told, method == "post", "{path}");
    }
}

#[test]
fn allow_tells_the_methods_of_the_document() {
    assert_eq!(methods_of("/tenants/{tenantId}"), "GET, HEAD, PUT, DELETE");
    assert_eq!(methods_of("/token"), "POST");
    assert_eq!(methods_of("/docs"), "GET, HEAD");
}

/// What the public listener serves for people, beside the operations.
const PAGES: [&str; 11] = [
    "/account/email-confirmation",
    "/account/invitation",
    "/account/password-reset",
    "/assets/icon.svg",
    "/assets/pages.css",
    "/docs",
    "/docs/errors",
    "/docs/errors/{code}",
    "/docs{file:(/.*)?}",
    "/openapi.json",
    "/",
];

#[test]
fn sec_48_every_path_in_the_code_is_an_operation_of_the_document_or_a_page() {
    let document = document();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");

    let mut paths = BTreeSet::new();
    for file in files(&source) {
        let is_apart = ["metrics.rs", "probes.rs", "tests.rs"]
            .iter()
            .any(|it| file.ends_with(it));
        let code = fs::read_to_string(&file).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        let literals = code.split('"').skip(1).step_by(2);
        let literals = literals.filter(|it| it.starts_with('/') && !is_apart);
        paths.extend(literals.map(str::to_owned));
    }

    for path in document.paths.paths.keys() {
        assert!(paths.remove(path), "{path} was not found: mend this test");
    }
    let undocumented: Vec<_> = paths
        .iter()
        .filter(|path| !PAGES.contains(&path.as_str()))
        .collect();
    assert!(undocumented.is_empty(), "{undocumented:?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
