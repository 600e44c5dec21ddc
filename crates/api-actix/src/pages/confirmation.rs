use actix_web::{HttpRequest, HttpResponse, ResponseError as _, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    notice::{Notice, UNREADABLE_FORM, failure, notice},
    page,
};
use crate::{
    App, caller,
    contract::{Body, Fields, Read},
};

const DONE: Notice = Notice {
    title: "Your address is confirmed",
    message: "Thank you. We know now that the address is yours.",
    next: "You can close this page and go back to the application.",
};

const VOID: Notice = Notice {
    title: "This link does not work any more",
    message: "It works once and for a limited time.",
    next: "If you confirmed your address already, there is nothing more to do. \
           Otherwise sign in to the application and ask for a new message.",
};

/// What the link and the form carry.
#[derive(Deserialize)]
pub(super) struct Token {
    token: String,
}

impl Read for Token {
    fn read(fields: &Fields) -> domain::Result<Self> {
        Ok(Self {
            token: fields.needed("token")?.to_owned(),
        })
    }
}

#[derive(Template)]
#[template(path = "pages/confirmation.html")]
struct View<'a> {
    token: &'a str,
}

pub(super) async fn show(link: Option<web::Query<Token>>) -> HttpResponse {
    match link {
        Some(link) => page(StatusCode::OK, &View { token: &link.token }),
        None => notice(StatusCode::BAD_REQUEST, &VOID),
    }
}

pub(super) async fn confirm(app: web::Data<App>, request: HttpRequest, body: Body) -> HttpResponse {
    let form: Token = match body.read_form().await {
        Ok(form) => form,
        Err(problem) => return notice(problem.status_code(), &UNREADABLE_FORM),
    };
    let actor = caller::anonymous(&request);
    let confirmed = app
        .membership
        .email_confirmation
        .confirm(&actor, &form.token);
    match confirmed.await {
        Ok(()) => notice(StatusCode::OK, &DONE),
        Err(error) => failure(error, &VOID),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_14_the_page_asks_for_a_click_and_keeps_the_token_as_text() {
        let html = View { token: "\"><b>t" }.render().unwrap();

        assert!(html.contains("value=\"&#34;&#62;&#60;b&#62;t\""));
        assert!(html.contains("<button type=\"submit\">Confirm my address</button>"));
        assert!(!html.contains("<script"));
    }
}
