//! The HTTP server of Membership.
//!
//! [`startup::Server`] is the whole of it; the rest translates between the wire and the services of `domain`.

mod caller;
mod connection;
mod contract;
mod cors;
mod edge;
mod limits;
mod listener;
mod metrics;
mod oauth;
pub mod openapi;
mod pages;
mod probes;
mod problem;
mod routes;
pub mod startup;
pub mod telemetry;
mod upkeep;
mod worker;

use std::{sync::Arc, time::Duration};

use domain::Membership;
use ipnet::IpNet;
use wiring::settings::{Generation, Settings};
use wording::Wording;

/// What handlers have at hand.
pub(crate) struct App {
    membership: Arc<Membership>,
    wording: Arc<Wording>,
    /// The `iss` and `aud` of access tokens, and what our addresses begin with; no slash at its end.
    issuer: String,
    /// What access tokens are signed with.
    algorithm: &'static str,
    generation: Generation,
    trusted_proxies: Vec<IpNet>,
    body_limit: usize,
    request_timeout: Duration,
}

impl App {
    fn new(settings: &Settings, membership: Arc<Membership>) -> Self {
        let server = &settings.server;
        Self {
            membership,
            wording: settings.wording().clone(),
            issuer: server.public_base(),
            algorithm: settings.access_token.algorithm.name(),
            generation: server.generation,
            trusted_proxies: server.trusted_proxies.clone(),
            body_limit: server.body_limit,
            request_timeout: server.request_timeout,
        }
    }
}
