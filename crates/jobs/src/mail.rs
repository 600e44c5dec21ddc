//! `membership-jobs mail`: the outbox in an operator's hands.

use clap::{Subcommand, ValueEnum};
use domain::{
    Membership,
    model::{Actor, MailState, MessageId},
};

use crate::{Failure, say};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print orders, newest first: id, kind, state, attempts, ordered, due, last error; never an address
    List {
        /// Which orders
        #[arg(long, value_enum, default_value = "waiting")]
        state: State,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: u32,
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
    command: Command,
) -> Result<(), Failure> {
    match command {
        Command::List { state, limit } => {
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
        Command::Retry { id } => membership.delivery.retry(actor, id).await?,
        Command::Drop { id } => membership.delivery.drop(actor, id).await?,
    }
    Ok(())
}
