use std::{
    io::{BufRead as _, BufReader, Read as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
};

use super::programs;

/// A shell script that cleans up after this process, even if that is killed: it waits for the end of its input, which is
/// ours to close.
pub(super) struct Watchdog(Child);

impl Watchdog {
    /// Starts the script and waits until it prints `ready`. Panics with what it prints instead.
    pub(super) fn start(mut script: Command) -> Self {
        let mut child = script
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        output.read_line(&mut said).unwrap();
        if said != "ready\n" {
            output.read_to_string(&mut said).unwrap();
            panic!("PostgreSQL does not start: {said}");
        }
        Self(child)
    }

    /// Drops the databases whose names begin with `prefix`.
    pub(super) fn dropping_databases(psql: &Path, url: &str, prefix: &str) -> Self {
        const SCRIPT: &str = r#"
            trap '' PIPE
            echo ready
            cat >/dev/null
            printf '%s\n' "SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database
                WHERE starts_with(datname, '$3') \\gexec" | "$1" -Xq -d "$2" >/dev/null
        "#;
        Self::start(programs::shell(
            SCRIPT,
            &[psql.as_ref(), url.as_ref(), prefix.as_ref()],
        ))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().ok();
    }
}
