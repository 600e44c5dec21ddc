use actix_web::{HttpResponse, post, web::Data};
use domain::{
    model::{Email, Locale, Password, TenantId, Username},
    services::NewUser,
};
use utoipa::ToSchema;

use crate::{
    App,
    caller::Caller,
    contract::{Body, Fields, Read, Reply},
    problem::Problem,
};

/// A person to be registered.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
struct Registration {
    /// The tenant's id.
    #[schema(value_type = String)]
    tenant_id: TenantId,
    #[schema(value_type = String)]
    email: Email,
    #[schema(value_type = String)]
    username: Username,
    /// Without one, the person gets a mail with a link to set it.
    #[schema(value_type = Option<String>)]
    password: Option<Password>,
    /// Of mails and pages, such as `de` or `pt-BR`; the tenant's if left out or empty.
    #[schema(value_type = Option<String>)]
    locale: Option<Locale>,
}

impl Read for Registration {
    fn read(fields: &Fields) -> domain::Result<Self> {
        let password = fields
            .text("password")?
            .map(|text| Password::parse("password", text.to_owned()));
        Ok(Self {
            tenant_id: fields.parsed("tenantId")?,
            email: fields.parsed("email")?,
            username: fields.parsed("username")?,
            password: password.transpose()?,
            locale: fields.filled("locale")?,
        })
    }
}

/// Registers a person, who is mailed a link to confirm the address and can sign in at once.
#[utoipa::path(
    tag = "Membership",
    operation_id = "register",
    security(("bearer" = [])),
    request_body = Registration,
    responses(
        (status = 204, description = "Registered"),
        (status = 200, description = "Registered, told to callers of the older generation", content((Object = "application/json"), (Object = "application/xml"))),
        (status = 404, description = "There is no such tenant"),
        (status = 409, description = "The username or address is taken"),
        (status = 422, description = "The password is too weak, or there are no texts for the locale"),
    )
)]
#[post("/membership/registrations")]
pub(super) async fn register(
    app: Data<App>,
    Caller(actor): Caller,
    body: Body,
    reply: Reply,
) -> Result<HttpResponse, Problem> {
    let Registration {
        tenant_id: tenant,
        email,
        username,
        password,
        locale,
    } = body.read().await?;
    app.membership
        .registration
        .register(
            &actor,
            NewUser {
                tenant,
                email,
                username,
                password,
                locale,
            },
        )
        .await?;
    Ok(reply.object())
}
