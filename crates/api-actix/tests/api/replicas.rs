//! Several processes on one PostgreSQL.

use crate::{
    app::Api,
    home::Home,
    people::{PASSWORD, Person, Tenant},
    process::Process,
};

/// Replicas of one initialised service, and its administrator.
pub(crate) struct Replicas<'a> {
    processes: Vec<Process<'a>>,
    pub(crate) master: Person,
}

impl<'a> Replicas<'a> {
    /// Starts that many on the home, which must be PostgreSQL where there are several.
    pub(crate) async fn start(home: &'a Home, number: usize) -> Self {
        let mut processes = Vec::new();
        for _ in 0..number {
            processes.push(Process::start_logging(home, "info").await);
        }
        let initialize = processes[0].post("/membership/initialize");
        initialize.send().await.expect_success();
        let test = Tenant::named("test");
        let master = processes[0].signed_in(&test, "master", PASSWORD).await;
        Self { processes, master }
    }

    pub(crate) fn apis(&self) -> Vec<Api> {
        self.processes.iter().map(|process| **process).collect()
    }
}
