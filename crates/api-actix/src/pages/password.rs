use actix_web::{HttpRequest, HttpResponse, ResponseError as _, http::StatusCode, web};
use askama::Template;
use domain::{
    Error,
    model::{Password, PasswordFault, UserId},
};
use serde::Deserialize;
use wording::{PageWords, TaskWords};

use super::{
    Audience,
    notice::{failure, notice},
    page,
};
use crate::{
    App, caller,
    contract::{Body, Fields, Read},
};

/// Why a person sets a password; the pages differ in their words alone.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Reset,
    Invitation,
}

impl Purpose {
    const fn words(self, page: &PageWords) -> &TaskWords {
        match self {
            Self::Reset => &page.password_reset,
            Self::Invitation => &page.invitation,
        }
    }

    /// Where the form goes, relative to the page.
    const fn action(self) -> &'static str {
        match self {
            Self::Reset => "password-reset",
            Self::Invitation => "invitation",
        }
    }
}

/// What the link carries.
#[derive(Deserialize)]
pub(super) struct Link {
    user: String,
    token: String,
}

/// What the form sends.
struct NewPassword {
    link: Link,
    password: String,
    repeat: String,
}

impl Read for NewPassword {
    fn read(fields: &Fields) -> domain::Result<Self> {
        // What was left empty is there, and is answered with the form.
        let there = |name| {
            let text = fields.text(name)?.map(str::to_owned);
            text.ok_or_else(|| Error::invalid(name, "is missing"))
        };
        Ok(Self {
            link: Link {
                user: there("user")?,
                token: there("token")?,
            },
            password: there("password")?,
            repeat: there("repeat")?,
        })
    }
}

/// The form, for the holder of a live link.
#[derive(Template)]
#[template(path = "pages/password.html")]
struct Form<'a> {
    to: Audience<'a>,
    purpose: Purpose,
    user: UserId,
    token: String,
    fault: Option<PasswordFault>,
}

impl<'a> Form<'a> {
    /// [`Error::BadToken`] for a link that is not live.
    async fn open(app: &'a App, purpose: Purpose, link: Link) -> domain::Result<Self> {
        let user = link.user.parse().map_err(|_| Error::BadToken)?;
        let reader = app.membership.password_reset.check(user, &link.token);
        Ok(Self {
            to: Audience::of_link(&app.wording, reader.await?),
            purpose,
            user,
            token: link.token,
            fault: None,
        })
    }

    fn words(&self) -> &TaskWords {
        self.purpose.words(self.to.words)
    }

    fn problem(&self) -> Option<String> {
        let words = &self.to.words.fault;
        let to = &self.to;
        self.fault.map(|fault| match fault {
            PasswordFault::Missing => to.say(&words.missing),
            PasswordFault::TooLong => to.say_of(&words.too_long, Password::MAX_LENGTH),
            PasswordFault::TooShort { min } => to.say_of(&words.too_short, min),
            PasswordFault::Common => to.say(&words.common),
            PasswordFault::NamesAccount => to.say(&words.names_account),
            PasswordFault::NamesTenant => to.say(&words.names_tenant),
            PasswordFault::NamesProduct => to.say(&words.names_product),
            PasswordFault::NotRepeated => to.say(&words.not_repeated),
        })
    }
}

pub(super) async fn show(
    purpose: Purpose,
    app: web::Data<App>,
    request: HttpRequest,
    link: Option<web::Query<Link>>,
) -> HttpResponse {
    let form = match link {
        Some(link) => Form::open(&app, purpose, link.into_inner()).await,
        None => Err(Error::BadToken),
    };
    match form {
        Ok(form) => page(StatusCode::OK, &form),
        Err(error) => refused(&app, &request, purpose, error),
    }
}

pub(super) async fn set(
    purpose: Purpose,
    app: web::Data<App>,
    request: HttpRequest,
    body: Body,
) -> HttpResponse {
    let sent: NewPassword = match body.read_form().await {
        Ok(form) => form,
        Err(problem) => {
            let to = Audience::unknown(&request, &app.wording);
            return notice(problem.status_code(), &to, &to.words.unreadable_form);
        }
    };
    let mut form = match Form::open(&app, purpose, sent.link).await {
        Ok(form) => form,
        Err(error) => return refused(&app, &request, purpose, error),
    };
    let actor = caller::anonymous(&request);
    let done = async {
        let password = chosen(sent.password, sent.repeat)?;
        let reset = &app.membership.password_reset;
        reset.reset(&actor, form.user, &form.token, password).await
    };
    match done.await {
        Ok(()) => notice(StatusCode::OK, &form.to, &form.words().done),
        Err(Error::Password { fault, .. }) => {
            form.fault = Some(fault);
            page(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
        Err(error) => failure(error, &form.to, &form.words().void),
    }
}

fn refused(app: &App, request: &HttpRequest, purpose: Purpose, error: Error) -> HttpResponse {
    let to = Audience::unknown(request, &app.wording);
    failure(error, &to, &purpose.words(to.words).void)
}

/// The password that was typed twice.
fn chosen(password: String, repeat: String) -> domain::Result<Password> {
    let (password, repeat) = (
        Password::parse("password", password)?,
        Password::parse("repeat", repeat),
    );
    repeat
        .is_ok_and(|repeat| repeat.expose() == password.expose())
        .then_some(password)
        .ok_or(Error::Password {
            field: "repeat",
            fault: PasswordFault::NotRepeated,
        })
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{in_german, reader},
        *,
    };

    fn html(fault: Option<PasswordFault>) -> String {
        let form = Form {
            to: in_german(Some(reader("Müller & <Söhne>"))),
            purpose: Purpose::Invitation,
            user: "d08403aec32847de974af1008cef86cc".parse().unwrap(),
            token: "\"><b>t".to_owned(),
            fault,
        };
        form.render().unwrap()
    }

    #[test]
    fn the_form_carries_user_and_token_as_text_and_no_password() {
        let html = html(None);

        assert!(html.contains("action=\"invitation\""));
        assert!(html.contains("name=\"user\" value=\"d08403aec32847de974af1008cef86cc\""));
        assert!(html.contains("name=\"token\" value=\"&#34;&#62;&#60;b&#62;t\""));
        assert!(html.contains("value=\"anna\" autocomplete=\"username\" readonly"));
        let password = "type=\"password\" autocomplete=\"new-password\"";
        assert_eq!(html.matches(password).count(), 2);
        assert_eq!(html.matches("value=").count(), 3);
        assert!(!html.contains("role=\"alert\"") && !html.contains("aria-invalid"));
    }

    #[test]
    fn the_page_speaks_the_language_of_its_reader_and_names_the_tenant() {
        let html = html(None);

        assert!(html.contains("<html lang=\"de\">"));
        assert!(html.contains("<title>Passwort wählen – Müller &#38; &#60;Söhne&#62;</title>"));
        assert!(html.contains(">Mindestens 15 Zeichen."));
    }

    #[test]
    fn a_problem_is_told_as_text_and_to_screen_readers() {
        let html = html(Some(PasswordFault::TooShort { min: 20 }));

        assert!(html.contains("<title>Fehler: Passwort wählen"));
        assert!(html.contains("role=\"alert\">Das Passwort ist kürzer als 20 Zeichen.</p>"));
        assert_eq!(html.matches("aria-invalid=\"true\"").count(), 2);
        assert_eq!(html.matches("aria-describedby=\"problem").count(), 2);
    }

    #[test]
    fn sec_40_no_page_has_script_or_style_of_its_own() {
        let html = html(Some(PasswordFault::Common));

        for inline in ["<script", "<style", "style=", " on", "javascript:", "http"] {
            let found = html.contains(inline);
            assert!(!found, "{inline}");
        }
        assert_eq!(html.matches("<h1>").count(), 1);
    }

    #[test]
    fn both_fields_must_hold_the_same_usable_password() {
        let fault =
            |password: &str, repeat: &str| match chosen(password.to_owned(), repeat.to_owned()) {
                Ok(_) => None,
                Err(Error::Password { fault, .. }) => Some(fault),
                Err(error) => panic!("{error}"),
            };

        assert_eq!(fault("same", "same"), None);
        assert_eq!(fault("same", "other"), Some(PasswordFault::NotRepeated));
        assert_eq!(fault("same", ""), Some(PasswordFault::NotRepeated));
        assert_eq!(fault("", ""), Some(PasswordFault::Missing));
        let long = "x".repeat(257);
        assert_eq!(fault(&long, &long), Some(PasswordFault::TooLong));
    }
}
