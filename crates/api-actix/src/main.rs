//! The command line of the server.

use std::{
    error::Error,
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
};

use api_actix::{startup, telemetry};
use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;
use wiring::settings::{Loaded, Settings, Sources};

/// A multi-tenant membership service.
#[derive(Parser)]
#[command(name = "membership", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (the default).
    Serve,
    /// Bring the database schema up to date.
    Migrate,
    /// Look at the configuration.
    #[command(subcommand)]
    Config(Config),
}

#[derive(Subcommand)]
enum Config {
    /// Check the configuration as a whole.
    Check,
    /// Print every setting in force, secrets hidden.
    Print {
        /// Tell where each value came from.
        #[arg(long)]
        with_source: bool,
    },
}

/// Exit code 0: done. 1: it failed, the reason is on standard error. 2: the command line or the settings are wrong.
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let loaded = match Settings::load(&Sources::from_process()) {
        Ok(loaded) => loaded,
        Err(problems) => {
            problems.iter().for_each(complain);
            return ExitCode::from(2);
        }
    };
    let outcome = Runtime::new().map_err(Into::into).and_then(|runtime| {
        let command = arguments.command.unwrap_or(Command::Serve);
        let outcome = runtime.block_on(run(command, loaded));
        // A thread that waits for a frozen database must not hold up the end.
        runtime.shutdown_background();
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(domain::error::chain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, loaded: Loaded) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Serve => {
            let _log = telemetry::install(&loaded.settings.log);
            loaded
                .warnings
                .iter()
                .for_each(|warning| tracing::warn!("{warning}"));
            startup::run(&loaded.settings).await?;
        }
        Command::Migrate => {
            let _log = telemetry::install(&loaded.settings.log);
            for name in wiring::migrate(&loaded.settings).await? {
                say(&name)?;
            }
        }
        Command::Config(Config::Check) => {
            loaded.warnings.iter().for_each(complain);
            say("the configuration is in order")?;
        }
        Command::Config(Config::Print { with_source: false }) => {
            loaded
                .describe()
                .iter()
                .try_for_each(|line| say(&line.to_string()))?;
        }
        Command::Config(Config::Print { with_source: true }) => {
            loaded
                .describe()
                .iter()
                .try_for_each(|line| say(&format!("{line:#}")))?;
        }
    }
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

fn complain(line: impl Display) {
    // There is nobody left to tell if standard error is gone.
    let _ = writeln!(io::stderr(), "{line}");
}
