use std::{sync::Arc, time::Duration};

use super::{MailPolicy, core::Core};
use crate::{
    Error, Result,
    error::chain,
    model::{Action, Actor, Link, Mail, MailOrder, MailState, MessageId, Settlement},
    ports::Delivery,
};

/// The mail worker's step: takes up orders, renders, sends and records.
pub struct Delivering(Arc<Core>);

/// Why an order has no mail.
const GONE: &str = "the account is gone";
const VOID: &str = "the link was used, replaced or expired before the mail could be sent";

impl Delivering {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Tries at most `limit` orders that are due, one after the other; says how many. What goes wrong with one is logged
    /// and does not keep it from the others: any worker takes it up again once its lease runs out.
    pub async fn run_once(&self, limit: u32) -> Result<usize> {
        let core = &self.0;
        let lease = core.policy.mail.lease;
        let leased = core.ports.store.lease(core.now(), lease, limit).await?;
        for order in &leased {
            if let Err(error) = self.attempt(order).await {
                tracing::error!(id = %order.id, cause = chain(&error), "a mail order could not be handled");
            }
        }
        Ok(leased.len())
    }

    async fn attempt(&self, order: &MailOrder) -> Result<()> {
        let settlement = match self.mail(order).await? {
            Ok(mail) => self.settlement(order, self.0.ports.mailer.deliver(&mail).await),
            Err(reason) => Settlement::Dead {
                reason: reason.to_owned(),
            },
        };
        let recorded = self.0.ports.store.settle(order, &settlement).await?;
        let id = order.id.to_string();
        match settlement {
            _ if !recorded => tracing::warn!(id, "a mail order was taken over by another worker"),
            Settlement::Sent => tracing::info!(id, kind = order.kind.name(), "mail sent"),
            Settlement::Deferred { reason, .. } => tracing::warn!(id, reason, "mail deferred"),
            Settlement::Dead { reason } => tracing::warn!(id, reason, "mail given up"),
        }
        Ok(())
    }

    /// The newest `limit` orders in that state, newest first.
    pub async fn list(
        &self,
        actor: &Actor,
        state: MailState,
        limit: u32,
    ) -> Result<Vec<MailOrder>> {
        actor.may(Action::ManageMail, None, None)?;
        self.0.ports.store.mail_in_state(state, limit).await
    }

    /// Makes an order that is not sent due now, its attempts counted anew. [`Error::NotFound`] if there is none.
    pub async fn retry(&self, actor: &Actor, id: MessageId) -> Result<()> {
        actor.may(Action::ManageMail, None, None)?;
        let found = self.0.ports.store.retry_mail(id, self.0.now()).await?;
        found.then_some(()).ok_or(Error::NotFound("mail"))
    }

    /// Deletes an order that is not sent. [`Error::NotFound`] if there is none.
    pub async fn drop(&self, actor: &Actor, id: MessageId) -> Result<()> {
        actor.may(Action::ManageMail, None, None)?;
        let found = self.0.ports.store.drop_mail(id).await?;
        found.then_some(()).ok_or(Error::NotFound("mail"))
    }

    /// The mail of an order, its link derived anew and always the same; or why there is nothing to send.
    async fn mail(&self, order: &MailOrder) -> Result<Result<Mail, &'static str>> {
        let store = &self.0.ports.store;
        let (Some(user), Some(tenant)) = (
            store.user(order.tenant, order.user).await?,
            store.tenant(order.tenant).await?,
        ) else {
            return Ok(Err(GONE));
        };
        let link = match order.token {
            None => None,
            Some(id) => match store
                .one_time_token(id)
                .await?
                .filter(|token| token.is_live(self.0.now()))
            {
                Some(token) => Some(Link {
                    url: self.0.link(&token),
                    lifetime: token.purpose.lifetime(),
                }),
                None => return Ok(Err(VOID)),
            },
        };
        Ok(Ok(Mail {
            id: order.id,
            kind: order.kind,
            to: order.recipient.clone(),
            username: user.username,
            tenant_name: tenant.name,
            ordered_at: order.created_at,
            link,
        }))
    }

    fn settlement(&self, order: &MailOrder, delivery: Delivery) -> Settlement {
        let now = self.0.now();
        let spent = order.attempts >= self.0.policy.mail.max_attempts;
        match delivery {
            Delivery::Sent => Settlement::Sent,
            Delivery::Refused(reason) => Settlement::Dead { reason },
            Delivery::Deferred(reason)
                if spent && now.since(order.created_at) >= MailPolicy::GIVE_UP_AFTER =>
            {
                Settlement::Dead { reason }
            }
            Delivery::Deferred(reason) => Settlement::Deferred {
                until: now.plus(self.backoff(order.attempts)),
                reason,
            },
        }
    }

    /// 30 s, doubled with each attempt up to 4 h, and up to a quarter more by chance, so that messages that failed
    /// together do not return together.
    fn backoff(&self, attempts: u32) -> Duration {
        let doubled = 30_u64 << attempts.saturating_sub(1).min(20);
        let base = Duration::from_secs(doubled.min(4 * 60 * 60));
        let quarter = u64::try_from(base.as_millis() / 4).unwrap_or(u64::MAX);
        base + Duration::from_millis(self.0.random_below(quarter))
    }
}
