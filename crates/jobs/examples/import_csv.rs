//! Registers the people of a CSV file (`username,email` and perhaps `locale`) in a tenant, without a web server. Each gets a mail with a link to
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
    for row in csv::Reader::from_path(file)?.into_records() {
        let row = row?;
        let column = |number| row.get(number).unwrap_or_default();
        let locale = Some(column(2)).filter(|text| !text.is_empty());
        let new = NewUser {
            tenant: tenant.parse()?,
            email: column(1).parse()?,
            username: column(0).parse()?,
            password: None,
            locale: locale.map(str::parse).transpose()?,
        };
        membership.registration.register(&actor, new).await?;
    }
    Ok(())
}
