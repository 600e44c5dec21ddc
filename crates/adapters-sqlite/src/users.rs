use async_trait::async_trait;
use diesel::prelude::*;
use domain::{
    Error, Result,
    model::{
        Email, MailLimit, PasswordHash, Standing, TenantId, TokenPurpose, User, UserId, Username,
    },
    ports::{Effects, UserChange, Users},
};

use crate::{
    SqliteStore,
    error::Failure,
    one_time_tokens, outbox,
    roles::is_last_administrator,
    rows::{Id, entities, entity, moment, parsed, roles},
    schema::{clients, tenants, user_roles, users},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(diesel::sqlite::Sqlite))]
struct UserRow {
    id: Id,
    tenant_id: Id,
    username: String,
    username_key: String,
    email: String,
    email_key: String,
    email_confirmed: bool,
    password_hash: Option<String>,
    enabled: bool,
    epoch: i64,
    version: i64,
    locale: Option<String>,
    created_at: i64,
}

/// A user as it is read: with the roles, in the same statement.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::sqlite::Sqlite))]
struct StoredUser {
    #[diesel(embed)]
    row: UserRow,
    #[diesel(select_expression = roles_held())]
    roles: Option<String>,
}

/// What decides about a signed-in user, selected from a user, the user's tenant and the client.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::sqlite::Sqlite))]
pub(crate) struct StandingRow {
    id: Id,
    tenant_id: Id,
    username: String,
    #[diesel(select_expression = users::enabled.and(tenants::enabled).and(clients::enabled))]
    enabled: bool,
    epoch: i64,
    #[diesel(select_expression = roles_held())]
    roles: Option<String>,
}

diesel::define_sql_function! {
    #[aggregate]
    fn group_concat(text: diesel::sql_types::Text) -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

#[diesel::dsl::auto_type]
fn roles_held() -> _ {
    let held = user_roles::table.filter(user_roles::user_id.eq(users::id));
    held.select(group_concat(user_roles::role)).single_value()
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: Id(user.id.uuid()),
            tenant_id: Id(user.tenant.uuid()),
            username: user.username.as_str().to_owned(),
            username_key: user.username.key().to_owned(),
            email: user.email.as_str().to_owned(),
            email_key: user.email.key().to_owned(),
            email_confirmed: user.email_confirmed,
            password_hash: user.password.as_ref().map(|it| it.as_str().to_owned()),
            enabled: user.enabled,
            epoch: user.epoch,
            version: user.version,
            locale: user.locale.as_ref().map(ToString::to_string),
            created_at: user.created_at.unix_micros(),
        }
    }
}

impl TryFrom<StoredUser> for User {
    type Error = Error;

    fn try_from(StoredUser { row, roles: held }: StoredUser) -> Result<Self> {
        Ok(Self {
            id: UserId::from_uuid(row.id.0),
            tenant: TenantId::from_uuid(row.tenant_id.0),
            username: parsed(&row.username, "users.username")?,
            email: parsed(&row.email, "users.email")?,
            email_confirmed: row.email_confirmed,
            password: row.password_hash.map(PasswordHash::new),
            enabled: row.enabled,
            roles: roles(held.as_deref())?,
            epoch: row.epoch,
            version: row.version,
            locale: row
                .locale
                .map(|tag| parsed(&tag, "users.locale"))
                .transpose()?,
            created_at: moment(row.created_at, "users.created_at")?,
        })
    }
}

impl TryFrom<StandingRow> for Standing {
    type Error = Error;

    fn try_from(row: StandingRow) -> Result<Self> {
        Ok(Self {
            tenant: TenantId::from_uuid(row.tenant_id.0),
            user: UserId::from_uuid(row.id.0),
            username: parsed(&row.username, "users.username")?,
            roles: roles(row.roles.as_deref())?,
            enabled: row.enabled,
            epoch: row.epoch,
        })
    }
}

/// Stores a new user with its roles.
pub(crate) fn add(sqlite: &mut SqliteConnection, user: &User) -> Result<(), Failure> {
    diesel::insert_into(users::table)
        .values(UserRow::from(user))
        .execute(sqlite)
        .map_err(|error| Failure::on_foreign_key(error, Error::NotFound("tenant")))?;
    let held: Vec<_> = user
        .roles
        .iter()
        .map(|role| {
            (
                user_roles::tenant_id.eq(Id(user.tenant.uuid())),
                user_roles::user_id.eq(Id(user.id.uuid())),
                user_roles::role.eq(role.as_str()),
            )
        })
        .collect();
    diesel::insert_into(user_roles::table)
        .values(held)
        .execute(sqlite)?;
    Ok(())
}

/// Replaces the row, but for the roles. [`Error::Stale`] if it is no longer as it was read.
pub(crate) fn replace(sqlite: &mut SqliteConnection, user: &User) -> Result<(), Failure> {
    let row = UserRow::from(user);
    let replaced = diesel::update(
        users::table
            .filter(users::tenant_id.eq(row.tenant_id))
            .filter(users::id.eq(row.id))
            .filter(users::version.eq(row.version)),
    )
    .set((
        users::username.eq(row.username),
        users::username_key.eq(row.username_key),
        users::email.eq(row.email),
        users::email_key.eq(row.email_key),
        users::email_confirmed.eq(row.email_confirmed),
        users::password_hash.eq(row.password_hash),
        users::enabled.eq(row.enabled),
        users::epoch.eq(row.epoch),
        users::locale.eq(row.locale),
        users::version.eq(row.version + 1),
    ))
    .execute(sqlite)?;
    if replaced == 0 {
        return Err(Error::Stale.into());
    }
    Ok(())
}

#[async_trait]
impl Users for SqliteStore {
    async fn add_user(&self, user: &User, effects: &Effects) -> Result<()> {
        let (user, effects) = (user.clone(), effects.clone());
        self.pool
            .transaction(move |sqlite| {
                add(sqlite, &user)?;
                outbox::store(sqlite, &effects)
            })
            .await
    }

    async fn update_user(
        &self,
        user: &User,
        voids: &[TokenPurpose],
        effects: &Effects,
        limit: MailLimit,
    ) -> Result<UserChange> {
        let (user, voids, effects) = (user.clone(), voids.to_vec(), effects.clone());
        self.pool
            .transaction(move |sqlite| {
                if !user.enabled && is_last_administrator(sqlite, &user)? {
                    return Ok(UserChange::LastAdministrator);
                }
                if !outbox::allows(sqlite, &effects.mail, limit)? {
                    return Ok(UserChange::MailLimited);
                }
                replace(sqlite, &user)?;
                one_time_tokens::void(sqlite, &user, &voids, effects.audit.at)?;
                outbox::store(sqlite, &effects)?;
                Ok(UserChange::Done)
            })
            .await
    }

    async fn user(&self, tenant: TenantId, id: UserId) -> Result<Option<User>> {
        let row = self
            .pool
            .query(move |sqlite| {
                users::table
                    .filter(users::tenant_id.eq(Id(tenant.uuid())))
                    .filter(users::id.eq(Id(id.uuid())))
                    .select(StoredUser::as_select())
                    .first(sqlite)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn user_by_username(
        &self,
        tenant: TenantId,
        username: &Username,
    ) -> Result<Option<User>> {
        let key = username.key().to_owned();
        let row = self
            .pool
            .query(move |sqlite| {
                users::table
                    .filter(users::tenant_id.eq(Id(tenant.uuid())))
                    .filter(users::username_key.eq(&key))
                    .select(StoredUser::as_select())
                    .first(sqlite)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn user_by_email(&self, tenant: TenantId, email: &Email) -> Result<Option<User>> {
        let key = email.key().to_owned();
        let row = self
            .pool
            .query(move |sqlite| {
                users::table
                    .filter(users::tenant_id.eq(Id(tenant.uuid())))
                    .filter(users::email_key.eq(&key))
                    .select(StoredUser::as_select())
                    .first(sqlite)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn users_in_tenant(&self, tenant: TenantId) -> Result<Vec<User>> {
        let rows = self
            .pool
            .query(move |sqlite| {
                users::table
                    .filter(users::tenant_id.eq(Id(tenant.uuid())))
                    .order(users::username_key)
                    .select(StoredUser::as_select())
                    .load(sqlite)
            })
            .await?;
        entities(rows)
    }

    async fn replace_password_hash(
        &self,
        tenant: TenantId,
        id: UserId,
        from: &PasswordHash,
        to: &PasswordHash,
    ) -> Result<()> {
        let (from, to) = (from.as_str().to_owned(), to.as_str().to_owned());
        self.pool
            .transaction(move |sqlite| {
                diesel::update(
                    users::table
                        .filter(users::tenant_id.eq(Id(tenant.uuid())))
                        .filter(users::id.eq(Id(id.uuid())))
                        .filter(users::password_hash.eq(from)),
                )
                .set((
                    users::password_hash.eq(to),
                    users::version.eq(users::version + 1),
                ))
                .execute(sqlite)?;
                Ok(())
            })
            .await
    }
}
