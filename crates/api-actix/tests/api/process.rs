//! The real binary, to be killed.

use std::{fs::File, net::SocketAddr, ops::Deref, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStderr, Command},
};

use crate::{
    app::Api,
    home::Home,
    mailbox::{Link, Mail, delivered},
};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_membership");
const DEADLINE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// What a process logs, line by line.
pub(crate) type Log = Lines<BufReader<ChildStderr>>;

/// A process that serves a home.
pub(crate) struct Process<'a> {
    home: &'a Home,
    child: Child,
    api: Api,
    management: Api,
}

impl<'a> Process<'a> {
    /// Starts one and waits until it is ready.
    pub(crate) async fn start(home: &'a Home) -> Self {
        Self::start_logging(home, "warn").await
    }

    /// The same with a log of that level, in the file `log` of the home.
    pub(crate) async fn start_logging(home: &'a Home, level: &str) -> Self {
        let mut command = Command::new(BINARY);
        command.arg("serve");
        Self::spawn(home, level, command).await
    }

    /// The same with so many descriptors and no more.
    pub(crate) async fn start_limited(home: &'a Home, descriptors: u32) -> Self {
        let script = format!(r#"ulimit -n {descriptors} && exec "$0" serve"#);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script, BINARY]);
        Self::spawn(home, "warn", command).await
    }

    /// One whose log goes to the pipe that comes with it.
    pub(crate) async fn start_unread(home: &'a Home, level: &str) -> (Self, Log) {
        let mut command = Command::new(BINARY);
        command.arg("serve");
        let mut process = Self::spawn_telling(home, level, command, Stdio::piped()).await;
        let log = BufReader::new(process.child.stderr.take().unwrap());
        (process, log.lines())
    }

    async fn spawn(home: &'a Home, level: &str, command: Command) -> Self {
        let log = File::options()
            .create(true)
            .append(true)
            .open(home.folder().join("log"));
        Self::spawn_telling(home, level, command, log.unwrap().into()).await
    }

    async fn spawn_telling(home: &'a Home, level: &str, mut command: Command, log: Stdio) -> Self {
        let mut child = command
            .env_clear()
            .envs([
                ("MEMBERSHIP__MAIL__TIMEOUT", "1s"),
                ("MEMBERSHIP__MAIL__LEASE", "2s"),
            ])
            .envs(home.environment().iter().cloned())
            .env("MEMBERSHIP__LOG__LEVEL", level)
            .current_dir(home.folder())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let [address, probes] = listeners(&mut child).await.map(|address| Api { address });
        until(async || probes.get("/startupz").send().await.status == 200).await;
        Self {
            home,
            child,
            api: address,
            management: probes,
        }
    }

    /// What the process counted.
    pub(crate) async fn metrics(&self) -> String {
        let metrics = self.management.get("/metrics").send().await.expect(200);
        metrics.text().to_owned()
    }

    /// SIGKILL, and another process in its place.
    pub(crate) async fn killed(mut self) -> Self {
        self.child.kill().await.unwrap();
        Self::start(self.home).await
    }

    /// SIGTERM, and the end of it.
    pub(crate) async fn stopped(mut self) {
        let id = self.child.id().unwrap().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(told.unwrap().success());
        let ended = tokio::time::timeout(DEADLINE, self.child.wait()).await;
        assert!(ended.expect("an end in time").unwrap().success());
    }

    /// The newest link to the page that was mailed to the address, now or soon.
    pub(crate) async fn mailed(&self, address: &str, page: &str) -> Link {
        let links = || {
            let mut mails = self.mails_to(address);
            mails.reverse();
            mails
                .iter()
                .filter_map(Mail::link)
                .find(|link| link.path == page)
        };
        until(async || links().is_some()).await;
        links().unwrap()
    }

    /// Waits until something was mailed to the address.
    pub(crate) async fn has_mailed(&self, address: &str) {
        until(async || !self.mails_to(address).is_empty()).await;
    }

    fn mails_to(&self, address: &str) -> Vec<Mail> {
        let mut mails = delivered(&self.home.mailbox());
        mails.retain(|mail| mail.is_to(address));
        mails
    }
}

impl Deref for Process<'_> {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

/// Nothing tells when another process or task has done something: look again, for as long as it may take.
pub(crate) async fn until(holds: impl AsyncFn() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(DEADLINE, waiting)
        .await
        .expect("to happen in time");
}

/// The public listener and the probes, from the line that tells them.
async fn listeners(child: &mut Child) -> [SocketAddr; 2] {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(DEADLINE, lines.next_line())
        .await
        .expect("a start in time");
    let line = line.unwrap().expect("a server that starts");
    let addresses = line.split("http://").skip(1);
    let addresses: Vec<_> = addresses
        .map(|rest| rest.trim_end_matches(", probes at ").parse().unwrap())
        .collect();
    addresses.try_into().expect("two addresses")
}
