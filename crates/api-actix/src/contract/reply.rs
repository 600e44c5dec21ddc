use std::{
    convert::Infallible,
    future::{Ready, ready},
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{StatusCode, header},
    web,
};
use serde::Serialize;
use wiring::settings::Generation;

use super::media::{Accept, BodyType};
use crate::{App, problem::Problem};

/// How to answer this caller (contract sections 9 and 10).
pub(crate) struct Reply {
    accept: Accept,
    generation: Generation,
    body: Option<BodyType>,
}

impl FromRequest for Reply {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            accept: Accept::of(request.headers()),
            generation: request
                .app_data::<web::Data<App>>()
                .map_or(Generation::Auto, |app| app.generation),
            body: BodyType::of(request.headers()),
        }))
    }
}

impl Reply {
    /// To a question.
    pub(crate) fn json(&self, view: &impl Serialize) -> Result<HttpResponse, Problem> {
        self.with_view(StatusCode::OK, view)
    }

    /// To an order to make something, outside the contract.
    pub(crate) fn created(&self, view: &impl Serialize) -> Result<HttpResponse, Problem> {
        self.with_view(StatusCode::CREATED, view)
    }

    fn with_view(
        &self,
        status: StatusCode,
        view: &impl Serialize,
    ) -> Result<HttpResponse, Problem> {
        let text = serde_json::to_string(view)
            .map_err(|_| Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR))?;
        let named = self.accept.json().filter(|_| !self.accept.anything());
        Ok(HttpResponse::build(status)
            .content_type(in_utf_8(named.unwrap_or("application/json")))
            .body(text))
    }

    /// To one of the five operations that answer `object` in the older document and nothing in the newer one.
    pub(crate) fn object(&self) -> HttpResponse {
        let named = self.accept.json().or(self.accept.xml());
        let older = match self.generation {
            Generation::Auto => named.is_some() && !self.accept.anything(),
            Generation::Newer => false,
            Generation::Older => true,
        };
        match (self.accept.json(), self.accept.xml()) {
            _ if !older => HttpResponse::NoContent().finish(),
            (None, Some(xml)) => HttpResponse::Ok()
                .insert_header((header::CONTENT_TYPE, in_utf_8(xml)))
                .body(r#"<?xml version="1.0" encoding="utf-8"?><object/>"#),
            (json, _) => HttpResponse::Ok()
                .insert_header((
                    header::CONTENT_TYPE,
                    in_utf_8(json.unwrap_or("application/json")),
                ))
                .body("{}"),
        }
    }

    /// To an operation without result: 204 in the older document, an empty 200 in the newer one.
    pub(crate) fn done(&self) -> HttpResponse {
        empty(self.generation == Generation::Older)
    }

    /// The same where a form or XML, which the newer document does not know, shows the older generation.
    pub(crate) fn done_by_body(&self) -> HttpResponse {
        let older_body = matches!(self.body, Some(BodyType::Xml | BodyType::Form));
        empty(self.generation == Generation::Older || older_body)
    }
}

fn empty(no_content: bool) -> HttpResponse {
    HttpResponse::new(if no_content {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::OK
    })
}

fn in_utf_8(media_type: &str) -> String {
    format!("{media_type}; charset=utf-8")
}

#[cfg(test)]
mod tests {
    use actix_web::{body::to_bytes, http::header::ACCEPT, test::TestRequest};

    use super::*;

    fn reply(generation: Generation, accept: &str) -> Reply {
        let request = TestRequest::get()
            .insert_header((ACCEPT, accept))
            .to_http_request();
        Reply {
            accept: Accept::of(request.headers()),
            generation,
            body: None,
        }
    }

    async fn told(answer: HttpResponse) -> (u16, Option<String>, String) {
        let media = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|it| it.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        (
            status,
            media,
            String::from_utf8(to_bytes(answer.into_body()).await.unwrap().to_vec()).unwrap(),
        )
    }

    #[actix_web::test]
    async fn accept_decides_how_the_five_object_operations_answer() {
        let xml = r#"<?xml version="1.0" encoding="utf-8"?><object/>"#;
        for (accept, expected) in [
            ("", (204, None, "")),
            ("*/*", (204, None, "")),
            (
                "application/json",
                (200, Some("application/json; charset=utf-8"), "{}"),
            ),
            ("text/json", (200, Some("text/json; charset=utf-8"), "{}")),
            (
                "application/xml",
                (200, Some("application/xml; charset=utf-8"), xml),
            ),
            ("text/xml", (200, Some("text/xml; charset=utf-8"), xml)),
            (
                "application/xml, application/json",
                (200, Some("application/json; charset=utf-8"), "{}"),
            ),
            ("application/json, */*", (204, None, "")),
            ("text/plain", (204, None, "")),
        ] {
            let (status, media, body) = told(reply(Generation::Auto, accept).object()).await;
            assert_eq!(
                (status, media.as_deref(), body.as_str()),
                expected,
                "{accept}"
            );
        }
    }

    #[actix_web::test]
    async fn one_setting_follows_one_document_to_the_letter() {
        for accept in ["", "*/*", "application/json", "text/plain"] {
            let older = reply(Generation::Older, accept);
            assert_eq!(told(older.object()).await.2, "{}");
            assert_eq!(
                (older.done().status(), older.done_by_body().status()),
                (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT)
            );
            let newer = reply(Generation::Newer, accept);
            assert_eq!(newer.object().status(), StatusCode::NO_CONTENT);
            assert_eq!(
                (newer.done().status(), newer.done_by_body().status()),
                (StatusCode::OK, StatusCode::OK)
            );
        }
    }

    #[test]
    fn a_body_that_only_the_older_document_knows_shows_the_generation() {
        for (body, status) in [
            (None, 200),
            (Some(BodyType::Json), 200),
            (Some(BodyType::Xml), 204),
            (Some(BodyType::Form), 204),
        ] {
            let reply = Reply {
                body,
                ..reply(Generation::Auto, "")
            };
            assert_eq!(
                (
                    reply.done_by_body().status().as_u16(),
                    reply.done().status().as_u16()
                ),
                (status, 200),
                "{body:?}"
            );
        }
    }

    #[actix_web::test]
    async fn results_are_json_whatever_is_accepted() {
        for accept in [
            "",
            "text/plain",
            "application/xml",
            "image/png",
            "application/json",
            "text/json, */*",
        ] {
            let answer = told(reply(Generation::Auto, accept).json(&["x"]).unwrap()).await;
            assert_eq!(
                answer,
                (
                    200,
                    Some("application/json; charset=utf-8".to_owned()),
                    r#"["x"]"#.to_owned()
                )
            );
        }
    }
}
