//! `membership-jobs keys`: the keys that sign access tokens, in an operator's hands.

use clap::Subcommand;
use domain::{
    Error, Membership,
    model::{Actor, KeyState, SigningKey, Timestamp},
};

use crate::{Failure, say};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print the keys, oldest first: id, algorithm, state, since, created
    List,
    /// Let the next key sign and publish another next one; print the id of the key that signs now
    Rotate {
        /// Even if the next key was published less than 10 minutes ago: whoever keeps a copy of the key set may refuse new
        /// tokens until he reads it again
        #[arg(long)]
        at_once: bool,
    },
    /// Delete a retired key before its time: the tokens that it signed are void
    Drop {
        /// As `list` prints it; it may begin with a dash
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Seal every key with the first master key; say how many were sealed with another
    Reseal,
}

pub(crate) async fn run(
    membership: &Membership,
    actor: &Actor,
    command: Command,
) -> Result<(), Failure> {
    let keys = &membership.signing_keys;
    match command {
        Command::List => {
            for key in keys.all(actor).await? {
                let (state, since, created) = (key.state.name(), key.since, key.created_at);
                say(&format!(
                    "{}\t{}\t{state}\t{since}\t{created}",
                    key.id, key.algorithm
                ))?;
            }
        }
        Command::Rotate { at_once } => match keys.rotate(actor, at_once).await {
            Ok(key) => say(&key.id)?,
            Err(refusal @ Error::Conflict(_)) => {
                return Err(match possible_from(membership, actor).await? {
                    Some(moment) => {
                        format!("{refusal}: possible from {moment}, or with --at-once").into()
                    }
                    None => refusal.into(),
                });
            }
            Err(error) => return Err(error.into()),
        },
        Command::Drop { id } => keys.drop(actor, &id).await?,
        Command::Reseal => say(&format!("resealed {} keys", keys.reseal(actor).await?))?,
    }
    Ok(())
}

/// When the next key, if there is one, may sign.
async fn possible_from(
    membership: &Membership,
    actor: &Actor,
) -> domain::Result<Option<Timestamp>> {
    let keys = membership.signing_keys.all(actor).await?;
    let next = keys.into_iter().find(|key| key.state == KeyState::Next);
    Ok(next.map(|key| key.since.plus(SigningKey::PUBLISHED_AHEAD)))
}
