//! Settings that choose one of a few ways.

/// Which document decides the success codes where the two generations of clients disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// The request tells.
    Auto,
    /// The newer document.
    Newer,
    /// The older document.
    Older,
}

/// Who migrates the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationMode {
    /// Every start of the server.
    Startup,
    /// The command alone.
    None,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Where mail is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerMode {
    /// Inside the server.
    Embedded,
    /// Not in this process.
    Off,
}

/// The kind of database that a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// `postgres://` or `postgresql://`
    Postgres,
    /// `sqlite://`
    Sqlite,
}
