use std::{cmp::Reverse, time::Duration};

use async_trait::async_trait;
use domain::{
    Result,
    model::{MailLimit, MailOrder, MailState, Mailing, MessageId, Settlement, Timestamp},
    ports::Outbox,
};

use super::{MemoryStore, State, purge};

#[async_trait]
impl Outbox for MemoryStore {
    async fn lease(&self, now: Timestamp, lease: Duration, limit: u32) -> Result<Vec<MailOrder>> {
        self.transaction(|state| {
            let is_due = |it: &&mut MailOrder| it.state == MailState::Waiting && it.due_at <= now;
            let mut due: Vec<_> = state.mail.values_mut().filter(is_due).collect();
            due.sort_by_key(|it| (it.due_at, it.id));
            due.truncate(usize::try_from(limit).unwrap());
            let take_up = |order: &mut MailOrder| {
                order.attempts += 1;
                order.due_at = now.plus(lease);
                order.clone()
            };
            Ok(due.into_iter().map(take_up).collect())
        })
    }

    async fn settle(&self, leased: &MailOrder, settlement: &Settlement) -> Result<bool> {
        self.transaction(|state| {
            let order = unsent(state, leased.id)
                .filter(|it| it.tenant == leased.tenant)
                .filter(|it| (it.attempts, it.due_at) == (leased.attempts, leased.due_at))
                .filter(|it| it.state == MailState::Waiting);
            let Some(order) = order else {
                return Ok(false);
            };
            order.last_error = match settlement {
                Settlement::Sent => None,
                Settlement::Deferred { reason, .. } | Settlement::Dead { reason } => {
                    Some(reason.clone())
                }
            };
            match settlement {
                Settlement::Sent => order.state = MailState::Sent,
                Settlement::Deferred { until, .. } => order.due_at = *until,
                Settlement::Dead { .. } => order.state = MailState::Dead,
            }
            Ok(true)
        })
    }

    async fn mail_order(&self, id: MessageId) -> Result<Option<MailOrder>> {
        Ok(self.read(|state| state.mail.get(&id).cloned()))
    }

    async fn mail_in_state(&self, wanted: MailState, limit: u32) -> Result<Vec<MailOrder>> {
        let mut orders: Vec<_> = self.read(|state| {
            let in_state = |it: &&MailOrder| it.state == wanted;
            state.mail.values().filter(in_state).cloned().collect()
        });
        orders.sort_by_key(|it| Reverse((it.created_at, it.id)));
        orders.truncate(usize::try_from(limit).unwrap());
        Ok(orders)
    }

    async fn retry_mail(&self, id: MessageId, now: Timestamp) -> Result<bool> {
        self.transaction(|state| {
            let Some(order) = unsent(state, id) else {
                return Ok(false);
            };
            order.state = MailState::Waiting;
            order.attempts = 0;
            order.due_at = now;
            Ok(true)
        })
    }

    async fn drop_mail(&self, id: MessageId) -> Result<bool> {
        self.transaction(|state| {
            let found = unsent(state, id).is_some();
            if found {
                state.mail.remove(&id);
            }
            Ok(found)
        })
    }

    async fn purge_mail(&self, before: Timestamp, limit: u32) -> Result<usize> {
        self.transaction(|state| {
            Ok(purge(&mut state.mail, limit, |it| {
                it.state == MailState::Sent && it.created_at < before
            }))
        })
    }
}

fn unsent(state: &mut State, id: MessageId) -> Option<&mut MailOrder> {
    state
        .mail
        .get_mut(&id)
        .filter(|it| it.state != MailState::Sent)
}

impl State {
    /// Whether the accounts of these orders are below the limit.
    pub(super) fn allows(&self, mail: &[Mailing], limit: MailLimit) -> bool {
        let mut limited = mail.iter().map(|it| &it.order);
        limited.all(|order| {
            let counts = |it: &&MailOrder| {
                it.user == order.user
                    && it.kind == order.kind
                    && it.created_at > order.created_at.minus(limit.window)
            };
            let ordered = self.mail.values().filter(counts).count();
            !order.kind.is_limited() || ordered < usize::try_from(limit.count).unwrap()
        })
    }
}
