//! `membership-jobs mail`: the outbox in an operator's hands.

use clap::{Subcommand, ValueEnum};
use domain::{
    Membership,
    model::{Actor, MailOrder, MailState, MessageId},
};

use crate::{Failure, preview::Preview, say};

#[derive(Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Queue(Queue),
    /// Print a mail as it would be sent, to somebody who does not exist
    Preview(Preview),
}

#[derive(Subcommand)]
pub(crate) enum Queue {
    /// Print orders, newest first: id, kind, state, attempts, ordered, due, last error; never an address
    List {
        /// Which orders
        #[arg(long, value_enum, default_value = "waiting")]
        state: State,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Print everything about one order, name and value, one a line; the receiver's address too
    Show {
        /// As `list` prints it
        id: MessageId,
    },
    /// Make an order that is not sent due now, its attempts counted anew
    Retry {
        /// As `list` prints it
        id: MessageId,
    },
    /// Delete an order that is not sent
    Drop {
        /// As `list` prints it
        id: MessageId,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum State {
    Waiting,
    Sent,
    Dead,
}

impl From<State> for MailState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Sent => Self::Sent,
            State::Dead => Self::Dead,
        }
    }
}

pub(crate) async fn run(
    membership: &Membership,
    actor: &Actor,
    command: Queue,
) -> Result<(), Failure> {
    match command {
        Queue::List { state, limit } => {
            for order in membership.delivery.list(actor, state.into(), limit).await? {
                let (kind, state) = (order.kind.name(), order.state.name());
                let error = order.last_error.unwrap_or_default();
                let (ordered, due) = (order.created_at, order.due_at);
                let line = format!(
                    "{}\t{kind}\t{state}\t{}\t{ordered}\t{due}\t{error}",
                    order.id, order.attempts
                );
                say(&line)?;
            }
        }
        Queue::Show { id } => {
            for (name, value) in values(membership.delivery.order(actor, id).await?) {
                say(&format!("{name}\t{value}"))?;
            }
        }
        Queue::Retry { id } => membership.delivery.retry(actor, id).await?,
        Queue::Drop { id } => membership.delivery.drop(actor, id).await?,
    }
    Ok(())
}

fn values(order: MailOrder) -> [(&'static str, String); 11] {
    [
        ("id", order.id.to_string()),
        ("kind", order.kind.name().to_owned()),
        ("state", order.state.name().to_owned()),
        ("tenant", order.tenant.to_string()),
        ("user", order.user.to_string()),
        ("recipient", order.recipient.to_string()),
        (
            "link",
            order.token.map(|id| id.to_string()).unwrap_or_default(),
        ),
        ("attempts", order.attempts.to_string()),
        ("ordered", order.created_at.to_string()),
        ("due", order.due_at.to_string()),
        ("last-error", order.last_error.unwrap_or_default()),
    ]
}
