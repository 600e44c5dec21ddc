use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::{
    dsl::{Eq, Filter, Select, array},
    prelude::*,
    sql_types::Text,
};
use domain::{
    Error, Result,
    model::{
        Email, MailLimit, PasswordHash, Standing, TenantId, Timestamp, TokenPurpose, User, UserId,
        Username,
    },
    ports::{Effects, UserChange, Users},
};
use uuid::Uuid;

use crate::{
    PostgresStore,
    error::Failure,
    one_time_tokens, outbox,
    roles::is_last_administrator,
    rows::{entities, entity, parsed, roles},
    schema::{clients, tenants, user_roles, users},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
struct UserRow {
    id: Uuid,
    tenant_id: Uuid,
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
    created_at: DateTime<Utc>,
}

/// A user as it is read: with the roles, in the same statement.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
struct StoredUser {
    #[diesel(embed)]
    row: UserRow,
    #[diesel(select_expression = roles_held(), select_expression_type = RolesHeld)]
    roles: Vec<String>,
}

/// What decides about a signed-in user, selected from the user, the user's tenant and the client.
#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub(crate) struct StandingRow {
    id: Uuid,
    tenant_id: Uuid,
    username: String,
    #[diesel(select_expression = users::enabled.and(tenants::enabled).and(clients::enabled))]
    enabled: bool,
    epoch: i64,
    #[diesel(select_expression = roles_held(), select_expression_type = RolesHeld)]
    roles: Vec<String>,
}

type RolesHeld = array<
    Text,
    Select<Filter<user_roles::table, Eq<user_roles::user_id, users::id>>, user_roles::role>,
>;

fn roles_held() -> RolesHeld {
    let held = user_roles::table.filter(user_roles::user_id.eq(users::id));
    array(held.select(user_roles::role))
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.uuid(),
            tenant_id: user.tenant.uuid(),
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
            created_at: user.created_at.utc(),
        }
    }
}

impl TryFrom<StoredUser> for User {
    type Error = Error;

    fn try_from(StoredUser { row, roles: held }: StoredUser) -> Result<Self> {
        Ok(Self {
            id: UserId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            username: parsed(&row.username, "users.username")?,
            email: parsed(&row.email, "users.email")?,
            email_confirmed: row.email_confirmed,
            password: row.password_hash.map(PasswordHash::new),
            enabled: row.enabled,
            roles: roles(&held)?,
            epoch: row.epoch,
            version: row.version,
            locale: row
                .locale
                .map(|tag| parsed(&tag, "users.locale"))
                .transpose()?,
            created_at: Timestamp::new(row.created_at),
        })
    }
}

impl TryFrom<StandingRow> for Standing {
    type Error = Error;

    fn try_from(row: StandingRow) -> Result<Self> {
        Ok(Self {
            tenant: TenantId::from_uuid(row.tenant_id),
            user: UserId::from_uuid(row.id),
            username: parsed(&row.username, "users.username")?,
            roles: roles(&row.roles)?,
            enabled: row.enabled,
            epoch: row.epoch,
        })
    }
}

/// Stores a new user with its roles.
pub(crate) fn add(pg: &mut PgConnection, user: &User) -> QueryResult<()> {
    diesel::insert_into(users::table)
        .values(UserRow::from(user))
        .execute(pg)?;
    let held: Vec<_> = user
        .roles
        .iter()
        .map(|role| {
            (
                user_roles::tenant_id.eq(user.tenant.uuid()),
                user_roles::user_id.eq(user.id.uuid()),
                user_roles::role.eq(role.as_str()),
            )
        })
        .collect();
    diesel::insert_into(user_roles::table)
        .values(held)
        .execute(pg)?;
    Ok(())
}

/// Holds up whoever else changes the user, or orders mail for it, until the transaction ends.
pub(crate) fn lock(pg: &mut PgConnection, tenant: TenantId, user: UserId) -> QueryResult<()> {
    users::table
        .filter(users::tenant_id.eq(tenant.uuid()))
        .filter(users::id.eq(user.uuid()))
        .select(users::id)
        .for_update()
        .execute(pg)?;
    Ok(())
}

/// Replaces the row, but for the roles. [`Error::Stale`] if it is no longer as it was read.
pub(crate) fn replace(pg: &mut PgConnection, user: &User) -> Result<(), Failure> {
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
    .execute(pg)?;
    if replaced == 0 {
        return Err(Error::Stale.into());
    }
    Ok(())
}

#[async_trait]
impl Users for PostgresStore {
    async fn add_user(&self, user: &User, effects: &Effects) -> Result<()> {
        let (user, effects) = (user.clone(), effects.clone());
        self.pool
            .transaction(move |pg| {
                add(pg, &user)?;
                Ok(outbox::store(pg, &effects)?)
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
            .transaction(move |pg| {
                lock(pg, user.tenant, user.id)?;
                if !user.enabled && is_last_administrator(pg, &user)? {
                    return Ok(UserChange::LastAdministrator);
                }
                if !outbox::allows(pg, &effects.mail, limit)? {
                    return Ok(UserChange::MailLimited);
                }
                replace(pg, &user)?;
                one_time_tokens::void(pg, &user, &voids, effects.audit.at)?;
                outbox::store(pg, &effects)?;
                Ok(UserChange::Done)
            })
            .await
    }

    async fn user(&self, tenant: TenantId, id: UserId) -> Result<Option<User>> {
        let row = self
            .pool
            .query(move |pg| {
                users::table
                    .filter(users::tenant_id.eq(tenant.uuid()))
                    .filter(users::id.eq(id.uuid()))
                    .select(StoredUser::as_select())
                    .first(pg)
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
            .query(move |pg| {
                users::table
                    .filter(users::tenant_id.eq(tenant.uuid()))
                    .filter(users::username_key.eq(&key))
                    .select(StoredUser::as_select())
                    .first(pg)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn user_by_email(&self, tenant: TenantId, email: &Email) -> Result<Option<User>> {
        let key = email.key().to_owned();
        let row = self
            .pool
            .query(move |pg| {
                users::table
                    .filter(users::tenant_id.eq(tenant.uuid()))
                    .filter(users::email_key.eq(&key))
                    .select(StoredUser::as_select())
                    .first(pg)
                    .optional()
            })
            .await?;
        entity(row)
    }

    async fn users_in_tenant(&self, tenant: TenantId) -> Result<Vec<User>> {
        let rows = self
            .pool
            .query(move |pg| {
                users::table
                    .filter(users::tenant_id.eq(tenant.uuid()))
                    .order(users::username_key)
                    .select(StoredUser::as_select())
                    .load(pg)
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
            .transaction(move |pg| {
                diesel::update(
                    users::table
                        .filter(users::tenant_id.eq(tenant.uuid()))
                        .filter(users::id.eq(id.uuid()))
                        .filter(users::password_hash.eq(from)),
                )
                .set((
                    users::password_hash.eq(to),
                    users::version.eq(users::version + 1),
                ))
                .execute(pg)?;
                Ok(())
            })
            .await
    }
}
