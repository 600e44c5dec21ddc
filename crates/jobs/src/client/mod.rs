//! `membership-jobs client`: the OAuth clients in an operator's hands.

mod text;

use std::{collections::BTreeSet, time::Duration};

use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use domain::{
    Membership,
    model::{
        Actor, ClientChange, ClientId, ClientKind, Grant, Origin, RefreshPolicy, Secret, ShortName,
        Tenant, TenantId,
    },
};

use crate::{Failure, say};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a client; print the secret of a confidential one, which is not shown again
    Create {
        /// The `client_id`; that of a deleted client cannot be had again
        id: ClientId,
        /// Whether it can keep a secret
        #[arg(long, value_parser = one_of(ClientKind::ALL, ClientKind::name))]
        kind: ClientKind,
        #[command(flatten)]
        values: Values,
    },
    /// Print all clients, by id: id, kind, enabled or disabled, grants, refresh, access, idle and absolute lifetime, number
    /// of tenants (0: all), number of secrets, created
    List,
    /// Print all values of a client, one a line, behind its name
    Show {
        /// As `list` prints it
        id: ClientId,
    },
    /// Make another secret and print it; the one before it stays good until the next time, older ones are void
    RotateSecret {
        /// As `list` prints it
        id: ClientId,
    },
    /// Let a client be used again
    Enable {
        /// As `list` prints it
        id: ClientId,
    },
    /// Refuse a client, its sign-ins and its tokens until it is enabled again
    Disable {
        /// As `list` prints it
        id: ClientId,
    },
    /// Change the values given; a list that is given replaces the one before
    #[command(
        mut_group("Values", |values| values.required(true)),
        override_usage = "membership-jobs client change <ID> <OPTIONS>"
    )]
    Change {
        /// As `list` prints it
        id: ClientId,
        #[command(flatten)]
        values: Values,
        /// Let it sign in the users of every tenant
        #[arg(long, group = "Values", conflicts_with = "tenants")]
        all_tenants: bool,
        /// Let no page call the service
        #[arg(long, group = "Values", conflicts_with = "origins")]
        no_origins: bool,
    },
    /// Delete a client for ever, and end its sign-ins
    Delete {
        /// As `list` prints it
        id: ClientId,
    },
}

/// What a client is like, apart from its id and kind.
#[derive(Args)]
pub(crate) struct Values {
    /// What it may ask of the token endpoint, `refresh_token` at first; may be repeated
    #[arg(long = "grant", value_name = "GRANT", value_parser = one_of(Grant::ALL, Grant::name))]
    grants: Vec<Grant>,
    /// What a refresh makes of the refresh token; at first `keep` if confidential and `rotate` if public
    #[arg(long, value_parser = one_of(RefreshPolicy::ALL, RefreshPolicy::name))]
    refresh: Option<RefreshPolicy>,
    /// How long an access token lives, such as 10m
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
    access_lifetime: Option<Duration>,
    /// How long a sign-in lives that is not used, such as 30d
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
    idle_lifetime: Option<Duration>,
    /// How long a sign-in lives, however much it is used, such as 365d
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
    absolute_lifetime: Option<Duration>,
    /// A tenant whose users it may sign in, by id or short name; may be repeated; every tenant's at first
    #[arg(long = "tenant", value_name = "TENANT")]
    tenants: Vec<String>,
    /// From where its pages may call the service, such as `https://app.example.com`; may be repeated
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<Origin>,
}

/// A value that is one of `all`, by its name.
fn one_of<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(move |it| name(*it))).try_map(move |given| {
        let found = all.iter().find(|it| name(**it) == given);
        found.copied().ok_or("not a known name")
    })
}

pub(crate) async fn run(
    membership: &Membership,
    actor: &Actor,
    command: Command,
) -> Result<(), Failure> {
    let clients = &membership.clients;
    match command {
        Command::Create { id, kind, values } => {
            let change = values.change(membership, actor).await?;
            let (_, secret) = clients.create(actor, id, kind, change).await?;
            secret.as_ref().map_or(Ok(()), tell)?;
        }
        Command::List => {
            for client in clients.all(actor).await? {
                say(&text::row(&client))?;
            }
        }
        Command::Show { id } => {
            for (name, value) in text::values(&clients.one(actor, &id).await?) {
                say(&format!("{name}\t{value}"))?;
            }
        }
        Command::RotateSecret { id } => tell(&clients.rotate_secret(actor, &id).await?)?,
        Command::Enable { id } => clients.change(actor, &id, enabled(true)).await?,
        Command::Disable { id } => clients.change(actor, &id, enabled(false)).await?,
        Command::Change {
            id,
            values,
            all_tenants,
            no_origins,
        } => {
            let mut change = values.change(membership, actor).await?;
            if all_tenants {
                change.tenants = Some(BTreeSet::new());
            }
            if no_origins {
                change.origins = Some(BTreeSet::new());
            }
            clients.change(actor, &id, change).await?;
        }
        Command::Delete { id } => clients.delete(actor, &id).await?,
    }
    Ok(())
}

/// Nothing but the secret, so that a script can take the output as it is.
fn tell(secret: &Secret<String>) -> std::io::Result<()> {
    say(secret.expose())
}

fn enabled(enabled: bool) -> ClientChange {
    ClientChange {
        enabled: Some(enabled),
        ..ClientChange::default()
    }
}

impl Values {
    async fn change(self, membership: &Membership, actor: &Actor) -> Result<ClientChange, Failure> {
        let tenants = tenants(membership, actor, &self.tenants).await?;
        Ok(ClientChange {
            grants: given(self.grants),
            refresh: self.refresh,
            access: self.access_lifetime,
            idle: self.idle_lifetime,
            absolute: self.absolute_lifetime,
            tenants: given(tenants),
            origins: given(self.origins),
            enabled: None,
        })
    }
}

fn given<T: Ord>(values: Vec<T>) -> Option<BTreeSet<T>> {
    (!values.is_empty()).then(|| values.into_iter().collect())
}

async fn tenants(
    membership: &Membership,
    actor: &Actor,
    names: &[String],
) -> Result<Vec<TenantId>, Failure> {
    let all = membership.tenants.all(actor).await?;
    let id_of = |name: &String| {
        let by_id = |it: &&Tenant| name.parse().is_ok_and(|id: TenantId| id == it.id);
        let by_short_name = |it: &&Tenant| {
            name.parse()
                .is_ok_and(|name: ShortName| name == it.short_name)
        };
        let tenant = all
            .iter()
            .find(by_id)
            .or_else(|| all.iter().find(by_short_name));
        let id = tenant.map(|tenant| tenant.id);
        id.ok_or_else(|| format!("there is no tenant {name:?}").into())
    };
    names.iter().map(id_of).collect()
}
