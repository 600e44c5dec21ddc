//! From a request for mail, stored unseen, to an order or to nothing.

use super::core::Core;
use crate::{
    Result,
    error::chain,
    model::{
        Account, Actor, Asked, AuditAction, AuditEvent, MailKind, MailRequest, Tenant, TenantId,
        Timestamp, User, UserId,
    },
    ports::{Effects, RequestEnd},
};

/// Requests that a worker takes up before it looks at the orders again.
const BATCH: u32 = 100;

/// What a request comes to.
struct Found {
    kind: MailKind,
    action: AuditAction,
    tenant: Option<TenantId>,
    /// Whom the request is about, if there is such a user.
    user: Option<UserId>,
    /// Who gets the mail.
    receiver: Option<User>,
}

impl Core {
    /// Stores a request, by the same statement whoever it is for.
    pub(super) async fn request_mail(&self, actor: &Actor, asked: Asked) -> Result<()> {
        let request = MailRequest::new(self.now(), &*self.ports.entropy, actor, asked);
        self.ports.store.request_mail(&request).await?;
        self.ring();
        Ok(())
    }

    /// Makes orders of the requests that are due; says how many there were. One that fails costs nobody else: it is taken
    /// up again after its lease.
    pub(super) async fn take_up_requests(&self, now: Timestamp) -> Result<usize> {
        let (store, lease) = (&self.ports.store, self.policy.mail.lease);
        let leased = store.lease_requests(now, lease, BATCH).await?;
        for request in &leased {
            if let Err(error) = self.end_request(request).await {
                tracing::error!(id = %request.id, cause = chain(&error), "a request for mail could not be handled");
            }
        }
        if u32::try_from(leased.len()) == Ok(BATCH) {
            self.ring();
        }
        Ok(leased.len())
    }

    async fn end_request(&self, request: &MailRequest) -> Result<()> {
        let found = self.found(&request.asked).await?;
        let mut audit = AuditEvent::new(
            request.at,
            &*self.ports.entropy,
            &Actor::anonymous(request.source),
            found.action,
        );
        audit.actor.clone_from(&request.actor);
        let audit = audit.about(found.tenant, found.user);
        let Some(receiver) = found.receiver else {
            let audit = audit.with_detail("nobody to mail to");
            return self.replace_request(request, audit.into()).await.map(drop);
        };
        let mail = vec![self.mailing(found.kind, &receiver)];
        let effects = Effects {
            mail,
            audit: audit.clone(),
        };
        if self.replace_request(request, effects).await? == RequestEnd::MailLimited {
            let audit = audit.with_detail("limited");
            self.replace_request(request, audit.into()).await?;
        }
        Ok(())
    }

    async fn replace_request(&self, request: &MailRequest, effects: Effects) -> Result<RequestEnd> {
        let limit = self.policy.mail.per_account;
        let store = &self.ports.store;
        store.end_request(request, &effects, limit).await
    }

    async fn found(&self, asked: &Asked) -> Result<Found> {
        let store = &self.ports.store;
        let (kind, action, tenant, user) = match asked {
            Asked::PasswordReset(short_name, account) => {
                let tenant = store.tenant_by_short_name(short_name).await?;
                let user = match &tenant {
                    Some(tenant) => self.user_by(tenant, account).await?,
                    None => None,
                };
                let action = AuditAction::PasswordResetRequested;
                (MailKind::PasswordReset, action, tenant, user)
            }
            Asked::Confirmation(tenant, user) => {
                let user = store.user(*tenant, *user).await?;
                let tenant = store.tenant(*tenant).await?;
                let action = AuditAction::ConfirmationRequested;
                (MailKind::Confirmation, action, tenant, user)
            }
        };
        let wanted =
            |user: &User| user.enabled && (kind != MailKind::Confirmation || !user.email_confirmed);
        Ok(Found {
            kind,
            action,
            tenant: tenant.as_ref().map(|it| it.id),
            user: user.as_ref().map(|it| it.id),
            receiver: user.filter(|it| wanted(it) && tenant.is_some_and(|it| it.enabled)),
        })
    }

    async fn user_by(&self, tenant: &Tenant, account: &Account) -> Result<Option<User>> {
        let store = &self.ports.store;
        match account {
            Account::Email(email) => store.user_by_email(tenant.id, email).await,
            Account::Username(username) => store.user_by_username(tenant.id, username).await,
        }
    }
}
