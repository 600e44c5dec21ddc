use std::{collections::BTreeSet, net::IpAddr};

use super::{RoleName, SessionId, TenantId, UserId};

/// Who asks for something, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub identity: Identity,
    /// The network address, where there is one.
    pub source: Option<IpAddr>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Nobody we know.
    Anonymous,
    /// A user whose access token was proved.
    User(SignedInUser),
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
    /// A caller without a token.
    pub fn anonymous(source: Option<IpAddr>) -> Self {
        Self {
            identity: Identity::Anonymous,
            source,
        }
    }

    /// A caller whose token was proved.
    pub fn user(user: SignedInUser, source: Option<IpAddr>) -> Self {
        Self {
            identity: Identity::User(user),
            source,
        }
    }

    /// A program of the operator, such as a batch job; `name` appears in the audit.
    pub fn operator(name: &'static str) -> Self {
        Self {
            identity: Identity::Operator(name),
            source: None,
        }
    }

    /// How the audit names the actor.
    pub fn label(&self) -> String {
        match &self.identity {
            Identity::Anonymous => "anonymous".to_owned(),
            Identity::User(user) => format!("user:{}", user.user),
            Identity::Operator(name) => format!("operator:{name}"),
        }
    }
}
