use std::{collections::BTreeSet, net::IpAddr};

use super::{Agent, ClientId, RoleName, SessionId, TenantId, UserId, Username};

/// Who asks for something, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub identity: Identity,
    /// The network address, where there is one.
    pub source: Option<IpAddr>,
    /// The program, where it says so.
    pub agent: Option<Agent>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Nobody we know.
    Anonymous,
    /// A user whose access token was proved.
    User(SignedInUser),
    /// A client whose own access token was proved.
    Client(ClientId),
    /// The operator's own program, named for the audit.
    Operator(&'static str),
}

/// A user whose access token was proved, with the roles held now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedInUser {
    /// The user's tenant.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// The sign-in that the token comes from.
    pub session: SessionId,
    /// The name the user signs in with.
    pub username: Username,
    /// The roles held now.
    pub roles: BTreeSet<RoleName>,
}

impl SignedInUser {
    /// Whether the user holds the role of that name.
    pub fn has_role(&self, name: &str) -> bool {
        self.roles.iter().any(|role| role.as_str() == name)
    }
}

impl Actor {
    /// A caller of unknown program.
    pub fn new(identity: Identity, source: Option<IpAddr>) -> Self {
        Self {
            identity,
            source,
            agent: None,
        }
    }

    /// The program that the caller uses.
    #[must_use]
    pub fn with_agent(mut self, agent: Option<Agent>) -> Self {
        self.agent = agent;
        self
    }

    /// A caller without a token.
    pub fn anonymous(source: Option<IpAddr>) -> Self {
        Self::new(Identity::Anonymous, source)
    }

    /// A caller whose token was proved.
    pub fn user(user: SignedInUser, source: Option<IpAddr>) -> Self {
        Self::new(Identity::User(user), source)
    }

    /// A program of the operator, such as a batch job; `name` appears in the audit.
    pub fn operator(name: &'static str) -> Self {
        Self::new(Identity::Operator(name), None)
    }

    /// Whether it is that user.
    pub fn is(&self, tenant: TenantId, user: UserId) -> bool {
        matches!(&self.identity, Identity::User(it) if (it.tenant, it.user) == (tenant, user))
    }

    /// How the audit names the actor.
    pub fn label(&self) -> String {
        match &self.identity {
            Identity::Anonymous => "anonymous".to_owned(),
            Identity::User(user) => format!("user:{}", user.user),
            Identity::Client(client) => format!("client:{client}"),
            Identity::Operator(name) => format!("operator:{name}"),
        }
    }
}
