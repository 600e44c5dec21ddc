//! SEC-06: what the time of an answer tells about an account.

use clap::Args;
use hyper::{Method, StatusCode};
use serde_json::json;
use tokio::time::Duration;

use crate::{
    Result,
    client::{Call, Client},
    measure::{Times, area, chance, millis, print},
    people::{Master, email_of, mailed, sign_in_call},
    server::{Place, Server},
};

/// What is promised.
const AIM: f64 = 0.55;
/// An account is asked for so often, which is not over its limit of mails.
const ASKED_EACH: usize = 2;

#[derive(Args)]
pub(crate) struct Options {
    /// Answers of each class at the token endpoint.
    #[arg(long, default_value_t = 500)]
    sign_ins: usize,
    /// Answers of each class to reset requests.
    #[arg(long, default_value_t = 2000)]
    resets: usize,
    /// Milliseconds between an answer and the next request.
    #[arg(long, default_value_t = 0)]
    pause: u64,
}

/// A class of accounts, and a request for each sample of it.
struct Class {
    name: &'static str,
    calls: Vec<Call>,
    /// How long its answers took.
    own: Times,
    /// How long the answers after its answers took, whoever they were for.
    next: Times,
}

pub(crate) async fn run(place: &Place, options: &Options) -> Result<()> {
    let settings = [("MAIL__CONCURRENCY", "4")];
    let server = Server::start(place, &settings).await?;
    let mut master = Master::of(&server).await?;
    let acme = master.tenant("acme").await?;
    master.user(&acme, "known", false).await?;
    let accounts = options.resets.div_ceil(ASKED_EACH).max(1);
    for number in 0..accounts {
        master.user(&acme, &format!("known{number}"), true).await?;
    }
    // The administrator's own is the first.
    mailed(&server, accounts + 2).await?;

    let mut client = server.client().await?;
    let pause = Duration::from_millis(options.pause);
    let sign_in =
        |tenant, name| sign_in_call(tenant, name, "not the password").map(|call| vec![call]);
    let mut sign_ins = [
        Class::new("unknown user", sign_in("acme", "unknown")?),
        Class::new("wrong password", sign_in("acme", "known")?),
        Class::new("no password yet", sign_in("acme", "known0")?),
        Class::new("unknown tenant", sign_in("nowhere", "known")?),
    ];
    let refused = StatusCode::BAD_REQUEST;
    sample(&mut client, &mut sign_ins, options.sign_ins, pause, refused).await?;
    tell(place, "POST /token", &sign_ins);

    let resets = |tenant: &'static str, name: &'static str| {
        (0..accounts).map(move |number| reset_call(tenant, &format!("{name}{number}")))
    };
    let mut resets = [
        Class::new("unknown account", resets("acme", "unknown").collect()),
        Class::new("known account", resets("acme", "known").collect()),
        Class::new("unknown tenant", resets("nowhere", "known").collect()),
    ];
    let ordered = StatusCode::NO_CONTENT;
    sample(&mut client, &mut resets, options.resets, pause, ordered).await?;
    tell(place, "POST /membership/password-reset-requests", &resets);
    Ok(())
}

fn reset_call(tenant: &str, name: &str) -> Call {
    let body = json!({"tenant": tenant, "email": email_of(name)});
    Call::json(Method::POST, "/membership/password-reset-requests", &body)
}

impl Class {
    fn new(name: &'static str, calls: Vec<Call>) -> Self {
        Self {
            name,
            calls,
            own: Times::default(),
            next: Times::default(),
        }
    }
}

/// Takes so many samples of each class, by chance one or the other, after a tenth as many that do not count.
async fn sample(
    client: &mut Client,
    classes: &mut [Class],
    each: usize,
    pause: Duration,
    expected: StatusCode,
) -> Result<()> {
    let mut chance = fastrand::Rng::with_seed(1);
    let mut order: Vec<_> = (0..each * classes.len())
        .map(|it| it % classes.len())
        .collect();
    chance.shuffle(&mut order);
    let warm_up: Vec<_> = order.iter().take(order.len() / 10).copied().collect();
    for at in warm_up {
        let warm = Call::clone(&classes[0].calls[at % classes[0].calls.len()]);
        client.send(&warm).await?;
    }
    let mut before: Option<usize> = None;
    for at in order {
        tokio::time::sleep(pause).await;
        let class = &classes[at];
        let call = &class.calls[class.own.len() % class.calls.len()];
        let answer = client.send(call).await?;
        if answer.status != expected {
            return Err(format!("{}: {}", class.name, answer.status).into());
        }
        classes[at].own.push(answer.took);
        if let Some(before) = before.replace(at) {
            classes[before].next.push(answer.took);
        }
    }
    Ok(())
}

fn tell(place: &Place, what: &str, classes: &[Class]) {
    let Some((first, others)) = classes.split_first() else {
        return;
    };
    let figure = |area: f64| {
        format!(
            "{area:.3}{}",
            if (area - 0.5).abs() > AIM - 0.5 {
                " !"
            } else {
                ""
            }
        )
    };
    let row = |class: &Class, areas: [String; 3]| {
        let median = millis(class.own.percentile(0.5));
        let cells = [class.name.to_owned(), class.own.len().to_string(), median];
        cells.into_iter().chain(areas).collect::<Vec<_>>()
    };
    let mut rows = vec![row(first, ["", "", ""].map(str::to_owned))];
    for class in others {
        let areas = [
            figure(area(&class.own, &first.own)),
            figure(area(&class.next, &first.next)),
            format!("{:.3}", chance(&class.own, &first.own)),
        ];
        rows.push(row(class, areas));
    }
    let title = format!("{what} on {:?}", place.database);
    let head = [
        "class",
        "samples",
        "median ms",
        "area",
        "next area",
        "+- chance",
    ];
    print(&title, &head, &rows);
}
