use std::{
    future::{Ready, ready},
    time::Duration,
};

use actix_web::{
    FromRequest, HttpRequest,
    body::{BodyStream, to_bytes_limited},
    dev::Payload,
    http::{StatusCode, header},
    web::{self, Bytes},
};
use tokio::time::timeout;
use wiring::settings::Generation;

use super::{Fields, form, json, media::BodyType, xml};
use crate::{
    App,
    connection::Progress,
    problem::{Problem, kinds},
};

/// The body of a request, not read yet: whoever may not be here is refused before it is.
pub(crate) struct Body {
    request: HttpRequest,
    payload: Payload,
}

/// What an operation wants to be told.
pub(crate) trait Read: Sized {
    /// [`domain::Error::Invalid`] for the first member that is missing or malformed.
    fn read(fields: &Fields) -> domain::Result<Self>;
}

impl FromRequest for Body {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            request: request.clone(),
            payload: payload.take(),
        }))
    }
}

impl Body {
    /// Reads the body, in whatever form of either generation it is.
    pub(crate) async fn read<T: Read>(self) -> Result<T, Problem> {
        Ok(T::read(&self.fields().await?)?)
    }

    /// Reads the body if it is a form, whatever the generation.
    pub(crate) async fn read_form<T: Read>(self) -> Result<T, Problem> {
        let kind = BodyType::of(self.request.headers()).filter(|kind| *kind == BodyType::Form);
        Ok(T::read(&self.decoded(kind).await?)?)
    }

    /// The members of the body, for whoever is content if it can be read.
    pub(crate) async fn fields(self) -> Result<Fields, Problem> {
        let kind = self.kind();
        self.decoded(kind).await
    }

    async fn decoded(self, kind: Option<BodyType>) -> Result<Fields, Problem> {
        let bytes = read_bytes(&self.request, self.payload).await?;
        if bytes.is_empty() {
            return Err(Problem::new(&kinds::MISSING_BODY, "A body is missing."));
        }
        let (fields, name) = match kind {
            Some(BodyType::Json) => (json::decode(&bytes), "The body is not a JSON object."),
            Some(BodyType::Xml) => (
                xml::decode(&bytes),
                "The body is not well-formed XML without DOCTYPE.",
            ),
            Some(BodyType::Form) => (form::decode(&bytes), "The body is not a form in UTF-8."),
            None => return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
        };
        fields.ok_or_else(|| Problem::new(&kinds::MALFORMED_BODY, name))
    }

    /// The newer document knows the JSON family alone.
    fn kind(&self) -> Option<BodyType> {
        let generation = self
            .request
            .app_data::<web::Data<App>>()
            .map(|app| app.generation);
        BodyType::of(self.request.headers())
            .filter(|kind| generation != Some(Generation::Newer) || *kind == BodyType::Json)
    }
}

/// The whole body, within the limit and in no content coding. A client that stalls gets two thirds of a request's time,
/// which leaves the rest for our answer.
pub(crate) async fn read_bytes(request: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
    let (limit, deadline) = request
        .app_data::<web::Data<App>>()
        .map_or((0, Duration::ZERO), |app| {
            (app.body_limit, app.request_timeout / 3 * 2)
        });
    let coding = request.headers().get(header::CONTENT_ENCODING);
    if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let too_large = || Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE);
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let body = timeout(deadline, to_bytes_limited(BodyStream::new(payload), limit))
        .await
        .map_err(|_| Problem::of_status(StatusCode::REQUEST_TIMEOUT))?
        .map_err(|_| too_large())?
        .map_err(|_| Problem::new(&kinds::MALFORMED_BODY, "The body could not be read."))?;
    if let Some(connection) = request.conn_data::<Progress>() {
        connection.body_read();
    }
    Ok(body)
}
