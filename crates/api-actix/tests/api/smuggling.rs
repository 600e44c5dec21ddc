//! Bodies that say more than they may, in every type that they may come in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    crossing::{Crossing, Subject},
    home::Backend,
    http::Request,
    matrix::{ONESELF, PLATFORM, Row, Written, as_text, openapi},
};

on_both![
    sec_33_members_that_an_operation_does_not_name_have_no_effect_in_any_type,
    sec_49_nul_and_unpaired_surrogates_are_refused_in_every_field,
];

/// What the service keeps of people, tenants and clients and shows under no name.
const HIDDEN: [&str; 12] = [
    "id",
    "platform",
    "isPlatform",
    "version",
    "epoch",
    "emailConfirmed",
    "isAdministrator",
    "passwordHash",
    "secretHashes",
    "deleted",
    "tenantShortName",
    "generation",
];

const TYPES: [&str; 3] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "application/xml",
];

async fn sec_33_members_that_an_operation_does_not_name_have_no_effect_in_any_type(on: Backend) {
    let crossing = Crossing::new(on).await;
    let document = openapi();

    for row in Row::all() {
        if row.with.is_empty() || row.written() == Written::Query {
            continue;
        }
        let more = foreign_members(&document, &row, &crossing);
        let plain = changes(&crossing, &row, None, &json!({})).await;
        let types = types(&document, &row);
        assert!(!types.is_empty(), "{row:?}");
        for media_type in types {
            let changes = changes(&crossing, &row, Some(media_type), &more).await;
            assert_eq!(changes, plain, "{media_type}: {row:?}");
        }
    }
}

/// Sends the call about a new subject, with more members, and returns what it changed and answered, as it is the same for
/// every subject.
async fn changes(
    crossing: &Crossing,
    row: &Row,
    media_type: Option<&str>,
    more: &Value,
) -> Vec<Value> {
    let subject = crossing.good_subject(row).await;
    let actor = if row.succeeds(PLATFORM) {
        PLATFORM
    } else {
        ONESELF
    };
    let before = crossing.sight(&subject).await;
    let request = match media_type {
        Some(media_type) => {
            let (request, body) = written(crossing, row, &subject, media_type, more);
            request.body(media_type, body)
        }
        None => row.request(&crossing.app, &subject.values),
    };
    // Both generations are answered alike in this type.
    let request = request.accept("application/json");
    let answer = crossing.by(actor, &subject, request).send().await;
    let answer = answer.expect_success();
    let after = crossing.sight(&subject).await;
    let new = after.iter().filter(|it| !before.contains(it));
    let new = new.map(|it| general(it.clone(), &subject)).collect();
    let gone = before.iter().filter(|it| !after.contains(it)).count();
    let mut changes = vec![json!({ "gone": gone }), new];
    if let Ok(body) = serde_json::from_str(answer.text()) {
        changes.push(general(body, &subject));
    }
    changes
}

/// The value with the subject's own values named, and the rest that chance or time made up left out.
fn general(value: Value, subject: &Subject) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| match &*name {
                ".issued" | ".expires" | "expires_in" | "exp" | "iat" => (name, Value::Null),
                _ => (name, general(value, subject)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(|it| general(it, subject)).collect(),
        Value::String(text) => {
            let mut text = text;
            for name in [
                "tenantId",
                "userId",
                "sessionId",
                "username",
                "new",
                "clientId",
            ] {
                if let Some(value) = subject.values.get(name) {
                    text = text.replace(value, name);
                }
            }
            let is_id = text.len() == 32 && text.bytes().all(|it| it.is_ascii_hexdigit());
            let is_date = text.len() == 24 && text.ends_with('Z');
            if is_id || is_date || text.len() > 64 {
                Value::Null
            } else {
                text.into()
            }
        }
        other => other,
    }
}

/// The call and its body in that type: more members, which stand in place of its own where they have their names.
fn written(
    crossing: &Crossing,
    row: &Row,
    subject: &Subject,
    media_type: &str,
    more: &Value,
) -> (Request, String) {
    let request = crossing
        .app
        .request(&row.method, row.target(&subject.values));
    let more = more.as_object().unwrap();
    let own = row.fields(&subject.values).into_iter();
    let own = own.filter(|(name, _)| !more.contains_key(name));
    let fields: Vec<_> = own.chain(more.clone()).collect();
    let body = match media_type {
        "application/json" => Value::Object(fields.into_iter().collect()).to_string(),
        "application/xml" => {
            let element = |(name, value): (&str, String)| format!("<{name}>{value}</{name}>");
            let elements: String = as_text(&fields).into_iter().map(element).collect();
            format!("<Data>{elements}</Data>")
        }
        _ => serde_urlencoded::to_string(as_text(&fields)).unwrap(),
    };
    (request, body)
}

/// The types of the operation's body that differ in how they are read.
fn types(document: &Value, row: &Row) -> Vec<&'static str> {
    let content = &body_of(document, row)["content"];
    let served = |it: &&'static str| content[*it].is_object();
    TYPES.into_iter().filter(served).collect()
}

fn body_of<'a>(document: &'a Value, row: &Row) -> &'a Value {
    let method = row.method.to_lowercase();
    &document["paths"][&row.path][method]["requestBody"]
}

/// Every member that any body or answer has, and what is hidden, but for those that this operation reads.
fn foreign_members(document: &Value, row: &Row, crossing: &Crossing) -> Value {
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let content = body_of(document, row)["content"].as_object().unwrap();
    let (_, body) = content.iter().next().unwrap();
    let name = body["schema"]["$ref"].as_str().unwrap();
    let own = &schemas[name.rsplit('/').next().unwrap()]["properties"];
    let own: BTreeSet<_> = own
        .as_object()
        .unwrap()
        .keys()
        .map(|it| it.to_lowercase())
        .collect();
    assert!(!own.is_empty(), "{row:?}");
    let properties = schemas
        .values()
        .filter_map(|it| it["properties"].as_object());
    let mut members: BTreeMap<_, _> = properties
        .flatten()
        .map(|(name, schema)| (&**name, value_for(name, schema, crossing)))
        .collect();
    members.extend(HIDDEN.map(|name| (name, value_for(name, &Value::Null, crossing))));
    members.retain(|name, _| !own.contains(&name.to_lowercase()));
    json!(members)
}

fn value_for(name: &str, schema: &Value, crossing: &Crossing) -> Value {
    let kinds = schema["type"].to_string();
    match name {
        "tenantId" | "tenant_id" | "tenants" => json!(crossing.app.test.id),
        "userId" | "user_id" | "id" | "sub" => json!(crossing.app.master.id),
        "role" => json!("Administrator"),
        _ if kinds.contains("array") => json!(["Administrator"]),
        _ if kinds.contains("boolean") => json!(!name.ends_with("Enabled")),
        _ if kinds.contains("integer") => json!(7),
        _ if name.starts_with("is") || name.ends_with("onfirmed") => json!(true),
        _ => json!("smuggled"),
    }
}

async fn sec_49_nul_and_unpaired_surrogates_are_refused_in_every_field(on: Backend) {
    let crossing = Crossing::new(on).await;
    let document = openapi();

    for row in Row::all() {
        // The one ignores what it is told; to the others any text may be a token that is not known.
        let is_read = !row.path.ends_with("/identified-users") && !row.path.starts_with("/oauth/");
        if row.with.is_empty() || row.written() == Written::Query || !is_read {
            continue;
        }
        let subject = crossing.subject(&row).await;
        let actor = if row.succeeds(PLATFORM) {
            PLATFORM
        } else {
            ONESELF
        };
        let before = crossing.sight(&subject).await;
        for name in row.texts() {
            for media_type in types(&document, &row) {
                for bad in bad_texts(media_type) {
                    let mut more = json!({});
                    more[&name] = json!(MARK);
                    let (request, body) = written(&crossing, &row, &subject, media_type, &more);
                    let request = request.body(media_type, body.replace(MARK, bad));
                    let answer = crossing.by(actor, &subject, request).send().await;
                    let refused = matches!(answer.status, 400 | 422);
                    assert!(refused, "{bad} in {name} of {row:?}: {answer}");
                }
            }
        }
        let after = crossing.sight(&subject).await;
        assert_eq!(after, before, "{row:?}");
    }
}

/// In place of which a text stands that no body may have.
const MARK: &str = "mark0mark";

/// Texts of NUL, of half a character, and of what is no Unicode, as they are written in that type.
fn bad_texts(media_type: &str) -> &'static [&'static str] {
    match media_type {
        "application/json" => &[r"a\u0000", r"\ud800", r"\udfff\ud800"],
        "application/xml" => &["a&#0;", "&#xd800;"],
        _ => &["a%00", "%ed%a0%80", "%ff"],
    }
}
