use std::{sync::Arc, time::Duration};

use super::{MailPolicy, core::Core};
use crate::{
    Error, Result,
    error::chain,
    model::{
        Action, Actor, Link, Mail, MailOrder, MailSettings, MailState, MessageId, OneTimeTokenId,
        Settlement,
    },
    ports::Delivery,
};

/// The steps of the mail worker: takes up orders, renders, sends and records.
pub struct Delivering(Arc<Core>);

/// Why an order has no mail.
const GONE: &str = "the account is gone";
const VOID: &str = "the link was used or replaced before the mail could be sent";

impl Delivering {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self(core)
    }

    /// Has `ring` called after every commit of this process that may have ordered mail. Orders of other processes, ends of
    /// leases and of backoffs ring nothing: [`Delivering::take_up`] finds them. A process has one worker: the first `ring`
    /// stays.
    pub fn on_order(&self, ring: impl Fn() + Send + Sync + 'static) {
        if self.0.doorbell.set(Box::new(ring)).is_err() {
            tracing::warn!("this process has a mail worker already");
        }
    }

    /// Leases at most `limit` orders that are due, each to be handed to [`Delivering::deliver`] at once: the leases run.
    /// Before that, requests for mail become orders.
    pub async fn take_up(&self, limit: u32) -> Result<Vec<MailOrder>> {
        let (core, mut now) = (&self.0, self.0.now());
        if core.take_up_requests(now).await? > 0 {
            // What was ordered since is due now, and not before.
            now = core.now();
        }
        let lease = core.policy.mail.lease;
        core.ports.store.lease(now, lease, limit).await
    }

    /// Tries to deliver a leased order and records how that ended. What goes wrong is logged: any worker takes the order up
    /// again once its lease runs out.
    pub async fn deliver(&self, order: &MailOrder) {
        if let Err(error) = self.attempt(order).await {
            tracing::error!(id = %order.id, cause = chain(&error), "a mail order could not be handled");
        }
    }

    /// Tries at most `limit` orders that are due, one after the other; says how many.
    pub async fn run_once(&self, limit: u32) -> Result<usize> {
        let leased = self.take_up(limit).await?;
        for order in &leased {
            self.deliver(order).await;
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

    /// The order of that id, with its receiver's address. [`Error::NotFound`] if there is none.
    pub async fn order(&self, actor: &Actor, id: MessageId) -> Result<MailOrder> {
        actor.may(Action::ManageMail, None, None)?;
        let found = self.0.ports.store.mail_order(id).await?;
        found.ok_or(Error::NotFound("mail"))
    }

    /// Makes an order that is not sent due now, its attempts counted anew. [`Error::NotFound`] if there is none.
    pub async fn retry(&self, actor: &Actor, id: MessageId) -> Result<()> {
        actor.may(Action::ManageMail, None, None)?;
        let found = self.0.ports.store.retry_mail(id, self.0.now()).await?;
        self.0.ring();
        found.then_some(()).ok_or(Error::NotFound("mail"))
    }

    /// Deletes an order that is not sent. [`Error::NotFound`] if there is none.
    pub async fn drop(&self, actor: &Actor, id: MessageId) -> Result<()> {
        actor.may(Action::ManageMail, None, None)?;
        let found = self.0.ports.store.drop_mail(id).await?;
        found.then_some(()).ok_or(Error::NotFound("mail"))
    }

    /// The mail of an order, its link derived anew and always the same, and good for a whole lifetime from now on; or why
    /// there is nothing to send.
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
            Some(id) => match self.link(id).await? {
                Some(link) => Some(link),
                None => return Ok(Err(VOID)),
            },
        };
        let settings = store.mail_settings(order.tenant).await?;
        let mut settings = settings.unwrap_or_else(|| MailSettings::of_platform(order.tenant));
        let locale = self.0.locale(&user, Some(&settings));
        let text = settings.texts.remove(&(order.kind, locale.clone()));
        Ok(Ok(Mail {
            id: order.id,
            kind: order.kind,
            to: order.recipient.clone(),
            username: user.username,
            tenant_name: tenant.name,
            ordered_at: order.created_at,
            link,
            locale,
            sender: settings.sender(&self.0.policy.mail.sender_domains),
            text: text.unwrap_or_default(),
        }))
    }

    async fn link(&self, id: OneTimeTokenId) -> Result<Option<Link>> {
        let (core, store) = (&self.0, &self.0.ports.store);
        let Some(token) = store.one_time_token(id).await? else {
            return Ok(None);
        };
        let lifetime = token.purpose.lifetime();
        let prolonged = store.prolong(id, core.now().plus(lifetime)).await?;
        Ok(prolonged.then(|| Link {
            url: core.link(&token),
            lifetime,
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
