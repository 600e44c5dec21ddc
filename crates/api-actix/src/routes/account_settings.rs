use actix_web::{HttpResponse, get, put, web::Data};
use domain::{
    Error,
    model::{Email, Locale, Password, User, Username},
    services::AccountChange,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Caller,
    contract::{Body, Fields, OfUser, Read, Reply},
    problem::Problem,
};

/// The settings of an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AccountSettings, rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the members are the contract's"
)]
struct SettingsView {
    username: String,
    email: String,
    is_enabled: bool,
    is_email_confirmed: bool,
    /// Always `false`: there is no second factor.
    is_two_factor_enabled: bool,
    /// Always `false`.
    is_micro_canopy: bool,
    /// The language that mails and pages are asked for in.
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
}

impl From<User> for SettingsView {
    fn from(user: User) -> Self {
        Self {
            username: user.username.as_str().to_owned(),
            email: user.email.as_str().to_owned(),
            is_enabled: user.enabled,
            is_email_confirmed: user.email_confirmed,
            is_two_factor_enabled: false,
            is_micro_canopy: false,
            locale: user.locale.map(|it| it.to_string()),
        }
    }
}

/// What to change of an account; what is left out or as it was stays.
#[derive(ToSchema)]
#[expect(clippy::option_option, reason = "what is left out stays")]
#[schema(as = AccountSettingsChange, rename_all = "camelCase")]
struct Change {
    #[schema(value_type = Option<String>)]
    new_username: Option<Username>,
    /// Takes effect once the link that is mailed there was used.
    #[schema(value_type = Option<String>)]
    new_email: Option<Email>,
    /// One's own alone.
    #[schema(value_type = Option<String>)]
    new_password: Option<Password>,
    /// Needed for a new password.
    #[schema(value_type = Option<String>)]
    current_password: Option<Password>,
    /// By an administrator, and not for oneself.
    is_enabled: Option<bool>,
    /// Of mails and pages, such as `de` or `pt-BR`; empty for the tenant's.
    #[schema(value_type = Option<String>)]
    locale: Option<Option<Locale>>,
}

impl Read for Change {
    fn read(fields: &Fields) -> domain::Result<Self> {
        let password = |name| {
            let text = fields.text(name)?;
            text.map(|it| Password::parse(name, it.to_owned()))
                .transpose()
        };
        Ok(Self {
            new_username: named("newUsername", fields)?,
            new_email: named("newEmail", fields)?,
            new_password: password("newPassword")?,
            current_password: password("currentPassword")?,
            is_enabled: fields.flag("isEnabled")?,
            locale: match fields.text("locale")? {
                Some(_) => Some(fields.filled("locale")?),
                None => None,
            },
        })
    }
}

/// A text as what it stands for; what is wrong with it is told by its name here.
fn named<T: std::str::FromStr<Err = Error>>(
    name: &'static str,
    fields: &Fields,
) -> domain::Result<Option<T>> {
    let value = fields.text(name)?.map(str::parse::<T>).transpose();
    value.map_err(|error| error.about(name))
}

impl From<Change> for AccountChange {
    fn from(change: Change) -> Self {
        Self {
            username: change.new_username,
            email: change.new_email,
            password: change.new_password,
            current_password: change.current_password,
            enabled: change.is_enabled,
            locale: change.locale,
        }
    }
}

/// The settings of an account: one's own, or anybody's for an administrator of the tenant.
#[utoipa::path(
    tag = "Account",
    operation_id = "getAccountSettings",
    security(("bearer" = [])),
    params(OfUser),
    responses((status = 200, description = "The settings", body = SettingsView)),
)]
#[get("/account-settings/{tenantId}/{userId}")]
pub(super) async fn show(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfUser,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let accounts = &app.membership.accounts;
    let user = accounts.settings(&actor, of.tenant, of.user).await?;
    reply.json(&SettingsView::from(user))
}

/// Changes an account: all that is asked for, or nothing. A new password ends every sign-in, this one too.
#[utoipa::path(
    tag = "Account",
    operation_id = "putAccountSettings",
    security(("bearer" = [])),
    params(OfUser),
    request_body = Change,
    responses(
        (status = 200, description = "Changed; a new address once it is confirmed"),
        (status = 204, description = "The same, told to callers of the older generation"),
        (status = 409, description = "A name is taken, or the last administrator would be disabled"),
        (status = 422, description = "The present password is wrong, the new one too weak, or there are no texts for the locale"),
        (status = 429, description = "The present password was wrong too often, or too many addresses were mailed"),
    )
)]
#[put("/account-settings/{tenantId}/{userId}")]
pub(super) async fn update(
    app: Data<App>,
    Caller(actor): Caller,
    of: OfUser,
    body: Body,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let change: Change = body.read().await?;
    app.membership
        .accounts
        .change(&actor, of.tenant, of.user, change.into())
        .await?;
    Ok(reply.done_by_body())
}
