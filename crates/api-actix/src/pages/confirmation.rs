use actix_web::{HttpRequest, HttpResponse, ResponseError as _, http::StatusCode, web};
use askama::Template;
use domain::Error;
use serde::Deserialize;

use super::{
    Audience,
    notice::{failure, notice},
    page,
};
use crate::{
    App, caller,
    contract::{Body, Fields, Read},
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
    to: &'a Audience<'a>,
    token: &'a str,
}

pub(super) async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    link: Option<web::Query<Token>>,
) -> HttpResponse {
    let token = link.map(|link| link.into_inner().token).unwrap_or_default();
    let (service, actor) = (
        &app.membership.email_confirmation,
        caller::anonymous(&request),
    );
    match service.check(&actor, &token).await {
        Ok(reader) => {
            let to = &Audience::of_link(&app.wording, reader);
            let token = &token;
            page(StatusCode::OK, &View { to, token })
        }
        Err(error) => refused(&app, &request, error),
    }
}

pub(super) async fn confirm(app: web::Data<App>, request: HttpRequest, body: Body) -> HttpResponse {
    let Token { token } = match body.read_form().await {
        Ok(form) => form,
        Err(problem) => {
            let to = Audience::unknown(&request, &app.wording);
            return notice(problem.status_code(), &to, &to.words.unreadable_form);
        }
    };
    let (service, actor) = (
        &app.membership.email_confirmation,
        caller::anonymous(&request),
    );
    let to = match service.check(&actor, &token).await {
        Ok(reader) => Audience::of_link(&app.wording, reader),
        Err(error) => return refused(&app, &request, error),
    };
    match service.confirm(&actor, &token).await {
        Ok(()) => notice(StatusCode::OK, &to, &to.words.confirmation.done),
        Err(error) => failure(error, &to, &to.words.confirmation.void),
    }
}

fn refused(app: &App, request: &HttpRequest, error: Error) -> HttpResponse {
    let to = Audience::unknown(request, &app.wording);
    failure(error, &to, &to.words.confirmation.void)
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{in_german, reader},
        *,
    };

    #[test]
    fn sec_14_the_page_asks_for_a_click_and_keeps_the_token_as_text() {
        let view = View {
            to: &in_german(Some(reader("Müller & <Söhne>"))),
            token: "\"><b>t",
        };
        let html = view.render().unwrap();

        assert!(html.contains("value=\"&#34;&#62;&#60;b&#62;t\""));
        assert!(html.contains("<button type=\"submit\">Adresse bestätigen</button>"));
        assert!(html.contains("Müller &#38; &#60;Söhne&#62;"));
        assert!(!html.contains("<script"));
    }
}
