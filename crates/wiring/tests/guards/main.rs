//! Guards of the repository: what holds of all crates together.

#![expect(clippy::unwrap_used, reason = "a broken fixture must stop the test")]

mod architecture;
mod promises;
mod sources;
