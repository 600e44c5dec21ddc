//! Clients that take their time, and those that take every connection.

use std::{fs, future::pending, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};
use wiring::settings::Settings;

use crate::{
    answer::Answer,
    app::{Api, Service},
    home::{Backend, Home},
    process::{Process, until},
};

on_both![
    rel_12_a_head_that_drips_is_answered_408_on_any_request_of_a_connection,
    rel_12_silent_connections_are_closed,
    rel_12_a_body_that_drips_is_answered_408,
    rel_12_what_is_still_sent_of_a_refused_body_ends,
    rel_12_who_never_reads_is_cut,
    rel_12_a_peer_has_so_many_connections_and_the_others_theirs,
    rel_12_running_out_of_descriptors_pauses_accepting_and_heals,
];

/// Long enough for any deadline that the tests set.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);
const REQUEST: &[u8] = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n";

fn short(settings: &mut Settings) {
    let server = &mut settings.server;
    server.head_timeout = Duration::from_millis(500);
    server.request_timeout = Duration::from_millis(1500);
    server.keep_alive = Duration::from_secs(1);
    server.write_timeout = Duration::from_secs(1);
}

async fn rel_12_a_head_that_drips_is_answered_408_on_any_request_of_a_connection(on: Backend) {
    let service = Service::start_with(on, short).await;

    for before in [&b""[..], REQUEST, &REQUEST.repeat(3)] {
        let mut stream = TcpStream::connect(service.address).await.unwrap();
        stream.write_all(before).await.unwrap();
        let answers = drip(stream, b"GET /x HTTP/1.1\r\nX-A: ", b"x").await;
        let start = answers
            .rfind("HTTP/1.1 ")
            .unwrap_or_else(|| panic!("{answers}"));
        let last = Answer::read(&answers.as_bytes()[start..], false).unwrap();
        let problem = last.expect_problem(408).json();
        assert_eq!(problem["code"], "request_timeout");
        assert_eq!(
            answers.matches("HTTP/1.1 404").count(),
            before.len() / REQUEST.len()
        );
        alive(&service).await;
    }
}

async fn rel_12_silent_connections_are_closed(on: Backend) {
    let service = Service::start_with(on, short).await;

    for (before, answers) in [(&b""[..], 0), (REQUEST, 1)] {
        let mut stream = TcpStream::connect(service.address).await.unwrap();
        stream.write_all(before).await.unwrap();
        let told = rest(stream).await;
        assert_eq!(told.matches("HTTP/1.1 ").count(), answers, "{told}");
    }
}

async fn rel_12_a_body_that_drips_is_answered_408(on: Backend) {
    let service = Service::start_with(on, short).await;
    let head = "POST /membership/email-confirmations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

    for (framing, piece) in [
        ("Content-Length: 100000", &b"x"[..]),
        ("Transfer-Encoding: chunked", b"1\r\nx\r\n"),
    ] {
        let stream = TcpStream::connect(service.address).await.unwrap();
        let answer = drip(stream, format!("{head}{framing}\r\n\r\n").as_bytes(), piece).await;
        let answer = Answer::read(answer.as_bytes(), false).unwrap();
        let problem = answer.expect_problem(408).json();
        assert_eq!(problem["code"], "request_timeout");
    }
}

async fn rel_12_what_is_still_sent_of_a_refused_body_ends(on: Backend) {
    let service = Service::start_with(on, short).await;

    for (framing, piece) in [
        ("Content-Length: 100000", &b"x"[..]),
        ("Transfer-Encoding: chunked", b"1\r\nx\r\n"),
    ] {
        let head = format!("POST /nothing HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n");
        let stream = TcpStream::connect(service.address).await.unwrap();
        let answer = drip(stream, head.as_bytes(), piece).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
}

async fn rel_12_who_never_reads_is_cut(on: Backend) {
    let service = Service::start_with(on, short).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(service.address).await.unwrap();

    // Takes what is sent as long as the answers have somewhere to go, then no more, and hangs up at last.
    let asking = async {
        let large = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
        while stream.write_all(&large).await.is_ok() {}
    };
    timeout(PATIENCE, asking).await.expect("an end in time");

    alive(&service).await;
}

async fn rel_12_a_peer_has_so_many_connections_and_the_others_theirs(on: Backend) {
    let service = Service::start_with(on, |settings| {
        settings.server.max_connections_per_peer = 3;
    })
    .await;
    let from = async |host: u8| from(host, service.address).await;

    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut stream = from(2).await;
        assert!(is_answered(&mut stream).await);
        kept.push(stream);
    }
    assert!(!is_answered(&mut from(2).await).await);
    assert!(is_answered(&mut from(3).await).await);

    kept.pop();
    until(async || is_answered(&mut from(2).await).await).await;
}

async fn rel_12_running_out_of_descriptors_pauses_accepting_and_heals(on: Backend) {
    let home = Home::with(on, &[("SERVER__HEAD_TIMEOUT", "20s")]).await;
    let process = Process::start_limited(&home, 100).await;
    let log = || fs::read_to_string(home.folder().join("log")).unwrap();

    let mut held = Vec::new();
    for _ in 0..150 {
        held.push(from(2, process.address).await);
    }
    until(async || log().contains("Error accepting connection")).await;
    drop(held);

    until(async || {
        process
            .get("/nothing")
            .try_send()
            .await
            .is_some_and(|it| it.status == 404)
    })
    .await;
    process
        .post("/membership/initialize")
        .send()
        .await
        .expect_empty();
    process.stopped().await;
}

/// Sends the head, then a piece again and again, until the other side has hung up; what it had said.
async fn drip(mut stream: TcpStream, head: &[u8], piece: &[u8]) -> String {
    stream.write_all(head).await.unwrap();
    let (reader, mut writer) = stream.split();
    let dripping = async {
        while writer.write_all(piece).await.is_ok() {
            sleep(PAUSE).await;
        }
        pending::<()>().await;
    };
    tokio::select! {
        told = rest(reader) => told,
        () = dripping => String::new(),
    }
}

/// What the other side says before it hangs up.
async fn rest(mut stream: impl AsyncRead + Unpin) -> String {
    let mut told = Vec::new();
    // Whoever hangs up on somebody who still sends may do so with a reset.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut told))
        .await
        .expect("an end in time");
    String::from_utf8(told).unwrap()
}

async fn from(host: u8, address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, host], 0).into()).unwrap();
    socket.connect(address).await.unwrap()
}

async fn is_answered(stream: &mut TcpStream) -> bool {
    if stream.write_all(REQUEST).await.is_err() {
        return false;
    }
    let read = timeout(PATIENCE, stream.read(&mut [0])).await;
    read.expect("an answer or an end in time")
        .is_ok_and(|read| read > 0)
}

async fn alive(api: &Api) {
    api.get("/nothing").send().await.expect(404);
}
