use std::{
    fs::OpenOptions,
    io::Write as _,
    net::{Ipv4Addr, TcpListener},
    os::unix::{
        fs::{OpenOptionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{programs, watchdog::Watchdog};

/// A private server: reached by a socket in a folder of its own, unless it is to speak TLS, and careless of its data.
/// Dropping it, or the end of the process, stops it and removes the folder.
pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    /// Where it is reached, as parameters of a URL.
    address: String,
    _watchdog: Watchdog,
}

/// `$1`: the programs, `$2`: the folder, `$3`: the settings.
const SCRIPT: &str = r#"
    trap '' PIPE
    data="$2/data"
    {
        "$1/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C --no-sync &&
        printf '%s\n' "$3" >>"$data/postgresql.conf" &&
        "$1/pg_ctl" -D "$data" -l "$2/log" -w start
    } </dev/null >"$2/start" 2>&1 || { cat "$2/start" "$2/log"; rm -rf "$2"; exit 1; }
    echo ready
    cat >/dev/null
    "$1/pg_ctl" -D "$data" -m immediate stop >/dev/null 2>&1
    rm -rf "$2"
"#;

const SETTINGS: &str = "
listen_addresses = ''
port = 5432
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = '128MB'
autovacuum = off
jit = off
";

impl Server {
    /// Starts a new one and waits until it answers.
    pub fn start() -> Self {
        let (programs, folder) = (programs::server_folder(), new_folder());
        let address = format!("host={}&port=5432", folder.display());
        Self::start_in(programs, folder, address, "")
    }

    /// The same on a port of 127.0.0.1, where it takes nothing but TLS. The certificate, of `localhost`, and its key are
    /// PEM.
    pub fn start_with_tls(certificate: &str, key: &str) -> Self {
        let (programs, folder) = (programs::server_folder(), new_folder());
        let in_file = |name: &str, content: &str| {
            let path = folder.join(name);
            write_private(&path, content);
            format!("'{}'", path.display())
        };
        let port = free_port();
        let settings = format!(
            "
listen_addresses = '127.0.0.1'
port = {port}
ssl = on
ssl_cert_file = {}
ssl_key_file = {}
hba_file = {}
",
            in_file("certificate.pem", certificate),
            in_file("key.pem", key),
            in_file("hba.conf", "hostssl all all 127.0.0.1/32 trust\n"),
        );
        // Two names of one place: the certificate is compared with the first, the second is where to connect.
        let address = format!("host=localhost&hostaddr=127.0.0.1&port={port}");
        Self::start_in(programs, folder, address, &settings)
    }

    /// Of a setting that is there twice, the server takes the last.
    fn start_in(programs: PathBuf, folder: PathBuf, address: String, settings: &str) -> Self {
        let settings = format!(
            "{SETTINGS}unix_socket_directories = '{}'{settings}",
            folder.display()
        );
        let mut script = programs::shell(
            SCRIPT,
            &[programs.as_ref(), folder.as_ref(), settings.as_ref()],
        );
        run_unprivileged(&mut script, &folder);
        Self {
            _watchdog: Watchdog::start(script),
            programs,
            folder,
            address,
        }
    }

    /// The URL of a database, for libpq; `postgres` always exists.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql:///{database}?{}&user=postgres", self.address)
    }

    /// Breaks all connections and stops answering, as in a crash.
    pub fn stop_immediate(&self) {
        self.pg_ctl(&["-m", "immediate", "stop"]);
    }

    /// Starts a stopped server and waits until it answers.
    pub fn start_again(&self) {
        let log = self.folder.join("log");
        self.pg_ctl(&["-l", log.to_str().unwrap(), "start"]);
    }

    pub(super) fn psql(&self) -> PathBuf {
        programs::psql(Some(&self.programs))
    }

    fn pg_ctl(&self, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join("pg_ctl"));
        run_unprivileged(&mut command, &self.folder);
        let status = command
            .arg("-D")
            .arg(self.folder.join("data"))
            .arg("-w")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .expect("pg_ctl runs");
        assert!(status.success(), "pg_ctl {arguments:?}: {status}");
    }
}

fn run_unprivileged(command: &mut Command, folder: &Path) {
    command.current_dir(folder);
    if let Some((user, group)) = programs::unprivileged() {
        command.uid(user).gid(group);
    }
}

/// An empty folder of the server's user, in shared memory if that has room for some hundred databases.
fn new_folder() -> PathBuf {
    const ROOM: u64 = 2 << 30;
    let shared_memory = Path::new("/dev/shm");
    let has_room = rustix::fs::statvfs(shared_memory)
        .is_ok_and(|it| it.f_bavail.saturating_mul(it.f_frsize) >= ROOM);
    let place = if has_room {
        shared_memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let folder = tempfile::Builder::new()
        .prefix("membership-")
        .tempdir_in(place)
        .expect("a folder for PostgreSQL can be made")
        .keep();
    give_away(&folder);
    folder
}

/// The server does not take a key that anybody else can read.
fn write_private(path: &Path, content: &str) {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    file.write_all(content.as_bytes()).unwrap();
    give_away(path);
}

/// Makes the server's user the owner.
fn give_away(path: &Path) {
    if let Some((user, group)) = programs::unprivileged() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

/// PostgreSQL cannot be told to choose one.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(server: &Server) -> bool {
        let status = Command::new(server.psql())
            .args(["-XqAt", "-d", &server.url("postgres"), "-c", "SELECT 1"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.unwrap().success()
    }

    #[test]
    fn a_stopped_server_can_be_started_again_and_leaves_nothing() {
        let server = Server::start();
        assert!(answers(&server));

        server.stop_immediate();
        assert!(!answers(&server));
        server.start_again();
        assert!(answers(&server));

        let folder = server.folder.clone();
        drop(server);
        assert!(!folder.exists());
    }
}
