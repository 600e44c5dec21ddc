//! Registers the people of a CSV file (`username,email`) in a tenant, without a web server. Each gets a mail with a link to
//! set a password. Run it on the settings of the service:
//! `cargo run -p jobs --example import_csv -- TENANT_ID people.csv`

use std::{env, error::Error};

use domain::{model::Actor, services::NewUser};
use wiring::settings::{Settings, Sources};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(tenant), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: import_csv TENANT_ID FILE".into());
    };
    let loaded =
        Settings::load(&Sources::from_process()).map_err(|problems| problems[0].to_string())?;
    let membership = wiring::assemble(&loaded.settings).await?;
    let actor = Actor::operator("import_csv");
    for row in csv::Reader::from_path(file)?.into_deserialize() {
        let (username, email): (String, String) = row?;
        let (username, email) = (username.parse()?, email.parse()?);
        let new = NewUser {
            tenant: tenant.parse()?,
            email,
            username,
            password: None,
        };
        membership.registration.register(&actor, new).await?;
    }
    Ok(())
}
