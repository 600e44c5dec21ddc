//! The pages where the links of our mails land. They work without script.
//!
//! GET shows and changes nothing, however often a scanner opens the link; a person's click posts. HEAD arrives as GET:
//! see [`crate::edge`].

mod confirmation;
mod guard;
mod notice;
mod password;

use actix_web::{
    HttpResponse, Route,
    http::{StatusCode, header},
    middleware::from_fn,
    web,
};
use askama::Template;

use self::{guard::guard, password::Purpose};
use crate::problem::Problem;

/// Registers the pages and their style sheet.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    for (path, purpose) in [
        ("/account/password-reset", Purpose::Reset),
        ("/account/invitation", Purpose::Invitation),
    ] {
        let show = move |app, link| password::show(purpose, app, link);
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
        .service(
            web::resource("/assets/pages.css")
                .route(web::get().to(style_sheet))
                .default_service(only("GET, HEAD")),
        );
}

/// 405 for every other method.
fn only(methods: &'static str) -> Route {
    web::to(move || async move {
        Err::<HttpResponse, _>(Problem::method_not_allowed(methods.to_owned()))
    })
}

async fn style_sheet() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(include_str!("../../assets/pages.css"))
}

fn page(status: StatusCode, view: &impl Template) -> HttpResponse {
    match view.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .body(html),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
