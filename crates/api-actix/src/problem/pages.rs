//! The pages that the `type` of a problem document points at.

use actix_web::{
    HttpResponse, get,
    http::{StatusCode, header},
    web::{Path, ServiceConfig},
};
use askama::Template;

use super::{
    Problem,
    kinds::{ALL, Kind, NOT_FOUND},
};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(index).service(one);
}

#[derive(Template)]
#[template(path = "errors/index.html")]
struct Index {
    kinds: &'static [&'static Kind],
}

#[derive(Template)]
#[template(path = "errors/kind.html")]
struct One {
    kind: &'static Kind,
}

#[get("/docs/errors")]
async fn index() -> Result<HttpResponse, Problem> {
    page(&Index { kinds: ALL })
}

#[get("/docs/errors/{code}")]
async fn one(code: Path<String>) -> Result<HttpResponse, Problem> {
    let kind =
        Kind::named(&code).ok_or_else(|| Problem::new(&NOT_FOUND, "There is no such error."));
    page(&One { kind: kind? })
}

fn page(view: &impl Template) -> Result<HttpResponse, Problem> {
    let html = view
        .render()
        .map_err(|_| Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR))?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(html))
}
