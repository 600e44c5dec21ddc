//! `membership-jobs`: what an operator does with the membership service from a shell or on a schedule.
//!
//! Exit code 0: done. 1: it failed, the reason is on standard error. 2: the command line or the settings are wrong.

mod client;
mod keys;
mod mail;
mod preview;

use std::{io::Write as _, process::ExitCode};

use clap::{Parser, Subcommand};
use domain::{
    Membership,
    model::Actor,
    services::{FirstCredentials, Initialized},
};
use tokio::runtime::Runtime;
use wiring::settings::{Settings, Sources};

/// Batch work on the membership service, without a web server.
#[derive(Parser)]
#[command(name = "membership-jobs", version)]
struct CommandLine {
    #[command(subcommand)]
    job: Job,
}

/// Why a job was not done, for the operator.
type Failure = Box<dyn std::error::Error>;

#[derive(Subcommand)]
enum Job {
    /// Bring the database's schema up to date; safe to run at once in several places
    Migrate,
    /// Make the first tenant, administrator and client from the settings bootstrap.*, once
    Initialize,
    /// Delete sessions, links and mail orders that are over and past their retention
    Purge,
    /// Make, see, change and delete OAuth clients
    #[command(subcommand)]
    Client(client::Command),
    /// See, rotate, drop and reseal the keys that sign access tokens
    #[command(subcommand)]
    Keys(keys::Command),
    /// See, retry and drop queued mail; see how mails read
    #[command(subcommand)]
    Mail(mail::Command),
}

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let loaded = match Settings::load(&Sources::from_process()) {
        Ok(loaded) => loaded,
        Err(problems) => {
            for problem in &problems {
                complain(&problem.to_string());
            }
            return ExitCode::from(2);
        }
    };
    let _log = wiring::logging::install(&loaded.settings.log);
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let outcome = Runtime::new().map_err(Into::into).and_then(|runtime| {
        let outcome = runtime.block_on(run(command_line.job, &loaded.settings));
        // A thread that waits for a frozen database must not hold up the end.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&domain::error::chain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(job: Job, settings: &Settings) -> Result<(), Failure> {
    let actor = Actor::operator("membership-jobs");
    match job {
        Job::Migrate => migrate(settings).await,
        Job::Initialize => initialize(&services(settings).await?, &actor).await,
        Job::Purge => purge(&services(settings).await?).await,
        Job::Client(command) => client::run(&services(settings).await?, &actor, command).await,
        Job::Keys(command) => keys::run(&services(settings).await?, &actor, command).await,
        Job::Mail(mail::Command::Preview(mail)) => preview::run(settings, &actor, mail).await,
        Job::Mail(mail::Command::Queue(command)) => {
            mail::run(&services(settings).await?, &actor, command).await
        }
    }
}

async fn services(settings: &Settings) -> Result<Membership, Failure> {
    let membership = wiring::assemble(settings).await?;
    membership.housekeeping.set_clock().await?;
    Ok(membership)
}

async fn migrate(settings: &Settings) -> Result<(), Failure> {
    for name in wiring::migrate(settings).await? {
        say(&format!("applied {name}"))?;
    }
    Ok(())
}

async fn initialize(membership: &Membership, actor: &Actor) -> Result<(), Failure> {
    let tell = |first: &FirstCredentials| drop(say(wiring::first_credentials(first).trim_end()));
    match membership.initialization.initialize(actor, &tell).await? {
        Initialized::Before => say("nothing to do: initialised before")?,
        Initialized::Now => say("initialised")?,
    }
    Ok(())
}

async fn purge(membership: &Membership) -> Result<(), Failure> {
    let purged = membership.housekeeping.purge().await?;
    let (sessions, links, mail) = (purged.sessions, purged.one_time_tokens, purged.mail);
    let (requests, counts) = (purged.mail_requests, purged.throttle);
    Ok(say(&format!(
        "deleted {sessions} sessions, {links} links, {mail} mail orders, {requests} mail requests, {counts} counts of attempts"
    ))?)
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}

#[expect(
    clippy::print_stderr,
    reason = "the one place that tells an operator what went wrong"
)]
fn complain(line: &str) {
    eprintln!("membership-jobs: {line}");
}
