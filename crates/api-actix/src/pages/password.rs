use actix_web::{HttpRequest, HttpResponse, ResponseError as _, http::StatusCode, web};
use askama::Template;
use domain::model::{Password, PasswordFault, UserId};
use serde::Deserialize;

use super::{
    notice::{Notice, UNREADABLE_FORM, failure, notice},
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

struct Words {
    title: &'static str,
    intro: &'static str,
    button: &'static str,
    /// Where the form goes, relative to the page.
    action: &'static str,
    done: Notice,
    void: Notice,
}

const RESET: Words = Words {
    title: "Set a new password",
    intro: "Choose a new password for your account. You will be signed out everywhere.",
    button: "Set the password",
    action: "password-reset",
    done: Notice {
        title: "Your new password is set",
        message: "You were signed out everywhere.",
        next: "You can close this page. Go back to the application and sign in with the new password.",
    },
    void: Notice {
        title: "This link does not work any more",
        message: "It works once and for a limited time, and a change of your password or address voids it.",
        next: "Go back to the application and ask for a new password again. We will send you a new link.",
    },
};

const INVITATION: Words = Words {
    title: "Choose your password",
    intro: "An account was made for you. Choose the password to sign in with.",
    button: "Set the password",
    action: "invitation",
    done: Notice {
        title: "Your password is set",
        message: "Your account is ready.",
        next: "You can close this page. Go to the application and sign in with your password.",
    },
    void: Notice {
        title: "This link does not work any more",
        message: "It works once and for a limited time.",
        next: "If you chose a password already, sign in with it. \
               Otherwise ask for a new password on the sign-in page, or ask whoever invited you.",
    },
};

impl Purpose {
    const fn words(self) -> &'static Words {
        match self {
            Self::Reset => &RESET,
            Self::Invitation => &INVITATION,
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
    user: String,
    token: String,
    password: String,
    repeat: String,
}

impl Read for NewPassword {
    fn read(fields: &Fields) -> domain::Result<Self> {
        // What was left empty is there, and is answered with the form.
        let there = |name| {
            let text = fields.text(name)?.map(str::to_owned);
            text.ok_or_else(|| domain::Error::invalid(name, "is missing"))
        };
        Ok(Self {
            user: there("user")?,
            token: there("token")?,
            password: there("password")?,
            repeat: there("repeat")?,
        })
    }
}

#[derive(Template)]
#[template(path = "pages/password.html")]
struct View<'a> {
    words: &'a Words,
    user: UserId,
    token: &'a str,
    problem: Option<String>,
}

pub(super) async fn show(
    purpose: Purpose,
    app: web::Data<App>,
    link: Option<web::Query<Link>>,
) -> HttpResponse {
    let words = purpose.words();
    let Some((link, user)) = link.and_then(|link| {
        let user: UserId = link.user.parse().ok()?;
        Some((link, user))
    }) else {
        return notice(StatusCode::BAD_REQUEST, &words.void);
    };
    match app.membership.password_reset.check(user, &link.token).await {
        Ok(_) => {
            let view = View {
                words,
                user,
                token: &link.token,
                problem: None,
            };
            page(StatusCode::OK, &view)
        }
        Err(error) => failure(error, &words.void),
    }
}

pub(super) async fn set(
    purpose: Purpose,
    app: web::Data<App>,
    request: HttpRequest,
    body: Body,
) -> HttpResponse {
    let words = purpose.words();
    let NewPassword {
        user,
        token,
        password,
        repeat,
    } = match body.read_form().await {
        Ok(form) => form,
        Err(problem) => return notice(problem.status_code(), &UNREADABLE_FORM),
    };
    let Ok(user) = user.parse::<UserId>() else {
        return notice(StatusCode::BAD_REQUEST, &words.void);
    };
    let done = match chosen(password, repeat) {
        Ok(password) => {
            let actor = caller::anonymous(&request);
            let reset = &app.membership.password_reset;
            reset.reset(&actor, user, &token, password).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => notice(StatusCode::OK, &words.done),
        Err(domain::Error::Password { fault, .. }) => {
            let view = View {
                words,
                user,
                token: &token,
                problem: Some(format!("The password {fault}.")),
            };
            page(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
        Err(error) => failure(error, &words.void),
    }
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
        .ok_or(domain::Error::Password {
            field: "repeat",
            fault: PasswordFault::NotRepeated,
        })
}

#[cfg(test)]
mod tests {
    use domain::Error;

    use super::*;

    fn view(problem: Option<String>) -> String {
        let view = View {
            words: Purpose::Invitation.words(),
            user: "d08403aec32847de974af1008cef86cc".parse().unwrap(),
            token: "\"><b>t",
            problem,
        };
        view.render().unwrap()
    }

    #[test]
    fn the_form_carries_user_and_token_as_text_and_no_password() {
        let html = view(None);

        assert!(html.contains("action=\"invitation\""));
        assert!(html.contains("name=\"user\" value=\"d08403aec32847de974af1008cef86cc\""));
        assert!(html.contains("name=\"token\" value=\"&#34;&#62;&#60;b&#62;t\""));
        assert_eq!(
            html.matches("type=\"password\" autocomplete=\"new-password\"")
                .count(),
            2
        );
        assert_eq!(html.matches("value=").count(), 2);
        assert!(!html.contains("role=\"alert\"") && !html.contains("aria-invalid"));
    }

    #[test]
    fn a_problem_is_told_as_text_and_to_screen_readers() {
        let html = view(Some("The password is <short>.".to_owned()));

        assert!(html.contains("<title>Error: Choose your password</title>"));
        assert!(html.contains("role=\"alert\">The password is &#60;short&#62;.</p>"));
        assert_eq!(html.matches("aria-describedby=\"problem\"").count(), 2);
    }

    #[test]
    fn sec_40_no_page_has_script_or_style_of_its_own() {
        let html = view(Some("reason".to_owned()));

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
