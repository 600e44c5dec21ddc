//! The `OpenAPI` document and the page to browse it.

use std::sync::{Arc, LazyLock};

use actix_web::{
    HttpResponse, get,
    http::header,
    web::{Data, Path, ServiceConfig},
};
use utoipa::{
    OpenApi as _, PartialSchema as _, ToSchema as _,
    openapi::{
        Content, Info, License, OpenApi, Ref, RefOr, Response,
        path::{Operation, PathItem},
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_swagger_ui::Config;

use crate::{problem::ProblemBody, routes::Operations};

/// Every type that a JSON body may come in (contract section 9), JSON itself first.
const BODY_TYPES: [&str; 7] = [
    "application/json",
    "text/json",
    "application/json-patch+json",
    "application/*+json",
    "application/xml",
    "text/xml",
    "application/x-www-form-urlencoded",
];

/// What the older document's `object` may come as, by the two that the operations name.
const OBJECT_TYPES: [(&str, &str); 2] = [
    ("application/json", "text/json"),
    ("application/xml", "text/xml"),
];

const PROBLEM_TYPES: [&str; 2] = ["application/problem+json", "application/problem+xml"];

const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'none'";

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(document);

/// The document.
pub fn document() -> OpenApi {
    let mut document = Operations::openapi();
    document.info = Info::new("Membership", env!("CARGO_PKG_VERSION"));
    document.info.description =
        Some("Users, roles, tokens and confirmations of every tenant of a platform.".to_owned());
    document.info.license = Some(License::new("MIT"));
    let components = document.components.get_or_insert_default();
    components
        .schemas
        .insert(ProblemBody::name().into_owned(), ProblemBody::schema());
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
    );
    components.add_security_scheme(
        "client",
        SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)),
    );
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        take_every_type(operation);
        give_every_type(operation);
        read_a_token(operation);
        tell_of_problems(operation);
    }
    document
}

/// The methods that the document has for a path, for `Allow`.
pub(crate) fn methods_of(route: &str) -> String {
    let item = DOCUMENT.paths.paths.get(route);
    let methods = item.map(|item| {
        let known = [
            ("GET, HEAD", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("DELETE", &item.delete),
        ];
        known
            .into_iter()
            .filter(|(_, operation)| operation.is_some())
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    });
    methods.map_or_else(|| "GET, HEAD".to_owned(), |methods| methods.join(", "))
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    let browser = Config::from("../openapi.json").use_base_layout();
    config
        .app_data(Data::new(browser))
        .service(as_json)
        .service(browse);
}

#[get("/openapi.json")]
async fn as_json() -> HttpResponse {
    static TEXT: LazyLock<String> = LazyLock::new(|| DOCUMENT.to_json().unwrap_or_default());
    HttpResponse::Ok()
        .content_type("application/json; charset=utf-8")
        .body(TEXT.as_str())
}

/// Swagger UI, all of it from this binary. It styles itself inline, which no other page may.
#[get("/docs{file:(/.*)?}")]
async fn browse(file: Path<String>, config: Data<Config<'static>>) -> HttpResponse {
    let Ok(Some(asset)) =
        utoipa_swagger_ui::serve(file.trim_start_matches('/'), Arc::clone(&config))
    else {
        return HttpResponse::NotFound().finish();
    };
    let mut bytes = asset.bytes.into_owned();
    if file.is_empty() {
        // Without the slash at its end the page would look for its parts beside itself.
        bytes = String::from_utf8_lossy(&bytes)
            .replace("<head>", r#"<head><base href="docs/">"#)
            .into_bytes();
    }
    HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, DOCS_POLICY))
        .body(bytes)
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

/// A JSON body may as well be of any other type that is read.
fn take_every_type(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else {
        return;
    };
    if let Some(json) = body.content.get(BODY_TYPES[0]).cloned() {
        body.content
            .extend(BODY_TYPES.map(|name| (name.to_owned(), json.clone())));
    }
}

/// What is answered in XML may as well come in the other types of its two kinds.
fn give_every_type(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else {
            continue;
        };
        if !response.content.contains_key(OBJECT_TYPES[1].0) {
            continue;
        }
        for (named, alike) in OBJECT_TYPES {
            if let Some(content) = response.content.get(named).cloned() {
                response.content.insert(alike.to_owned(), content);
            }
        }
    }
}

/// An operation that needs no token, and may all the same answer 401, reads one that is sent.
fn read_a_token(operation: &mut Operation) {
    if operation.security.is_none() && operation.responses.responses.contains_key("401") {
        operation.security = Some(vec![
            SecurityRequirement::default(),
            SecurityRequirement::new("bearer", Vec::<String>::new()),
        ]);
    }
}

/// What any operation of a kind may be refused with, and that each refusal is a problem document.
fn tell_of_problems(operation: &mut Operation) {
    let has_body = operation.request_body.is_some();
    let wants_token = operation
        .security
        .as_ref()
        .is_some_and(|any_of| !any_of.contains(&SecurityRequirement::default()));
    let names_something = operation.parameters.is_some();
    let responses = &mut operation.responses.responses;
    for (status, description, possible) in [
        (
            "400",
            "The request cannot be read, or a value is missing or malformed",
            has_body,
        ),
        ("401", "A valid access token is needed", wants_token),
        ("403", "The caller may not do this", wants_token),
        (
            "404",
            "There is nothing of that name within the caller's reach",
            wants_token && names_something,
        ),
        ("408", "The body did not arrive in time", has_body),
        ("413", "The body is too large", has_body),
        (
            "415",
            "The body is of a type that is not read here",
            has_body,
        ),
        (
            "429",
            "Too many attempts: come back after Retry-After",
            true,
        ),
        ("500", "Something went wrong", true),
        (
            "503",
            "Not at the moment: come back after Retry-After",
            true,
        ),
    ] {
        if possible {
            responses
                .entry(status.to_owned())
                .or_insert_with(|| Response::new(description).into());
        }
    }
    let refusals = responses
        .iter_mut()
        .filter(|(status, _)| status.starts_with(['4', '5']));
    for (_, response) in refusals {
        if let RefOr::T(response) = response {
            let problem = Content::new(Some(Ref::from_schema_name(ProblemBody::name())));
            response
                .content
                .extend(PROBLEM_TYPES.map(|name| (name.to_owned(), problem.clone().into())));
        }
    }
}

#[cfg(test)]
mod tests;
