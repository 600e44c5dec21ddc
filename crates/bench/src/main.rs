//! Measures the service as its callers meet it: starts a database and the server, and speaks HTTP with them.
//!
//! ```sh
//! cargo build --release && cargo run --release -p bench -- timing
//! ```

mod client;
mod measure;
mod overload;
mod people;
mod server;
mod timing;

use std::{error::Error, path::PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// Measures a Membership server that it starts itself.
#[derive(Parser)]
#[command(name = "membership-bench")]
struct Arguments {
    /// The program to measure.
    #[arg(long, default_value = "target/release/membership", global = true)]
    server: PathBuf,
    /// The database to measure it on; both, one after the other, if it is not given.
    #[arg(long, global = true)]
    database: Option<Backend>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Can known accounts be told from unknown ones by the time that answers take?
    Timing(timing::Options),
    /// What a flood of sign-ins does to everybody else.
    Overload(overload::Options),
}

/// Where the server keeps its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Backend {
    Postgres,
    Sqlite,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let databases = match &arguments.database {
        Some(one) => std::slice::from_ref(one),
        None => Backend::value_variants(),
    };
    for database in databases {
        let place = server::Place {
            program: arguments.server.clone(),
            database: *database,
        };
        match &arguments.command {
            Command::Timing(options) => timing::run(&place, options).await?,
            Command::Overload(options) => overload::run(&place, options).await?,
        }
    }
    Ok(())
}
