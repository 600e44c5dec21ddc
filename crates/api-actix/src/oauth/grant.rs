use domain::{
    model::Secret,
    services::{ClientCredentials, Refresh, SignIn},
};

use super::{bad_request, client::ClientForm};
use crate::problem::{Problem, kinds};

/// A request of the token endpoint.
pub(crate) enum Grant {
    Password(SignIn),
    Refresh(Refresh),
    ClientCredentials(ClientCredentials),
}

impl Grant {
    pub(crate) fn read(mut asked: ClientForm) -> Result<Self, Problem> {
        let grant_type = asked.form.needed("grant_type")?;
        match grant_type.as_str() {
            "password" => Ok(Self::Password(SignIn {
                client: asked.client()?,
                tenant: asked.form.needed("tenant")?,
                username: asked.form.needed("username")?,
                password: Secret::new(asked.form.needed("password")?),
            })),
            "refresh_token" => Ok(Self::Refresh(Refresh {
                client: asked.client()?,
                refresh_token: Secret::new(asked.form.needed("refresh_token")?),
                tenant: asked.form.optional("tenant"),
            })),
            "client_credentials" => Ok(Self::ClientCredentials(asked.client()?)),
            _ => Err(bad_request(
                &kinds::UNSUPPORTED_GRANT_TYPE,
                "The grant type is none of password, refresh_token and client_credentials.",
            )),
        }
    }
}
