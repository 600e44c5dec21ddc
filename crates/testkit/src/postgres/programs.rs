use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The folder of the server programs: the one that `initdb` on the path comes from, or else the newest of Debian's.
pub(super) fn server_folder() -> PathBuf {
    let from_path =
        on_path("initdb").and_then(|it| it.canonicalize().ok()?.parent().map(Path::to_owned));
    let mut debian: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|it| {
            Some((
                it.file_name().to_str()?.parse().ok()?,
                it.path().join("bin"),
            ))
        })
        .collect();
    debian.sort();
    let is_complete = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|program| folder.join(program).is_file())
    };
    from_path
        .into_iter()
        .chain(debian.into_iter().rev().map(|(_, folder)| folder))
        .find(is_complete)
        .expect(
            "the tests need the server programs of PostgreSQL: `apt-get install postgresql`, \
             or name a server whose role may create databases in TEST_DATABASE_URL",
        )
}

/// `psql`, preferably of that folder.
pub(super) fn psql(folder: Option<&Path>) -> PathBuf {
    folder
        .map(|it| it.join("psql"))
        .filter(|it| it.is_file())
        .or_else(|| on_path("psql"))
        .expect("the tests need psql: `apt-get install postgresql-client`")
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|it| it.is_file())
}

/// What the statement returns, unaligned and without headings.
pub(super) fn run_sql(psql: &Path, url: &str, sql: &str) -> String {
    let output = Command::new(psql)
        .args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql])
        .stdin(Stdio::null())
        .output()
        .expect("psql runs");
    assert!(
        output.status.success(),
        "{sql}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The user and group that a server started by root runs as; PostgreSQL refuses to run as root.
pub(super) fn unprivileged() -> Option<(u32, u32)> {
    const NOBODY: u32 = 65534;
    let ids_of = |line: &str| {
        let mut fields = line.split(':').skip(2).map(str::parse);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    };
    rustix::process::geteuid().is_root().then(|| {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let postgres = users.lines().find(|it| it.starts_with("postgres:"));
        postgres.and_then(ids_of).unwrap_or((NOBODY, NOBODY))
    })
}

/// A shell script that is given `arguments` as `$1` and so on.
pub(super) fn shell(script: &str, arguments: &[&OsStr]) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).args(arguments);
    shell
}
