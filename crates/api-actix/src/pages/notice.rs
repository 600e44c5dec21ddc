use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;
use domain::Error;
use wording::NoticeWords;

use super::{Audience, page};
use crate::problem::{Asked, Problem};

#[derive(Template)]
#[template(path = "pages/notice.html")]
struct View<'a> {
    to: &'a Audience<'a>,
    notice: &'a NoticeWords,
    alert: bool,
}

/// A page that only says something: what happened, and what to do next.
pub(super) fn notice(status: StatusCode, to: &Audience<'_>, notice: &NoticeWords) -> HttpResponse {
    let alert = !status.is_success();
    page(status, &View { to, notice, alert })
}

/// The page for `error`, which is the link's fault (`void`) or passes.
pub(super) fn failure(error: Error, to: &Audience<'_>, void: &NoticeWords) -> HttpResponse {
    let asked = Asked {
        request_id: String::new(),
        only_xml: false,
        base: "",
    };
    let mut problem = Problem::from(error).response(&asked);
    let passes = matches!(problem.status().as_u16(), 409 | 429 | 503);
    let words = if passes { &to.words.busy } else { void };
    let mut page = notice(problem.status(), to, words);
    if let Some(wait) = problem.headers_mut().remove(header::RETRY_AFTER).next() {
        page.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    page
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::body::to_bytes;

    use super::{super::tests::in_german, *};

    #[actix_web::test]
    async fn only_the_link_itself_is_called_void() {
        let to = in_german(None);
        let (void, busy) = (
            "Dieser Link ist nicht mehr gültig",
            "Bitte versuchen Sie es noch einmal",
        );
        let retry_after = Duration::from_millis(1500);
        for (error, status, wait, title) in [
            (Error::BadToken, 400, None, void),
            (Error::Stale, 409, None, busy),
            (Error::Throttled { retry_after }, 429, Some("2"), busy),
            (Error::Overloaded { retry_after }, 503, Some("2"), busy),
        ] {
            let page = failure(error, &to, &to.words.confirmation.void);

            assert_eq!(page.status(), status);
            let told = page.headers().get(header::RETRY_AFTER);
            assert_eq!(told.map(|it| it.to_str().unwrap()), wait);
            let body = to_bytes(page.into_body()).await.unwrap();
            let html = std::str::from_utf8(&body).unwrap();
            assert!(html.contains(&format!("<h1>{title}</h1>")), "{html}");
            assert!(html.contains("<html lang=\"de\">"));
        }
    }
}
