use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap, HeaderValue},
};
use data_encoding::BASE64;
use domain::{Error, model::Secret, services::ClientCredentials};
use futures_util::future::LocalBoxFuture;

use super::{form::Form, invalid_request, refusal};
use crate::{
    contract::{BodyType, decoded, read_bytes},
    problem::Problem,
};

/// The form that a client sends, and how it says who it is.
pub(crate) struct ClientForm {
    pub(super) form: Form,
    credentials: Option<ClientCredentials>,
    proof: Proof,
}

/// Where a client proves who it is (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    InForm,
    /// HTTP Basic: a refusal challenges to it.
    InHeader,
}

impl FromRequest for ClientForm {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read_bytes(&request, payload)
                .await
                .map_err(|problem| problem.with_oauth_error("invalid_request"))?;
            if BodyType::of(request.headers()) != Some(BodyType::Form) {
                return Err(invalid_request(
                    "The body is not of the type application/x-www-form-urlencoded.",
                ));
            }
            Self::read(request.query_string(), request.headers(), &body)
        })
    }
}

impl ClientForm {
    pub(super) fn read(query: &str, headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        let mut form = Form::read(query, body)?;
        let (id, secret) = (form.optional("client_id"), form.optional("client_secret"));
        let (credentials, proof) = match (basic(headers)?, id, secret.map(Secret::new)) {
            (None, id, secret) => {
                let in_form = id.map(|id| ClientCredentials { id, secret });
                (in_form, Proof::InForm)
            }
            (Some(client), None, None) => (Some(client), Proof::InHeader),
            // Naming oneself in the form besides is no second proof (RFC 6749 section 3.2.1).
            (Some(client), Some(id), None) if id == client.id => (Some(client), Proof::InHeader),
            (Some(_), ..) => {
                return Err(invalid_request(
                    "The client proves itself both in the Authorization header and in the body.",
                ));
            }
        };
        Ok(Self {
            form,
            credentials,
            proof,
        })
    }

    pub(crate) fn proof(&self) -> Proof {
        self.proof
    }

    /// Who sends the form.
    pub(super) fn client(&mut self) -> Result<ClientCredentials, Problem> {
        let missing = || invalid_request("The parameter client_id is missing.");
        self.credentials.take().ok_or_else(missing)
    }

    /// A token, and who asks about it or takes it back. Whoever does not say so is 401 (RFC 7009 section 2.2.1, RFC 7662
    /// section 2.3). What kind of token it should be is no matter.
    pub(crate) fn token(mut self) -> Result<(ClientCredentials, Secret<String>), Problem> {
        let unknown = || refusal(Error::BadClient, Proof::InHeader);
        let client = self.credentials.take().ok_or_else(unknown)?;
        Ok((client, Secret::new(self.form.needed("token")?)))
    }
}

/// What HTTP Basic says. A bearer token is not for these endpoints: some clients send theirs everywhere.
fn basic(headers: &HeaderMap) -> Result<Option<ClientCredentials>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION);
    let (value, another) = (values.next(), values.next());
    if another.is_some() {
        return Err(invalid_request(
            "There is more than one Authorization header.",
        ));
    }
    let text = value.map(HeaderValue::as_bytes).unwrap_or_default();
    let (scheme, rest) =
        text.split_at(text.iter().position(|it| *it == b' ').unwrap_or(text.len()));
    if value.is_none() || scheme.eq_ignore_ascii_case(b"bearer") {
        return Ok(None);
    }
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Err(refusal(Error::BadClient, Proof::InHeader));
    }
    let broken = || invalid_request("The Authorization header is not that of HTTP Basic.");
    credentials(rest.trim_ascii()).ok_or_else(broken).map(Some)
}

/// Both parts are encoded as in a form before they are joined; not every client does so.
fn credentials(encoded: &[u8]) -> Option<ClientCredentials> {
    let joined = BASE64.decode(encoded).ok()?;
    let mut parts = joined.splitn(2, |byte| *byte == b':');
    let (id, secret) = (decoded(parts.next()?)?, decoded(parts.next()?)?);
    (!id.is_empty()).then(|| ClientCredentials {
        id,
        secret: (!secret.is_empty()).then(|| Secret::new(secret)),
    })
}
