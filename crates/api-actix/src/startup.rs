//! From settings to a running server, and to its end.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    sync::Arc,
};

use actix_web::{App as Actix, HttpServer, dev, dev::ServerHandle, web};
use domain::{Membership, services::FirstCredentials};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use wiring::settings::{Settings, WorkerMode};

use crate::{
    App,
    cors::Origins,
    listener,
    probes::{self, Health},
    upkeep::{self, Tell},
    worker,
};

/// Serves with these settings until the process is told to stop.
pub async fn run(settings: &Settings) -> Result<(), StartError> {
    let membership = Arc::new(wiring::assemble(settings).await?);
    let server = Server::bind(settings, membership)?;
    announce(&server);
    let tell = Tell {
        first: tell_first,
        ready: tell_ready,
    };
    Ok(server.run_telling(tell).await?)
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A part of it could not be put together.
    #[error(transparent)]
    Assembly(#[from] domain::Error),
    /// An address could not be listened at, or listening ended.
    #[error("listening failed")]
    Listening(#[from] io::Error),
}

/// Both listeners, bound and not yet served.
pub struct Server {
    public: dev::Server,
    management: dev::Server,
    address: SocketAddr,
    management_address: SocketAddr,
    membership: Arc<Membership>,
    health: Arc<Health>,
    origins: Arc<Origins>,
    settings: Arc<Settings>,
    stop: watch::Sender<bool>,
}

impl Server {
    /// Binds the public and the management address; port 0 is any free one.
    pub fn bind(settings: &Settings, membership: Arc<Membership>) -> io::Result<Self> {
        let app = web::Data::new(App::new(settings, membership.clone()));
        let health = Arc::new(Health::new());
        let origins = Arc::new(Origins::default());
        let (address, public) = listener::bind(settings, app, origins.clone())?;
        let management = HttpServer::new({
            let health = health.clone();
            move || Actix::new().configure(probes::configure(health.clone()))
        });
        let management = management
            .workers(1)
            .client_request_timeout(settings.server.head_timeout)
            .shutdown_timeout(1)
            .disable_signals()
            .bind(settings.management.bind)?;
        let management_address = management.addrs().first().copied();
        Ok(Self {
            address,
            management_address: management_address
                .ok_or_else(|| io::Error::other("nothing is bound"))?,
            public,
            management: management.run(),
            membership,
            health,
            origins,
            settings: Arc::new(settings.clone()),
            stop: watch::channel(false).0,
        })
    }

    /// Where the public listener is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the probes are.
    pub fn management_address(&self) -> SocketAddr {
        self.management_address
    }

    /// Ends [`Server::run`] as a signal does.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    /// Serves until SIGTERM, SIGINT or a [`Stopper`]; then withdraws readiness, waits the drain delay, and finishes what
    /// is running within the shutdown timeout. A second signal ends the process at once.
    pub async fn run(self) -> io::Result<()> {
        let nobody = Tell {
            first: |_| (),
            ready: |_| (),
        };
        self.run_telling(nobody).await
    }

    async fn run_telling(self, tell: Tell) -> io::Result<()> {
        let (public, management) = (
            Listener::spawn(self.public),
            Listener::spawn(self.management),
        );
        let mut tasks = JoinSet::new();
        tasks.spawn(upkeep::purge(self.membership.clone()));
        tasks.spawn(upkeep::watch(
            self.membership.clone(),
            self.settings.clone(),
            self.health.clone(),
            self.origins,
            tell,
        ));
        let (stop_worker, worker_stops) = watch::channel(false);
        let mut worker = JoinSet::new();
        if self.settings.worker.mode == WorkerMode::Embedded {
            let limits = worker::Limits {
                concurrency: self.settings.mail.concurrency,
                rate: self.settings.mail.rate,
            };
            worker.spawn(worker::run(self.membership, limits, worker_stops));
        }

        told_to_stop(self.stop.subscribe()).await?;
        tracing::info!("stopping");
        self.health.drain();
        tokio::time::sleep(self.settings.shutdown.drain_delay).await;
        stop_worker.send_replace(true);
        let delivered = async { while worker.join_next().await.is_some() {} };
        let ((), delivered) = tokio::join!(
            public.stop(),
            timeout(self.settings.shutdown.timeout, delivered)
        );
        if delivered.is_err() {
            tracing::warn!("the mail worker did not finish; another takes its orders over");
        }
        tasks.shutdown().await;
        management.stop().await;
        Ok(())
    }
}

/// Ends a running [`Server`].
#[derive(Clone)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// Tells the server to stop, and does not wait for it.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

/// A listener that is served in the background, until it is stopped or dropped.
struct Listener {
    handle: ServerHandle,
    served: tokio::task::JoinHandle<io::Result<()>>,
}

impl Listener {
    fn spawn(server: dev::Server) -> Self {
        Self {
            handle: server.handle(),
            served: tokio::spawn(server),
        }
    }

    async fn stop(mut self) {
        self.handle.stop(true).await;
        if let Ok(Err(error)) = (&mut self.served).await {
            tracing::warn!(%error, "a listener ended badly");
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // The command is sent here; nobody is left to wait for its end.
        drop(self.handle.stop(false));
    }
}

async fn told_to_stop(mut stop: watch::Receiver<bool>) -> io::Result<()> {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = stop.wait_for(|stop| *stop) => return Ok(()),
    }
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    });
    Ok(())
}

/// Standard output may be closed: then nobody asked.
fn announce(server: &Server) {
    let (public, management) = (server.address, server.management_address);
    let _ = writeln!(
        io::stdout(),
        "membership listens at http://{public}, probes at http://{management}"
    );
}

/// For the operator's terminal alone, never for a log.
fn tell_first(credentials: &FirstCredentials) {
    let _ = write!(io::stdout(), "{}", wiring::first_credentials(credentials));
}

fn tell_ready(settings: &Settings) {
    let url = settings.server.public_base();
    let _ = writeln!(
        io::stdout(),
        "Membership is ready at {url} (API: {url}/docs)"
    );
}
