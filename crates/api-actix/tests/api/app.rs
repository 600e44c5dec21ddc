//! The service under test: the real server in this process, over a database and a mailbox of its own.

use std::{
    net::SocketAddr,
    ops::Deref,
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
};

use api_actix::startup::{Server, Stopper};
use domain::{
    Membership, Ports,
    model::{Actor, MailOrder, MailState, Secret, Timestamp},
};
use testkit::FixedClock;
use tokio::sync::oneshot;
use wiring::settings::{Settings, WorkerMode};

use crate::{
    home::{Backend, Home},
    http::Request,
    people::{PASSWORD, Person, Tenant},
};

/// A running server, new and not initialised.
pub(crate) struct Service {
    api: Api,
    running: Running,
    membership: Arc<Membership>,
    home: Home,
    settings: Settings,
}

impl Service {
    pub(crate) async fn start(on: Backend) -> Self {
        Self::start_with(on, |_| ()).await
    }

    pub(crate) async fn start_with(on: Backend, change: impl FnOnce(&mut Settings)) -> Self {
        let (home, mut settings) = Self::prepared(on).await;
        change(&mut settings);
        Self::serve(home, settings).await
    }

    async fn prepared(on: Backend) -> (Home, Settings) {
        let home = Home::new(on).await;
        let mut settings = home.settings();
        settings.password.bcrypt_cost = Some(4);
        settings.worker.mode = WorkerMode::Off;
        settings.mail.per_account = 1_000;
        (home, settings)
    }

    /// One whose database is not there.
    pub(crate) async fn without_database() -> Self {
        let home = Home::new(Backend::Sqlite).await;
        let mut settings = home.settings();
        settings.database.url = Secret::new("postgres://nobody@127.0.0.1:1/nothing".to_owned());
        settings.worker.mode = WorkerMode::Off;
        let membership = Arc::new(wiring::assemble(&settings).await.unwrap());
        Self::serve_over(home, settings, membership).await
    }

    async fn serve(home: Home, settings: Settings) -> Self {
        let membership = Arc::new(wiring::assemble(&settings).await.unwrap());
        membership.signing_keys.tend().await.unwrap();
        Self::serve_over(home, settings, membership).await
    }

    /// One with other adapters.
    async fn start_over(on: Backend, change: impl FnOnce(&mut Ports)) -> Self {
        let (home, settings) = Self::prepared(on).await;
        let membership = wiring::assemble_with(&settings, change).await.unwrap();
        membership.signing_keys.tend().await.unwrap();
        Self::serve_over(home, settings, Arc::new(membership)).await
    }

    async fn serve_over(home: Home, settings: Settings, membership: Arc<Membership>) -> Self {
        let (address, running) = Running::start(settings.clone(), membership.clone()).await;
        Self {
            api: Api { address },
            running,
            membership,
            home,
            settings,
        }
    }

    /// The same data under a new server, after the services did something with it at another time.
    async fn restarted_after<T>(
        self,
        time: Timestamp,
        work: impl AsyncFnOnce(&Membership) -> T,
    ) -> (Self, T) {
        drop((self.running, self.membership));
        let clock = FixedClock::default();
        clock.set(time);
        let then = wiring::assemble_with(&self.settings, |ports| ports.clock = Arc::new(clock));
        let then = then.await.unwrap();
        then.signing_keys.tend().await.unwrap();
        let done = work(&then).await;
        drop(then);
        (Self::serve(self.home, self.settings).await, done)
    }

    async fn restarted(self) -> Self {
        drop((self.running, self.membership));
        Self::serve(self.home, self.settings).await
    }

    /// Lets the mail worker deliver everything that is due.
    pub(crate) async fn deliver(&self) {
        while self.membership.delivery.run_once(100).await.unwrap() > 0 {}
    }

    /// How many mail orders wait, are sent, and were given up.
    pub(crate) async fn orders(&self) -> Vec<usize> {
        let mut counts = Vec::new();
        for state in MailState::ALL {
            counts.push(self.orders_in(state).await.len());
        }
        counts
    }

    /// Has every order that is not sent tried again now, as an operator does once the mail server is back.
    pub(crate) async fn retry_mail(&self) {
        let operator = Actor::operator("test");
        for order in self.orders_in(MailState::Waiting).await {
            // It may be sent by now.
            let _ = self.membership.delivery.retry(&operator, order.id).await;
        }
    }

    /// The mail orders in that state, newest first.
    pub(crate) async fn orders_in(&self, state: MailState) -> Vec<MailOrder> {
        let operator = Actor::operator("test");
        let orders = self.membership.delivery.list(&operator, state, 10_000);
        orders.await.unwrap()
    }

    /// The services behind the server, as an operator's program has them.
    pub(crate) fn membership(&self) -> &Membership {
        &self.membership
    }

    pub(crate) fn mailbox(&self) -> PathBuf {
        self.home.mailbox()
    }
}

impl Deref for Service {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

/// A server on a thread of its own, stopped and waited for when it is dropped.
struct Running {
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    async fn start(settings: Settings, membership: Arc<Membership>) -> (SocketAddr, Self) {
        let (bound, is_bound) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let server = Server::bind(&settings, membership).unwrap();
                bound
                    .send((server.address(), server.stopper()))
                    .ok()
                    .unwrap();
                server.run().await.unwrap();
            });
        });
        let (address, stopper) = is_bound.await.expect("a server that listens");
        (
            address,
            Self {
                stopper,
                thread: Some(thread),
            },
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopper.stop();
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(
            thread::panicking() || ended.is_some_and(|it| it.is_ok()),
            "the server broke off"
        );
    }
}

/// An initialised service: the platform's tenant `test` with its administrator `master`, and the tenant `acme`.
pub(crate) struct App {
    service: Service,
    pub(crate) test: Tenant,
    pub(crate) acme: Tenant,
    pub(crate) master: Person,
}

impl App {
    pub(crate) async fn start(on: Backend) -> Self {
        Self::start_with(on, |_| ()).await
    }

    pub(crate) async fn start_with(on: Backend, change: impl FnOnce(&mut Settings)) -> Self {
        Self::initialized(Service::start_with(on, change).await).await
    }

    /// One with other adapters.
    pub(crate) async fn start_over(on: Backend, change: impl FnOnce(&mut Ports)) -> Self {
        Self::initialized(Service::start_over(on, change).await).await
    }

    async fn initialized(service: Service) -> Self {
        service
            .post("/membership/initialize")
            .send()
            .await
            .expect_success();
        let master = service
            .signed_in(&Tenant::named("test"), "master", PASSWORD)
            .await;
        let acme = service.new_tenant(&master, "acme").await;
        Self {
            service,
            test: master.tenant.clone(),
            acme,
            master,
        }
    }

    /// The same data under a new server, after the services did something with it at another time.
    pub(crate) async fn restarted_after<T>(
        self,
        time: Timestamp,
        work: impl AsyncFnOnce(&Membership) -> T,
    ) -> (Self, T) {
        let (service, done) = self.service.restarted_after(time, work).await;
        (Self { service, ..self }, done)
    }

    /// The same data under a new server.
    pub(crate) async fn restarted(self) -> Self {
        Self {
            service: self.service.restarted().await,
            ..self
        }
    }
}

impl Deref for App {
    type Target = Service;

    fn deref(&self) -> &Service {
        &self.service
    }
}

/// The way to a server.
#[derive(Clone, Copy)]
pub(crate) struct Api {
    pub(crate) address: SocketAddr,
}

impl Api {
    pub(crate) fn request(&self, method: &str, target: impl Into<String>) -> Request {
        Request::new(self.address, method, target)
    }

    pub(crate) fn get(&self, target: impl Into<String>) -> Request {
        self.request("GET", target)
    }

    pub(crate) fn post(&self, target: impl Into<String>) -> Request {
        self.request("POST", target)
    }

    pub(crate) fn put(&self, target: impl Into<String>) -> Request {
        self.request("PUT", target)
    }

    pub(crate) fn delete(&self, target: impl Into<String>) -> Request {
        self.request("DELETE", target)
    }
}
