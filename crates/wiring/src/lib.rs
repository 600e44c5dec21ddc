//! Typed settings and the composition root shared by every binary.
//!
//! ```no_run
//! # async fn import(settings: &wiring::settings::Settings) -> domain::Result<()> {
//! let membership = wiring::assemble(settings).await?;
//! # Ok(())
//! # }
//! ```

mod announcement;
mod assemble;
mod database;
pub mod logging;
pub mod settings;

pub use adapters_smtp::Preview;
pub use announcement::first_credentials;
pub use assemble::{assemble, assemble_with, preview};
pub use database::{migrate, pending_migrations};
