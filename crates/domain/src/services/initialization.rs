use std::{collections::BTreeSet, sync::Arc};

use super::core::Core;
use crate::{
    Error, Result,
    model::{
        Action, Actor, AuditAction, Client, ClientChange, ClientId, ClientKind, Founding, Grant,
        Identity, MailKind, NewTenant, Password, PasswordOwner, RoleName, Secret, ShortName,
        Tenant, TenantId, User, UserId, Username,
    },
};

/// Brings a new instance into being: the platform's own tenant, its administrator and the first client.
pub struct Initialization(Arc<Core>);

/// What an initialisation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initialized {
    /// Nothing: the instance was initialised before.
    Before,
    /// Everything, from the operator's values.
    Now,
}

/// How to make the first call on a new instance.
pub struct FirstCredentials {
    /// The short name of the platform's own tenant.
    pub tenant: ShortName,
    /// The first administrator's name.
    pub username: Username,
    /// The first client.
    pub client_id: ClientId,
    /// The administrator's password, where it was made up here. Told once.
    pub password: Option<Secret<String>>,
    /// The client's secret, where it was made up here. Told once.
    pub client_secret: Option<Secret<String>>,
}

impl Initialization {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Initialises an instance that never was; of any number of callers at once, in any number of processes, one does it.
    /// [`Error::Conflict`] while the operator gave no client secret. Whoever has no right to it and asks an instance that
    /// was initialised is recorded, and [`Error::Throttled`] if that happens too often.
    ///
    /// `tell` is given the credentials before they are stored: whoever dies in between leaves an instance that can be
    /// initialised again, and not one whose secrets nobody knows.
    pub async fn initialize(
        &self,
        actor: &Actor,
        tell: &(dyn Fn(&FirstCredentials) + Sync),
    ) -> Result<Initialized> {
        let core = &self.0;
        let refusal = actor.may(Action::Initialize, None, None).err();
        let is_anybody = refusal.is_some();
        if let Some(refusal) = refusal.filter(|_| !core.policy.open.initialize) {
            return Err(refusal);
        }
        if core.ports.store.is_initialized().await? {
            if is_anybody {
                let audit = core.audit(actor, AuditAction::InitializationRequested);
                core.admit(&audit).await?;
                core.ports.store.append(&audit).await?;
            }
            return Ok(Initialized::Before);
        }
        let (founding, credentials) = self.founding(actor).await?;
        tell(&credentials);
        let founded = core.ports.store.initialize(&founding).await?;
        core.ring();
        Ok(if founded {
            Initialized::Now
        } else {
            Initialized::Before
        })
    }

    async fn founding(&self, actor: &Actor) -> Result<(Founding, FirstCredentials)> {
        let (core, first) = (&self.0, &self.0.policy.bootstrap);
        // What is made up here must be told to somebody: to the operator alone.
        let told = first.generate_secrets && matches!(actor.identity, Identity::Operator(_));
        let generated = |absent: bool| (absent && told).then(|| core.random_secret());
        let credentials = FirstCredentials {
            tenant: first.tenant.clone(),
            username: first.username.clone(),
            client_id: first.client_id.clone(),
            password: generated(first.password.is_none()),
            client_secret: generated(first.client_secret.is_none()),
        };
        let secret = first
            .client_secret
            .as_ref()
            .or(credentials.client_secret.as_ref());
        let secret = secret
            .ok_or_else(|| Error::Conflict("no secret is configured for the first client"))?;
        let password = match &credentials.password {
            Some(generated) => Some(Password::parse("password", generated.expose().clone())?),
            None => first.password.clone(),
        };

        let tenant = self.tenant()?;
        let administrator = self.administrator(&tenant, password.as_ref()).await?;
        let audit = core
            .audit(actor, AuditAction::Initialized)
            .about(tenant.id, administrator.id);
        let invitation = password
            .is_none()
            .then(|| core.mailing(MailKind::Invitation, &administrator));
        let client = self.client(secret)?;
        let mail = invitation.into_iter().collect();
        Ok((
            Founding {
                tenant,
                administrator,
                client,
                mail,
                audit,
            },
            credentials,
        ))
    }

    fn tenant(&self) -> Result<Tenant> {
        let (core, first) = (&self.0, &self.0.policy.bootstrap);
        let new = NewTenant {
            name: first.tenant_name.clone(),
            short_name: first.tenant.as_str().to_owned(),
            ..NewTenant::default()
        };
        let tenant = Tenant::new(TenantId::random(&*core.ports.entropy), new, core.now())?;
        Ok(Tenant {
            platform: true,
            ..tenant
        })
    }

    async fn administrator(&self, tenant: &Tenant, password: Option<&Password>) -> Result<User> {
        let (core, first) = (&self.0, &self.0.policy.bootstrap);
        let password = match password {
            Some(password) => {
                let owner = PasswordOwner::new(tenant, &first.username, &first.email);
                core.judge("bootstrap.password", password, &owner)?;
                Some(core.ports.hasher.hash(Some(tenant.id), password).await?)
            }
            None => None,
        };
        let administrative = [RoleName::ADMINISTRATOR, RoleName::TENANT_ADMINISTRATOR];
        let roles: Result<BTreeSet<_>> = administrative
            .iter()
            .map(|name| core.policy.roles.find(name))
            .collect();
        Ok(User {
            id: UserId::random(&*core.ports.entropy),
            tenant: tenant.id,
            username: first.username.clone(),
            email: first.email.clone(),
            email_confirmed: false,
            password,
            enabled: true,
            roles: roles?,
            epoch: 0,
            version: 0,
            locale: None,
            created_at: core.now(),
        })
    }

    /// The contract's clients use the password grant, and never adopt another refresh token.
    fn client(&self, secret: &Secret<String>) -> Result<Client> {
        let (core, id) = (&self.0, self.0.policy.bootstrap.client_id.clone());
        let hash = core.secret_hash(&id, secret);
        let change = ClientChange {
            grants: Some(BTreeSet::from([Grant::Password, Grant::RefreshToken])),
            ..ClientChange::default()
        };
        let lifetimes = core.policy.lifetimes;
        let client = Client::new(id, ClientKind::Confidential, lifetimes, core.now());
        Ok(client.changed(change)?.with_secret(hash))
    }
}
