//! The public listener.

use std::{
    future::ready,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use actix_http::{HttpService, KeepAlive};
use actix_server::Server;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::{
    App as Actix,
    dev::AppConfig,
    middleware::{NormalizePath, TrailingSlash, from_fn},
    rt::net::TcpStream,
    web,
};
use tokio::net::TcpSocket;
use wiring::settings::Settings;

use crate::{
    App,
    connection::{Connection, Explainer, LINGER, Limits, Peers},
    cors::{Origins, cors},
    edge, openapi, pages, problem, routes,
};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Binds the address. Not [`actix_web::HttpServer`], because that takes no connection but its own.
pub(crate) fn bind(
    settings: &Settings,
    app: web::Data<App>,
    origins: Arc<Origins>,
) -> io::Result<(SocketAddr, Server)> {
    let server = &settings.server;
    let listener = listen(server.bind)?;
    let address = listener.local_addr()?;
    let limits = Limits::of(server);
    let peers = Arc::new(Peers::of(server));
    let explainer = Arc::new(Explainer::new(server.public_base()));
    let admit = move |stream: TcpStream| {
        let peer = stream.peer_addr().ok();
        let slot = peers.admit(peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |it| it.ip()));
        let admitted = slot.map(|slot| Connection::new(stream, limits, explainer.clone(), slot));
        ready(admitted.map(|connection| (connection, peer)).ok_or(()))
    };

    let builder = Server::build()
        .workers(server.workers)
        .max_concurrent_connections(server.max_connections)
        .shutdown_timeout(settings.shutdown.timeout.as_secs().max(1))
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let builder = builder.listen("public", listener, move || {
        let app = Actix::new()
            .app_data(app.clone())
            .app_data(web::Data::from(origins.clone()))
            .configure(routes::configure)
            .configure(pages::configure)
            .configure(problem::pages::configure)
            .configure(openapi::configure)
            .default_service(web::to(routes::unknown))
            .wrap(cors(origins.clone()))
            .wrap(from_fn(edge::pass))
            .wrap(NormalizePath::new(TrailingSlash::MergeOnly))
            .into_factory()
            .map_err(|error| error.error_response());
        let stopping = stopping.clone();
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            // Deadlines are the connection's.
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(LINGER)
            .on_connect_ext(|connection: &Connection<TcpStream>, data| {
                data.insert(connection.progress());
            })
            .h1(map_config(app, |()| AppConfig::default()));
        fn_service(admit.clone()).and_then(http.map_err(drop))
    })?;
    Ok((address, builder.run()))
}

fn listen(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}
