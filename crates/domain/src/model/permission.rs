//! Who may do what: one table, obeyed by HTTP and batch jobs alike (contract section 7).

use super::{Actor, Identity, RoleName, TenantId, UserId};
use crate::{Error, Result};

/// Something that the service does for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Register a user in a tenant.
    RegisterUser,
    /// Register a user with a password hash that another program made.
    ImportUser,
    /// See the users of a tenant.
    ListUsers,
    /// See a user's roles.
    ReadRoles,
    /// Grant or revoke a role below the platform's.
    WriteRoles,
    /// Grant or revoke the platform's `Administrator` role.
    WriteAdministrators,
    /// Get a token that signs in as the user at the support desk.
    IssueSupportToken,
    /// See the settings of an account.
    ReadAccount,
    /// Change the names of an account; oneself, the password too.
    ChangeAccount,
    /// Disable or enable another user.
    EnableUsers,
    /// End all sessions of a user.
    EndSessions,
    /// See the sessions of a user, and end one of them.
    ManageSessions,
    /// Have a confirmation mail sent to a user.
    RequestConfirmation,
    /// See all tenants.
    ListTenants,
    /// See one tenant.
    ReadTenant,
    /// Make, change or delete a tenant.
    WriteTenants,
    /// See the sender, the words and the language of a tenant's mails.
    ReadMailSettings,
    /// Change them.
    WriteMailSettings,
    /// Bring a new instance into being.
    Initialize,
    /// See, retry and drop mail that waits or was given up.
    ManageMail,
    /// See, make, change and delete OAuth clients.
    ManageClients,
    /// See, rotate and drop the keys that sign access tokens.
    ManageKeys,
}

/// How an actor stands to the tenant or user that an action is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Without a token.
    Anonymous,
    /// A client that acts for itself: known to the platform's other services, without a right here.
    Client,
    /// Signed in, in another tenant.
    Stranger,
    /// Signed in, in the same tenant.
    Member,
    /// The user that it is about.
    Oneself,
    /// Holds `TenantAdministrator` in the same tenant.
    TenantAdministrator,
    /// Holds `Administrator`, which the platform's own tenant alone can give.
    PlatformAdministrator,
    /// A program of the operator.
    Operator,
}

/// What the table answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Done.
    Allowed,
    /// 401: a token is needed.
    Unauthenticated,
    /// 403: another caller is needed.
    Forbidden,
}

impl Action {
    /// Every action, in the order of the table.
    pub const ALL: [Self; 22] = [
        Self::RegisterUser,
        Self::ImportUser,
        Self::ListUsers,
        Self::ReadRoles,
        Self::WriteRoles,
        Self::WriteAdministrators,
        Self::IssueSupportToken,
        Self::ReadAccount,
        Self::ChangeAccount,
        Self::EnableUsers,
        Self::EndSessions,
        Self::ManageSessions,
        Self::RequestConfirmation,
        Self::ListTenants,
        Self::ReadTenant,
        Self::WriteTenants,
        Self::ReadMailSettings,
        Self::WriteMailSettings,
        Self::Initialize,
        Self::ManageMail,
        Self::ManageClients,
        Self::ManageKeys,
    ];
}

impl Relation {
    /// Every relation, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::Anonymous,
        Self::Client,
        Self::Stranger,
        Self::Member,
        Self::Oneself,
        Self::TenantAdministrator,
        Self::PlatformAdministrator,
        Self::Operator,
    ];
}

/// The table: what one relation alone allows. An actor in several relations may do what any of them allows; whoever is
/// in a tenant is at least its member.
///
/// The contract leaves three writing operations open to everybody ([`Action::EndSessions`],
/// [`Action::RequestConfirmation`], [`Action::Initialize`]). Their rows say who may use them once a setting closes them.
pub const fn decide(action: Action, relation: Relation) -> Decision {
    use Action as A;
    use Relation as R;
    match (action, relation) {
        (_, R::Anonymous) => Decision::Unauthenticated,
        (A::IssueSupportToken, R::Oneself) | (A::ImportUser, R::Operator) => Decision::Allowed,
        (A::IssueSupportToken | A::ImportUser, _) => Decision::Forbidden,
        (_, R::PlatformAdministrator | R::Operator)
        | (
            A::RegisterUser
            | A::WriteRoles
            | A::EnableUsers
            | A::ReadMailSettings
            | A::WriteMailSettings,
            R::TenantAdministrator,
        )
        | (
            A::ReadRoles
            | A::ReadAccount
            | A::ChangeAccount
            | A::EndSessions
            | A::ManageSessions
            | A::RequestConfirmation,
            R::TenantAdministrator | R::Oneself,
        )
        | (A::ListUsers | A::ReadTenant, R::TenantAdministrator | R::Member) => Decision::Allowed,
        _ => Decision::Forbidden,
    }
}

impl Actor {
    /// Checks that the actor may do `action` to `tenant` and, where it is about one, `user`.
    /// [`Error::Unauthenticated`] or [`Error::Forbidden`] otherwise, whether or not they exist.
    pub fn may(
        &self,
        action: Action,
        tenant: Option<TenantId>,
        user: Option<UserId>,
    ) -> Result<()> {
        let decisions = || {
            self.relations(tenant, user)
                .into_iter()
                .map(|relation| decide(action, relation))
        };
        if decisions().any(|it| it == Decision::Allowed) {
            return Ok(());
        }
        Err(if decisions().any(|it| it == Decision::Unauthenticated) {
            Error::Unauthenticated
        } else {
            Error::Forbidden
        })
    }

    fn relations(&self, tenant: Option<TenantId>, user: Option<UserId>) -> Vec<Relation> {
        match &self.identity {
            Identity::Anonymous => vec![Relation::Anonymous],
            Identity::Client(_) => vec![Relation::Client],
            Identity::Operator(_) => vec![Relation::Operator],
            Identity::User(caller) => {
                let home = tenant == Some(caller.tenant);
                [
                    (!home, Relation::Stranger),
                    (home, Relation::Member),
                    (home && user == Some(caller.user), Relation::Oneself),
                    (
                        home && caller.has_role(RoleName::TENANT_ADMINISTRATOR),
                        Relation::TenantAdministrator,
                    ),
                    (
                        caller.has_role(RoleName::ADMINISTRATOR),
                        Relation::PlatformAdministrator,
                    ),
                ]
                .into_iter()
                .filter_map(|(holds, relation)| holds.then_some(relation))
                .collect()
            }
        }
    }
}
