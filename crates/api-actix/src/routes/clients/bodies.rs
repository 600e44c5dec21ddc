use domain::{
    Error, Result,
    model::{ClientChange, ClientId, ClientKind, Grant, RefreshPolicy},
};
use utoipa::ToSchema;

use crate::contract::{Fields, Read};

/// A client to be made.
pub(super) struct Creation {
    pub(super) id: ClientId,
    pub(super) kind: ClientKind,
    pub(super) change: ClientChange,
}

/// What to change of a client.
pub(super) struct Change(pub(super) ClientChange);

/// A client to be made.
#[expect(
    dead_code,
    reason = "for the document alone: `Creation` reads the body"
)]
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct NewClient {
    /// 1 to 128 visible ASCII characters; never given out again.
    client_id: String,
    /// `confidential` or `public`.
    kind: String,
    /// Of `password`, `refresh_token` and `client_credentials`; `refresh_token` if left out.
    grants: Option<Vec<String>>,
    /// `keep`, which needs a secret and is then the default, or `rotate`.
    refresh_policy: Option<String>,
    /// In seconds, as are the others; the settings' if left out.
    access_lifetime: Option<i32>,
    idle_lifetime: Option<i32>,
    absolute_lifetime: Option<i32>,
    /// Ids of the tenants whose users it may sign in; none means every tenant's.
    tenants: Option<Vec<String>>,
    /// From where its pages may call, as browsers send it; none if left out.
    origins: Option<Vec<String>>,
    /// `true` if left out.
    is_enabled: Option<bool>,
}

/// What to change of a client. A list takes the place of the one before.
#[expect(dead_code, reason = "for the document alone: `Change` reads the body")]
#[derive(ToSchema)]
#[schema(as = ClientChange, rename_all = "camelCase")]
pub(super) struct ChangedClient {
    grants: Option<Vec<String>>,
    refresh_policy: Option<String>,
    access_lifetime: Option<i32>,
    idle_lifetime: Option<i32>,
    absolute_lifetime: Option<i32>,
    tenants: Option<Vec<String>>,
    origins: Option<Vec<String>>,
    is_enabled: Option<bool>,
}

impl Read for Creation {
    fn read(fields: &Fields) -> Result<Self> {
        let wrong_id = |_| Error::invalid("clientId", "is not 1 to 128 visible ASCII characters");
        let kind = ClientKind::named(fields.needed("kind")?);
        Ok(Self {
            id: fields.needed("clientId")?.parse().map_err(wrong_id)?,
            kind: kind
                .ok_or_else(|| Error::invalid("kind", "is neither confidential nor public"))?,
            change: Change::read(fields)?.0,
        })
    }
}

impl Read for Change {
    fn read(fields: &Fields) -> Result<Self> {
        let refresh = fields.text("refreshPolicy")?.map(|name| {
            let wrong = || Error::invalid("refreshPolicy", "is neither keep nor rotate");
            RefreshPolicy::named(name).ok_or_else(wrong)
        });
        Ok(Self(ClientChange {
            grants: fields.set(
                "grants",
                "name one that is none of password, refresh_token and client_credentials",
                Grant::named,
            )?,
            refresh: refresh.transpose()?,
            access: fields.seconds("accessLifetime")?,
            idle: fields.seconds("idleLifetime")?,
            absolute: fields.seconds("absoluteLifetime")?,
            tenants: fields.set(
                "tenants",
                "hold one that is not an id of 32 hex digits",
                |text| text.parse().ok(),
            )?,
            origins: fields.set(
                "origins",
                "hold one that is not scheme://host[:port] as browsers send it",
                |text| text.parse().ok(),
            )?,
            enabled: fields.flag("isEnabled")?,
        }))
    }
}
