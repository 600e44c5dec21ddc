//! Those who want something else meanwhile.

use std::time::Duration;

use tokio::{sync::watch, task::JoinSet, time::sleep};

use crate::{
    Result,
    client::{Call, Client},
    measure::Times,
    people::{Master, refresh_call},
    server::Server,
};

/// Between an answer and the next request of one who asks.
const PAUSE: Duration = Duration::from_millis(5);

/// What is asked for, by one connection each.
pub(crate) struct Probes<'a> {
    server: &'a Server,
    routes: Vec<(&'static str, Call)>,
}

/// How it went on a route.
pub(crate) struct Probed {
    pub(crate) name: &'static str,
    pub(crate) times: Times,
    /// Answers without success.
    pub(crate) failed: usize,
}

impl<'a> Probes<'a> {
    pub(crate) async fn of(server: &'a Server, master: &Master) -> Result<Self> {
        let who = &master.signed_in;
        let roles = format!("/membership/roles/{}/{}", who.tenant, who.user);
        let routes = vec![
            ("refresh", refresh_call(&who.refresh_token)?),
            ("roles read", master.with_token(Call::get(roles))),
            ("key set", Call::get("/.well-known/jwks.json")),
            (HEALTH, Call::get("/livez")),
        ];
        let probes = Self { server, routes };
        // Each must succeed at least once, or nothing is measured.
        for (name, call) in &probes.routes {
            probes.client(name).await?.succeed(call).await?;
        }
        Ok(probes)
    }

    /// Asks while `work` goes on.
    pub(crate) async fn during(&self, work: impl Future<Output = ()>) -> Result<Vec<Probed>> {
        let work = async {
            work.await;
            Ok(())
        };
        Ok(self.with(work).await?.0)
    }

    pub(crate) async fn with<T>(
        &self,
        work: impl Future<Output = Result<T>>,
    ) -> Result<(Vec<Probed>, T)> {
        let (stop, stops) = watch::channel(false);
        let mut asking = JoinSet::new();
        for (at, (name, call)) in self.routes.iter().enumerate() {
            let client = self.client(name).await?;
            let (call, stops) = (call.clone(), stops.clone());
            let name = *name;
            asking.spawn(async move { ask(client, name, call, stops).await.map(|it| (at, it)) });
        }
        let outcome = work.await?;
        stop.send_replace(true);
        let mut probed = Vec::new();
        while let Some(one) = asking.join_next().await {
            probed.push(one??);
        }
        probed.sort_by_key(|(at, _)| *at);
        Ok((probed.into_iter().map(|(_, it)| it).collect(), outcome))
    }

    async fn client(&self, name: &str) -> Result<Client> {
        if name == HEALTH {
            self.server.prober().await
        } else {
            self.server.client().await
        }
    }
}

const HEALTH: &str = "health";

async fn ask(
    mut client: Client,
    name: &'static str,
    call: Call,
    stops: watch::Receiver<bool>,
) -> Result<Probed> {
    let mut probed = Probed {
        name,
        times: Times::default(),
        failed: 0,
    };
    while !*stops.borrow() {
        let answer = client.send(&call).await?;
        probed.times.push(answer.took);
        probed.failed += usize::from(!answer.status.is_success());
        sleep(PAUSE).await;
    }
    Ok(probed)
}
