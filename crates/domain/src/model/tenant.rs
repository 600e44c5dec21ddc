use super::{AuditEvent, Client, Mailing, ShortName, TenantId, Timestamp, User};
use crate::{Error, Result};

/// A tenant: the wall between one customer's users and all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Names it in paths.
    pub id: TenantId,
    /// For people.
    pub name: String,
    /// Names it on the sign-in form; unique.
    pub short_name: ShortName,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether anybody may sign in.
    pub enabled: bool,
    /// Where the platform keeps the tenant's data; opaque to us.
    pub database_id: String,
    /// `north-europe` or `east-us`.
    pub region: String,
    /// Which deployment of the platform serves it; opaque to us.
    pub deployment_id: i32,
    /// Whether it is the platform's own tenant, of which there is at most one. It alone can hold
    /// [`RoleName::ADMINISTRATOR`](super::RoleName::ADMINISTRATOR), and it is never disabled or deleted.
    pub platform: bool,
    /// The shortest new password of its users, where that is more than the service's minimum.
    pub min_password_length: Option<u32>,
    /// Counts changes, for optimistic concurrency.
    pub version: i64,
}

/// What a caller may say of a tenant to be made.
#[derive(Clone, Debug, Default)]
pub struct NewTenant {
    /// For people.
    pub name: String,
    /// Names it on the sign-in form.
    pub short_name: String,
    /// The tenant's id if absent.
    pub database_id: Option<String>,
    /// [`Tenant::DEFAULT_REGION`] if absent.
    pub region: Option<String>,
    /// [`Tenant::DEFAULT_DEPLOYMENT`] if absent.
    pub deployment_id: Option<i32>,
}

/// The values of a tenant to be changed; an absent one stays (contract section 6).
#[derive(Clone, Debug, Default)]
pub struct TenantChange {
    /// For people.
    pub name: Option<String>,
    /// Names it on the sign-in form.
    pub short_name: Option<String>,
    /// Whether anybody may sign in.
    pub enabled: Option<bool>,
    /// Where the platform keeps the tenant's data.
    pub database_id: Option<String>,
    /// Which deployment of the platform serves it.
    pub deployment_id: Option<i32>,
    /// The shortest new password of its users.
    pub min_password_length: Option<u32>,
}

impl Tenant {
    /// Where a tenant lives unless told otherwise (contract section 6).
    pub const DEFAULT_REGION: &str = "north-europe";
    /// The deployment of a tenant unless told otherwise.
    pub const DEFAULT_DEPLOYMENT: i32 = 1;
    const REGIONS: [&str; 2] = [Self::DEFAULT_REGION, "east-us"];

    /// A new, enabled tenant. [`Error::Invalid`] for a value that cannot be used.
    pub fn new(id: TenantId, new: NewTenant, created_at: Timestamp) -> Result<Self> {
        let region = new
            .region
            .unwrap_or_else(|| Self::DEFAULT_REGION.to_owned());
        if !Self::REGIONS.contains(&region.as_str()) {
            return Err(Error::invalid(
                "region",
                "is neither north-europe nor east-us",
            ));
        }
        Ok(Self {
            id,
            name: label("name", new.name)?,
            short_name: new.short_name.parse()?,
            created_at,
            enabled: true,
            database_id: label(
                "databaseId",
                new.database_id.unwrap_or_else(|| id.to_string()),
            )?,
            region,
            deployment_id: new.deployment_id.unwrap_or(Self::DEFAULT_DEPLOYMENT),
            platform: false,
            min_password_length: None,
            version: 0,
        })
    }

    /// The tenant as `change` makes it. [`Error::Invalid`] for a value that cannot be used.
    pub fn changed(mut self, change: TenantChange) -> Result<Self> {
        if let Some(name) = change.name {
            self.name = label("name", name)?;
        }
        if let Some(short_name) = change.short_name {
            self.short_name = short_name.parse()?;
        }
        if let Some(database_id) = change.database_id {
            self.database_id = label("databaseId", database_id)?;
        }
        self.enabled = change.enabled.unwrap_or(self.enabled);
        self.min_password_length = change.min_password_length.or(self.min_password_length);
        self.deployment_id = change.deployment_id.unwrap_or(self.deployment_id);
        Ok(self)
    }
}

fn label(field: &'static str, text: String) -> Result<String> {
    if text.trim().is_empty() {
        return Err(Error::invalid(field, "is missing"));
    }
    if text.chars().count() > 200 || text.chars().any(char::is_control) {
        return Err(Error::invalid(
            field,
            "is longer than 200 characters or has control characters",
        ));
    }
    Ok(text)
}

/// The rows that bring a new instance into being, stored together or not at all.
pub struct Founding {
    /// The platform's own tenant.
    pub tenant: Tenant,
    /// Its first administrator, with the role.
    pub administrator: User,
    /// The first client.
    pub client: Client,
    /// An invitation to the administrator, where no password was configured.
    pub mail: Vec<Mailing>,
    /// The record of it.
    pub audit: AuditEvent,
}
