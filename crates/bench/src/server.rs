//! The server under measurement, with a database, a mailbox and keys of its own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use data_encoding::BASE64;
use hyper::StatusCode;
use tempfile::TempDir;
use testkit::postgres;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{
    Backend, Result,
    client::{Call, Client},
};

const DEADLINE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) const CLIENT_ID: &str = "bench";
pub(crate) const CLIENT_SECRET: &str = "the secret of the first client";
pub(crate) const PASSWORD: &str = "0c6d8a1e-5f7a-4b3c-8d2e-1f0a9b8c7d6e";

/// What to start.
pub(crate) struct Place {
    pub(crate) program: PathBuf,
    pub(crate) database: Backend,
}

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    probes: SocketAddr,
    folder: TempDir,
    _database: Option<postgres::Server>,
}

impl Server {
    /// Starts one on an empty database and waits until it is ready. `settings` are named as in the environment, without the
    /// prefix.
    pub(crate) async fn start(place: &Place, settings: &[(&str, &str)]) -> Result<Self> {
        let program = fs::canonicalize(&place.program)
            .map_err(|error| format!("{}: {error}", place.program.display()))?;
        let folder = TempDir::new()?;
        fs::write(folder.path().join("master"), BASE64.encode(&[7; 32]))?;
        let database = (place.database == Backend::Postgres).then(postgres::Server::start);
        let url = database.as_ref().map(|it| it.url("postgres"));
        let url = url.unwrap_or_else(|| "sqlite://membership.db".to_owned());
        let command = |name: &str| {
            let mut command = Command::new(&program);
            let all = ours(&url).into_iter().chain(settings.iter().copied());
            command
                .arg(name)
                .env_clear()
                .envs(all.map(|(name, value)| (format!("MEMBERSHIP__{name}"), value.to_owned())))
                .current_dir(folder.path())
                .kill_on_drop(true);
            command
        };
        let migrated = command("migrate").stdout(Stdio::null()).status().await?;
        if !migrated.success() {
            return Err("the schema could not be made".into());
        }
        let mut child = command("serve").stdout(Stdio::piped()).spawn()?;
        let (address, probes) = timeout(DEADLINE, listeners(&mut child)).await??;
        let server = Self {
            child,
            address,
            probes,
            folder,
            _database: database,
        };
        timeout(DEADLINE, server.started()).await??;
        Ok(server)
    }

    pub(crate) async fn client(&self) -> Result<Client> {
        Client::connect(self.address).await
    }

    /// To the listener of the probes.
    pub(crate) async fn prober(&self) -> Result<Client> {
        Client::connect(self.probes).await
    }

    /// How many mails were delivered.
    pub(crate) fn mails(&self) -> usize {
        let mails = fs::read_dir(self.folder.path().join("mailbox"));
        mails.map_or(0, Iterator::count)
    }

    /// A figure of the process in MiB, by its name in `/proc/PID/status`: `VmRSS` now, `VmHWM` at most.
    pub(crate) fn memory(&self, name: &str) -> Result<u64> {
        let id = self.child.id().ok_or("the server ended")?;
        let status = fs::read_to_string(Path::new("/proc").join(id.to_string()).join("status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let figure = line.and_then(|line| line.split_whitespace().nth(1));
        let kibibytes: u64 = figure.ok_or("no such figure")?.parse()?;
        Ok(kibibytes / 1024)
    }

    async fn started(&self) -> Result<()> {
        let mut prober = self.prober().await?;
        let call = Call::get("/startupz");
        while prober.send(&call).await?.status != StatusCode::OK {
            sleep(PAUSE).await;
        }
        Ok(())
    }
}

fn ours(database: &str) -> Vec<(&str, &str)> {
    vec![
        ("SERVER__BIND", "127.0.0.1:0"),
        ("SERVER__PUBLIC_URL", "https://members.example.com"),
        ("MANAGEMENT__BIND", "127.0.0.1:0"),
        ("DATABASE__URL", database),
        ("LOG__LEVEL", "error"),
        ("MAIL__URL", "mailbox://mailbox"),
        ("KEYS__MASTER_FILE", "master"),
        ("BOOTSTRAP__TENANT", "test"),
        ("BOOTSTRAP__USERNAME", "master"),
        ("BOOTSTRAP__PASSWORD", PASSWORD),
        ("BOOTSTRAP__CLIENT_ID", CLIENT_ID),
        ("BOOTSTRAP__CLIENT_SECRET", CLIENT_SECRET),
        ("PASSWORD__BCRYPT_COST", "10"),
    ]
}

/// The public listener and that of the probes, from the line that tells them.
async fn listeners(child: &mut Child) -> Result<(SocketAddr, SocketAddr)> {
    let output = child.stdout.take().ok_or("no output")?;
    let mut lines = BufReader::new(output).lines();
    let line = lines.next_line().await?.ok_or("the server did not start")?;
    let mut addresses = line.split("http://").skip(1).map(|rest| {
        let end = rest.find(", ").unwrap_or(rest.len());
        rest[..end].parse()
    });
    let mut next = || addresses.next().ok_or("the server told no address");
    Ok((next()??, next()??))
}
