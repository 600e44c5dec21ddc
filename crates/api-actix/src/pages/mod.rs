//! The pages where the links of our mails land. They work without script.
//!
//! GET shows and changes nothing, however often a scanner opens the link; a person's click posts. HEAD arrives as GET:
//! see [`crate::edge`].

mod audience;
mod confirmation;
mod guard;
mod notice;
mod password;

use actix_web::{
    HttpResponse, Resource, Route,
    http::{StatusCode, header},
    middleware::from_fn,
    web,
};
use askama::Template;

use self::{audience::Audience, guard::guard, password::Purpose};
use crate::problem::Problem;

/// Registers the pages and their style sheet.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    for (path, purpose) in [
        ("/account/password-reset", Purpose::Reset),
        ("/account/invitation", Purpose::Invitation),
    ] {
        let show = move |app, request, link| password::show(purpose, app, request, link);
        let set = move |app, request, form| password::set(purpose, app, request, form);
        config.service(
            web::resource(path)
                .wrap(from_fn(guard))
                .route(web::get().to(show))
                .route(web::post().to(set))
                .default_service(only("GET, HEAD, POST")),
        );
    }
    config
        .service(
            web::resource("/account/email-confirmation")
                .wrap(from_fn(guard))
                .route(web::get().to(confirmation::show))
                .route(web::post().to(confirmation::confirm))
                .default_service(only("GET, HEAD, POST")),
        )
        .service(asset(
            "/assets/pages.css",
            "text/css; charset=utf-8",
            include_str!("../../assets/pages.css"),
        ))
        .service(asset(
            "/assets/icon.svg",
            "image/svg+xml",
            include_str!("../../assets/icon.svg"),
        ));
}

/// 405 for every other method.
fn only(methods: &'static str) -> Route {
    web::to(move || async move {
        Err::<HttpResponse, _>(Problem::method_not_allowed(methods.to_owned()))
    })
}

fn asset(path: &str, content_type: &'static str, content: &'static str) -> Resource {
    let served = move || async move {
        HttpResponse::Ok()
            .content_type(content_type)
            .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(content)
    };
    web::resource(path)
        .route(web::get().to(served))
        .default_service(only("GET, HEAD"))
}

fn page(status: StatusCode, view: &impl Template) -> HttpResponse {
    match view.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .body(html),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use domain::services::Reader;
    use wording::Wording;

    use super::*;

    static WORDING: LazyLock<Wording> =
        LazyLock::new(|| Wording::load(None, &"de".parse().unwrap()).unwrap());

    pub(super) fn reader(tenant: &str) -> Reader {
        Reader {
            tenant_name: tenant.to_owned(),
            username: "anna".parse().unwrap(),
            min_password_length: 15,
            locale: "de".parse().unwrap(),
        }
    }

    /// Somebody who reads German.
    pub(super) fn in_german(reader: Option<Reader>) -> Audience<'static> {
        let request = actix_web::test::TestRequest::default().to_http_request();
        match reader {
            Some(reader) => Audience::of_link(&WORDING, reader),
            None => Audience::unknown(&request, &WORDING),
        }
    }
}
