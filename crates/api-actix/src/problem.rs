//! Errors as callers see them: problem documents (RFC 9457) that say what is wrong with the request and show nothing else.

pub(crate) mod kinds;
pub(crate) mod pages;

use std::{borrow::Cow, fmt, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
};
use domain::Error;
use serde::Serialize;
use utoipa::ToSchema;

use self::kinds::Kind;

/// Where the kinds of refusals are explained.
pub(crate) const PAGES: &str = "/docs/errors";

/// The media type of a problem document.
pub(crate) const JSON: &str = "application/problem+json; charset=utf-8";

/// How soon to come back when something we depend on is down.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(2);

/// A refusal. What it looks like on the wire is decided where the request is still known, in [`crate::edge`].
#[derive(Debug)]
pub(crate) struct Problem {
    kind: &'static Kind,
    status: StatusCode,
    /// What is wrong, as a sentence; with a `field`, to be read after its name.
    words: Cow<'static, str>,
    field: Option<&'static str>,
    reason: Option<&'static str>,
    headers: Vec<(HeaderName, Cow<'static, str>)>,
    oauth: Option<&'static str>,
}

/// What a problem document needs to know of the request.
pub(crate) struct Asked<'a> {
    pub(crate) request_id: String,
    pub(crate) only_xml: bool,
    /// What our addresses begin with; no slash at its end.
    pub(crate) base: &'a str,
}

/// A problem document.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem, rename_all = "camelCase")]
pub(crate) struct ProblemBody<'a> {
    /// Names the kind of problem, and is the address of a page about it.
    #[schema(example = "https://members.example.com/docs/errors/invalid_value")]
    r#type: Cow<'static, str>,
    /// The kind of problem in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What is wrong, for people.
    detail: Cow<'a, str>,
    /// Names the kind of problem for programs; does not change.
    code: &'static str,
    /// Names the request in the service's log.
    request_id: &'a str,
    /// What is wrong with which member of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Vec<String>>>)]
    errors: Option<std::collections::BTreeMap<&'static str, [&'a str; 1]>>,
    /// What is wrong with a password, for programs; does not change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "too_short")]
    reason: Option<&'static str>,
    /// At the token endpoint: the error of RFC 6749 section 5.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    /// At the token endpoint: `detail` under the name of RFC 6749 section 5.2.
    #[serde(rename = "error_description", skip_serializing_if = "Option::is_none")]
    error_description: Option<Cow<'a, str>>,
}

/// The only mapping of the domain's errors to kinds of refusals.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::NotFound(_) => &kinds::NOT_FOUND,
            Error::Conflict(_) => &kinds::CONFLICT,
            Error::Password { fault, .. } if fault.is_malformed() => &kinds::INVALID_VALUE,
            Error::Invalid { .. } => &kinds::INVALID_VALUE,
            Error::Unacceptable { .. } | Error::Password { .. } => &kinds::UNACCEPTABLE_VALUE,
            Error::Stale => &kinds::STALE,
            Error::BadCredentials => &kinds::BAD_CREDENTIALS,
            Error::BadClient => &kinds::BAD_CLIENT,
            Error::BadToken => &kinds::BAD_TOKEN,
            Error::Throttled { .. } => &kinds::THROTTLED,
            Error::Forbidden => &kinds::FORBIDDEN,
            Error::Unauthenticated => &kinds::UNAUTHENTICATED,
            Error::Overloaded { .. } => &kinds::OVERLOADED,
            Error::Unavailable { .. } => &kinds::UNAVAILABLE,
        };
        let mut problem = Self::new(kind, sentence(&error.to_string()));
        match error {
            Error::Invalid { field, reason } | Error::Unacceptable { field, reason } => {
                (problem.field, problem.words) = (Some(field), reason);
                problem
            }
            Error::Password { field, fault } => {
                (problem.field, problem.words) = (Some(field), fault.to_string().into());
                problem.reason = Some(fault.code());
                problem
            }
            Error::Throttled { retry_after } | Error::Overloaded { retry_after } => {
                problem.retried_after(retry_after)
            }
            Error::Unavailable { port, cause } => {
                tracing::warn!(error.code = kind.code, port, %cause, "a dependency does not answer");
                Self::of_status(kind.status)
            }
            Error::Unauthenticated => problem.with_header(header::WWW_AUTHENTICATE, "Bearer"),
            _ => problem,
        }
    }
}

impl Problem {
    pub(crate) fn new(kind: &'static Kind, words: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            status: kind.status,
            words: words.into(),
            field: None,
            reason: None,
            headers: Vec::new(),
            oauth: None,
        }
    }

    /// Where nothing but the status is known.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let kind = Kind::of_status(status);
        let problem = Self {
            status,
            ..Self::new(kind, format!("{}.", kind.title))
        };
        match status {
            StatusCode::SERVICE_UNAVAILABLE => problem.retried_after(UNAVAILABLE_RETRY),
            StatusCode::UNAUTHORIZED => problem.with_header(header::WWW_AUTHENTICATE, "Bearer"),
            _ => problem,
        }
    }

    /// 405 with the methods that are allowed.
    pub(crate) fn method_not_allowed(allow: String) -> Self {
        Self::of_status(StatusCode::METHOD_NOT_ALLOWED).with_header(header::ALLOW, allow)
    }

    /// The same, told that the token is at fault (RFC 6750 section 3.1), if it is 401.
    pub(crate) fn of_token(mut self) -> Self {
        let challenges = self
            .headers
            .iter_mut()
            .filter(|(name, _)| *name == header::WWW_AUTHENTICATE);
        challenges.for_each(|(_, challenge)| *challenge = r#"Bearer error="invalid_token""#.into());
        self
    }

    /// The same, told that the client is not proved (RFC 6749 section 5.2).
    pub(crate) fn of_client(self) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            ..self
        }
        .with_header(header::WWW_AUTHENTICATE, r#"Basic realm="membership""#)
    }

    /// The same as an answer of the token endpoint and its neighbours.
    pub(crate) fn with_oauth_error(self, error: &'static str) -> Self {
        Self {
            oauth: Some(error),
            ..self
        }
        .with_header(header::PRAGMA, "no-cache")
    }

    fn retried_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.with_header(header::RETRY_AFTER, seconds.max(1).to_string())
    }

    fn with_header(mut self, name: HeaderName, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The answer.
    pub(crate) fn response(&self, asked: &Asked<'_>) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.as_ref()));
        }
        // RFC 6749 section 5.2 knows JSON alone.
        if asked.only_xml && self.oauth.is_none() {
            response
                .content_type("application/problem+xml; charset=utf-8")
                .body(self.xml(asked))
        } else {
            response.content_type(JSON).body(self.json(asked))
        }
    }

    /// The document in JSON.
    pub(crate) fn json(&self, asked: &Asked<'_>) -> String {
        serde_json::to_string(&self.body(asked)).unwrap_or_default()
    }

    fn body<'a>(&'a self, asked: &'a Asked<'_>) -> ProblemBody<'a> {
        // The token endpoint answers as the platform always did (contract section 5), where `about:blank` asks for the
        // status in words as title.
        let (r#type, title) = match self.oauth {
            Some(_) => ("about:blank".into(), self.reason()),
            None => (self.page(asked).into(), self.kind.title),
        };
        ProblemBody {
            r#type,
            title,
            status: self.status.as_u16(),
            detail: self.detail(),
            code: self.kind.code,
            request_id: &asked.request_id,
            errors: self
                .field
                .map(|field| [(field, [self.words.as_ref()])].into()),
            reason: self.reason,
            error: self.oauth,
            error_description: self.oauth.map(|_| self.detail()),
        }
    }

    /// Nothing in it comes from outside.
    fn xml(&self, asked: &Asked<'_>) -> String {
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?><problem xmlns="urn:ietf:rfc:7807"><type>{}</type><title>{}</title><status>{}</status><detail>{}</detail></problem>"#,
            quick_xml::escape::escape(self.page(asked)),
            quick_xml::escape::escape(self.kind.title),
            self.status.as_u16(),
            quick_xml::escape::escape(self.detail()),
        )
    }

    fn page(&self, asked: &Asked<'_>) -> String {
        format!("{}{PAGES}/{}", asked.base, self.kind.code)
    }

    fn reason(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Error")
    }

    fn detail(&self) -> Cow<'_, str> {
        match self.field {
            Some(field) => format!("{field} {}.", self.words).into(),
            None => self.words.as_ref().into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status)
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), letters.as_str())
    })
}

#[cfg(test)]
mod tests;
