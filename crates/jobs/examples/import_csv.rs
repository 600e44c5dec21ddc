//! Registers the people of a CSV file in a tenant, without a web server. Its columns are `username`, `email` and, as far as
//! they are wanted, `locale` (in which language people are spoken to) and `password_hash` (if they bring their passwords;
//! docs/operations/passwords.md says which forms are read). Who has a hash signs in with the password of before; everybody
//! else gets a mail with a link to set one. Stops at the first row that cannot be registered. Run it on the settings of the
//! service:
//! `cargo run -p jobs --example import_csv -- TENANT_ID people.csv`

use std::{env, error::Error};

use domain::{
    Membership,
    model::{Actor, Secret, TenantId, UserId},
    services::{ImportedUser, NewUser},
};
use serde::Deserialize;
use wiring::settings::{Settings, Sources};

#[derive(Deserialize)]
struct Row {
    username: String,
    email: String,
    locale: Option<String>,
    password_hash: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(tenant), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: import_csv TENANT_ID FILE".into());
    };
    let tenant: TenantId = tenant.parse()?;
    let loaded =
        Settings::load(&Sources::from_process()).map_err(|problems| problems[0].to_string())?;
    let membership = wiring::assemble(&loaded.settings).await?;
    for (number, row) in csv::Reader::from_path(file)?.into_deserialize().enumerate() {
        let registered = register(&membership, tenant, row?).await;
        registered.map_err(|error| format!("row {}: {error}", number + 1))?;
    }
    Ok(())
}

async fn register(membership: &Membership, tenant: TenantId, row: Row) -> domain::Result<UserId> {
    let actor = Actor::operator("import_csv");
    let registration = &membership.registration;
    let (username, email) = (row.username.parse()?, row.email.parse()?);
    let locale = row.locale.filter(|locale| !locale.is_empty());
    let locale = locale.map(|locale| locale.parse()).transpose()?;
    if let Some(hash) = row.password_hash.filter(|hash| !hash.is_empty()) {
        let new = ImportedUser {
            tenant,
            email,
            username,
            locale,
            password_hash: Secret::new(hash),
        };
        registration.import(&actor, new).await
    } else {
        let new = NewUser {
            tenant,
            email,
            username,
            password: None,
            locale,
        };
        registration.register(&actor, new).await
    }
}
