//! The store against the contract of its ports, and where it is more than the contract says: one process, one writer.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a fixture that fails is a failed test"
)]

mod conformance;
mod file;
mod refresh;
mod waiting;
mod walls;

use std::{path::Path, time::Duration};

use adapters_sqlite::Settings;

fn settings(folder: &Path) -> Settings {
    Settings {
        path: folder.join("data/membership.db"),
        pool_max: 4,
        acquire_timeout: Duration::from_secs(30),
        busy_timeout: Duration::from_secs(30),
    }
}
