//! Text that no database keeps, in every text of every operation of the document (SEC-49).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    answer::CANARY,
    app::App,
    home::Backend,
    http::Request,
    operations::{Case, Operation},
    people::{CLIENT_ID, CLIENT_SECRET, PASSWORD},
};

on_both![
    sec_49_nul_and_unpaired_surrogates_are_refused_in_every_field,
    sec_49_no_path_and_no_query_reaches_the_database_with_nul,
];

const FORM: &str = "application/x-www-form-urlencoded";

/// An operation that would succeed as it is.
struct Sample {
    request: Request,
    body: Value,
    is_form: bool,
}

async fn sec_49_nul_and_unpaired_surrogates_are_refused_in_every_field(on: Backend) {
    let app = App::start(on).await;
    let document = app.get("/openapi.json").send().await.expect(200).json();
    let samples = samples(&app).await;
    let before = app.state().await;

    for (name, operation) in operations(&document) {
        let Some((media_type, schema)) = schema(&document, operation) else {
            continue;
        };
        let sample = samples
            .get(&name)
            .unwrap_or_else(|| panic!("no sample for {name}"));
        assert_eq!(sample.is_form, media_type == FORM, "{name}");
        for (field, kind) in schema["properties"].as_object().unwrap() {
            let is_list = says(kind, "array");
            if !says(kind, "string") && !is_list {
                continue;
            }
            let text = |value: &str| {
                if is_list {
                    json!([value])
                } else {
                    json!(value)
                }
            };
            let hostile = if sample.is_form {
                vec![sample.form(field, "a%00b"), sample.form(field, "%ED%A0%80")]
            } else {
                let nul = sample.json(field, text("a\0b"));
                let lone = sample.json(field, text("LONE"));
                vec![
                    nul,
                    lone.replace("LONE", r"\ud800"),
                    lone.replace("LONE", r"\udfff\ud83d"),
                ]
            };
            for body in hostile {
                let media_type = if sample.is_form {
                    FORM
                } else {
                    "application/json"
                };
                let request = sample.request.clone().body(media_type, body.clone());
                let answer = request.send().await;
                assert!(
                    matches!(answer.status, 400 | 422),
                    "{name} {body}: {answer}"
                );
                let problem = answer.json();
                assert!(problem["code"].is_string(), "{name} {body}: {answer}");
                if !sample.is_form && body.contains(r"\u0000") {
                    let named = problem["errors"].as_object().unwrap();
                    assert!(named.contains_key(field), "{name} {body}: {answer}");
                }
            }
        }
    }
    assert_eq!(app.state().await, before);
}

async fn sec_49_no_path_and_no_query_reaches_the_database_with_nul(on: Backend) {
    let app = App::start(on).await;
    let document = app.get("/openapi.json").send().await.expect(200).json();
    let before = app.state().await;

    for (name, operation) in operations(&document) {
        let (method, path) = name.split_once(' ').unwrap();
        let parameters = operation["parameters"].as_array();
        for parameter in parameters.into_iter().flatten() {
            let named = parameter["name"].as_str().unwrap();
            let target = match parameter["in"].as_str().unwrap() {
                "path" => path.replace(&format!("{{{named}}}"), "a%00b"),
                _ => format!("{path}?{named}=a%00b"),
            };
            let target = target.replace(['{', '}'], "");
            let request = app.request(&method.to_uppercase(), &target);
            let request = request
                .bearer(&app.master.token)
                .json(&json!({"role": CANARY}));
            let answer = request.send().await;
            // What is open to everybody does not tell whether the ids exist.
            assert!(
                matches!(answer.status, 200 | 204 | 400 | 403 | 404 | 422),
                "{name}: {answer}"
            );
        }
    }
    assert_eq!(app.state().await, before);
}

/// Everything with a body, by method and path; what is in the document and not here fails the test.
async fn samples(app: &App) -> BTreeMap<String, Sample> {
    let mut samples = BTreeMap::new();
    for (number, (name, operation)) in [
        ("post /membership/registrations", Operation::Registration),
        (
            "post /membership/password-reset-requests",
            Operation::ResetRequest,
        ),
        (
            "post /membership/password-reset-confirmations",
            Operation::ResetConfirmation,
        ),
        (
            "put /membership/roles/{tenantId}/{userId}",
            Operation::PutRole,
        ),
        (
            "post /membership/email-confirmations",
            Operation::EmailConfirmation,
        ),
        (
            "put /account-settings/{tenantId}/{userId}",
            Operation::PutAccountSettings,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let case = Case::new(app, operation, &format!("u{number}")).await;
        let fields = case.fields.iter();
        let body = fields.map(|(name, value)| ((*name).to_owned(), value.clone()));
        let sample = Sample::json_of(case.request(), Value::Object(body.collect()));
        samples.insert(name.to_owned(), sample);
    }
    app.client("portal", "confidential", json!({})).await;
    let tenant = format!("/tenants/{}", app.acme.id);
    for (name, request, body) in [
        (
            "post /tenants",
            app.post("/tenants"),
            json!({"name": "New Ltd", "shortName": "new"}),
        ),
        (
            "put /tenants/{tenantId}/mail",
            app.put(format!("{tenant}/mail")),
            json!({}),
        ),
        ("put /tenants/{tenantId}", app.put(tenant), json!({})),
        (
            "post /clients",
            app.post("/clients"),
            json!({"clientId": "robot", "kind": "public"}),
        ),
        (
            "put /clients/{clientId}",
            app.put("/clients/portal"),
            json!({}),
        ),
    ] {
        let request = request.bearer(&app.master.token);
        samples.insert(name.to_owned(), Sample::json_of(request, body));
    }
    for path in [
        "/token",
        "/connect/token",
        "/oauth/introspect",
        "/oauth/revoke",
    ] {
        let body = match path {
            "/token" | "/connect/token" => json!({
                "grant_type": "password", "username": "master", "tenant": "test", "password": PASSWORD,
                "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            }),
            _ => json!({"token": "x", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}),
        };
        let sample = Sample {
            request: app.post(path),
            body,
            is_form: true,
        };
        samples.insert(format!("post {path}"), sample);
    }
    samples
}

impl Sample {
    fn json_of(request: Request, body: Value) -> Self {
        Self {
            request,
            body,
            is_form: false,
        }
    }

    fn json(&self, field: &str, value: Value) -> String {
        let mut body = self.body.clone();
        body[field] = value;
        body.to_string()
    }

    /// `value` is percent-encoded already.
    fn form(&self, field: &str, value: &str) -> String {
        let others = self.body.as_object().unwrap().iter();
        let others = others
            .filter(|(name, _)| *name != field)
            .map(|(name, value)| (name, value.as_str().unwrap()));
        let others: Vec<_> = others.collect();
        format!(
            "{}&{field}={value}",
            serde_urlencoded::to_string(others).unwrap()
        )
    }
}

/// Every operation but the one that looks at nothing of what it is sent, by method and path.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    operations
        .filter(|(name, _)| name != "post /membership/identified-users")
        .collect()
}

/// The media type and the schema of the body, if there is one.
fn schema<'a>(document: &'a Value, operation: &'a Value) -> Option<(&'a str, &'a Value)> {
    let content = operation["requestBody"]["content"].as_object()?;
    let (media_type, content) = content
        .get_key_value("application/json")
        .or_else(|| content.iter().next())?;
    let name = content["schema"]["$ref"].as_str()?.rsplit('/').next()?;
    Some((media_type, &document["components"]["schemas"][name]))
}

fn says(kind: &Value, name: &str) -> bool {
    kind["type"] == name
        || kind["type"]
            .as_array()
            .is_some_and(|it| it.contains(&name.into()))
}
