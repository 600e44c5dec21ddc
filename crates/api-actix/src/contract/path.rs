//! Ids in paths, percent-decoded after the path was split. What is no id stands for an id that nobody has, so that it is
//! answered like one that is unknown.

use std::{
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use domain::{
    Error,
    model::{ClientId, SessionId, TenantId, UserId},
};
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use uuid::Uuid;

/// The tenant of the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OfTenant {
    /// 32 hex digits.
    #[param(rename = "tenantId", value_type = String)]
    pub(crate) tenant: TenantId,
}

/// The tenant and the user of the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OfUser {
    /// 32 hex digits.
    #[param(rename = "tenantId", value_type = String)]
    pub(crate) tenant: TenantId,
    /// 32 hex digits.
    #[param(rename = "userId", value_type = String)]
    pub(crate) user: UserId,
}

/// The user of the path, where no tenant is named.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OneUser {
    /// 32 hex digits.
    #[param(rename = "userId", value_type = String)]
    pub(crate) user: UserId,
}

/// The tenant, the user and the session of the path.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OfSession {
    /// 32 hex digits.
    #[param(rename = "tenantId", value_type = String)]
    pub(crate) tenant: TenantId,
    /// 32 hex digits.
    #[param(rename = "userId", value_type = String)]
    pub(crate) user: UserId,
    /// 32 hex digits.
    #[param(rename = "sessionId", value_type = String)]
    pub(crate) session: SessionId,
}

/// The client of the path. No id is one that nobody can have, hence the option.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OneClient {
    /// The `client_id`.
    #[param(rename = "clientId", value_type = String)]
    client: Option<ClientId>,
}

impl OneClient {
    /// [`Error::NotFound`] if the text in the path is no id.
    pub(crate) fn id(&self) -> domain::Result<&ClientId> {
        self.client.as_ref().ok_or(Error::NotFound("client"))
    }
}

macro_rules! from_path {
    ($($name:ident: $segments:ty, $read:expr;)*) => {
        $(impl FromRequest for $name {
            type Error = actix_web::Error;
            type Future = Ready<Result<Self, Self::Error>>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                ready(segments::<$segments>(request, payload).map($read))
            }
        })*
    };
}

from_path! {
    OfTenant: String, |tenant| Self { tenant: id(&tenant, TenantId::from_uuid) };
    OneUser: String, |user| Self { user: id(&user, UserId::from_uuid) };
    OfUser: (String, String), |(tenant, user)| Self {
        tenant: id(&tenant, TenantId::from_uuid),
        user: id(&user, UserId::from_uuid),
    };
    OfSession: (String, String, String), |(tenant, user, session)| Self {
        tenant: id(&tenant, TenantId::from_uuid),
        user: id(&user, UserId::from_uuid),
        session: id(&session, SessionId::from_uuid),
    };
    OneClient: String, |client| Self { client: client.parse().ok() };
}

fn segments<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<T, actix_web::Error> {
    web::Path::<T>::from_request(request, payload)
        .into_inner()
        .map(web::Path::into_inner)
}

fn id<T: FromStr>(segment: &str, id: fn(Uuid) -> T) -> T {
    segment.parse().unwrap_or_else(|_| id(Uuid::nil()))
}
