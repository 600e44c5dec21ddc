use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;
use domain::Error;

use super::page;
use crate::problem::{Asked, Problem};

/// A page that only says something: what happened, and what to do next.
pub(super) struct Notice {
    pub(super) title: &'static str,
    pub(super) message: &'static str,
    pub(super) next: &'static str,
}

pub(super) const FOREIGN_FORM: Notice = Notice {
    title: "Not accepted",
    message: "The form came from another site. Nothing was changed.",
    next: "Open the link in the message that we sent you, and use the form there.",
};

pub(super) const UNREADABLE_FORM: Notice = Notice {
    title: "Not accepted",
    message: "The form did not arrive whole. Nothing was changed.",
    next: "Open the link in the message that we sent you, and try again.",
};

const BUSY: Notice = Notice {
    title: "Please try again",
    message: "We cannot do this right now. Your link stays good.",
    next: "Wait a moment, then open the link in our message again.",
};

#[derive(Template)]
#[template(path = "pages/notice.html")]
struct View<'a> {
    notice: &'a Notice,
    alert: bool,
}

pub(super) fn notice(status: StatusCode, notice: &Notice) -> HttpResponse {
    let alert = !status.is_success();
    page(status, &View { notice, alert })
}

/// The page for `error`, which is the link's fault (`void`) or passes.
pub(super) fn failure(error: Error, void: &Notice) -> HttpResponse {
    let asked = Asked {
        request_id: String::new(),
        only_xml: false,
    };
    let mut problem = Problem::from(error).response(&asked);
    let passes = matches!(problem.status().as_u16(), 409 | 429 | 503);
    let mut page = notice(problem.status(), if passes { &BUSY } else { void });
    if let Some(wait) = problem.headers_mut().remove(header::RETRY_AFTER).next() {
        page.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    page
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::body::to_bytes;

    use super::*;

    #[actix_web::test]
    async fn only_the_link_itself_is_called_void() {
        let retry_after = Duration::from_millis(1500);
        for (error, status, wait, title) in [
            (Error::BadToken, 400, None, FOREIGN_FORM.title),
            (Error::Stale, 409, None, BUSY.title),
            (Error::Throttled { retry_after }, 429, Some("2"), BUSY.title),
            (
                Error::Overloaded { retry_after },
                503,
                Some("2"),
                BUSY.title,
            ),
        ] {
            let page = failure(error, &FOREIGN_FORM);

            assert_eq!(page.status(), status);
            let told = page.headers().get(header::RETRY_AFTER);
            assert_eq!(told.map(|it| it.to_str().unwrap()), wait);
            let body = to_bytes(page.into_body()).await.unwrap();
            let html = std::str::from_utf8(&body).unwrap();
            assert!(html.contains(&format!("<h1>{title}</h1>")), "{html}");
        }
    }
}
