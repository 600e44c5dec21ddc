use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::timeout;

use super::*;

const LIMITS: Limits = Limits {
    head: Duration::from_secs(5),
    idle: Duration::from_secs(65),
    write: Duration::from_secs(30),
};

/// A connection, and its client's end; what lies between holds 64 bytes.
fn connection() -> (Connection<DuplexStream>, DuplexStream) {
    let (ours, theirs) = duplex(64);
    let slot = Arc::new(Peers::with(1)).admit(Ipv4Addr::LOCALHOST.into());
    let explainer = Arc::new(Explainer::new("https://members.example.com".to_owned()));
    (
        Connection::new(ours, LIMITS, explainer, slot.unwrap()),
        theirs,
    )
}

/// How long the connection took to end, in seconds, however often its client sends a byte meanwhile.
async fn lasts(connection: &mut Connection<DuplexStream>) -> u64 {
    let began = Instant::now();
    while connection.read(&mut [0]).await.unwrap() > 0 {}
    began.elapsed().as_secs()
}

/// Sends a byte every second until nobody takes it.
fn drip(mut client: DuplexStream) {
    tokio::spawn(async move {
        while client.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
}

#[tokio::test(start_paused = true)]
async fn rel_12_a_new_connection_that_is_silent_ends() {
    let (mut connection, _client) = connection();

    assert_eq!(lasts(&mut connection).await, 5);
}

#[tokio::test(start_paused = true)]
async fn rel_12_a_head_that_drips_ends_the_first_as_any_other() {
    let (mut first, client) = connection();
    drip(client);
    assert_eq!(lasts(&mut first).await, 5);

    let (mut later, client) = connection();
    drop(later.progress().serve(false));
    drip(client);
    assert_eq!(lasts(&mut later).await, 5);
}

#[tokio::test(start_paused = true)]
async fn rel_12_a_pause_between_requests_is_longer_and_ends() {
    let (mut connection, _client) = connection();
    drop(connection.progress().serve(false));

    assert_eq!(lasts(&mut connection).await, 65);
}

#[tokio::test(start_paused = true)]
async fn rel_12_what_is_left_of_a_body_ends() {
    let (mut connection, client) = connection();
    drop(connection.progress().serve(true));
    drip(client);

    assert_eq!(lasts(&mut connection).await, 1);
    assert!(connection.last_words.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_answered_has_no_end_here() {
    let (mut connection, _client) = connection();
    let serving = connection.progress().serve(false);

    let read = timeout(Duration::from_secs(100), lasts(&mut connection)).await;
    assert!(read.is_err());

    drop(serving);
    assert_eq!(lasts(&mut connection).await, 65);
}

#[tokio::test(start_paused = true)]
async fn rel_12_who_does_not_take_the_answer_is_cut_and_not_read_meanwhile() {
    let (mut connection, mut client) = connection();
    client.write_all(b"more").await.unwrap();

    let began = Instant::now();
    let second = Duration::from_secs(1);
    let written = timeout(second, connection.write_all(&[b'x'; 65])).await;
    assert!(written.is_err());
    let read = timeout(second, lasts(&mut connection)).await;
    assert!(read.is_err());

    let written = connection.write_all(b"x").await;
    assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn who_takes_the_answer_late_gets_all_of_it() {
    let (mut connection, mut client) = connection();
    let reading = async {
        sleep(Duration::from_secs(29)).await;
        let mut taken = [0; 65];
        client.read_exact(&mut taken).await.map(|_| taken)
    };
    let writing = async {
        connection.write_all(&[b'x'; 65]).await?;
        connection.flush().await
    };

    let (written, taken) = tokio::join!(writing, reading);

    written.unwrap();
    assert_eq!(taken.unwrap(), [b'x'; 65]);
    assert!(connection.stall.is_none());
}

#[tokio::test(start_paused = true)]
async fn sec_41_a_slow_head_is_told_so() {
    let (mut connection, mut client) = connection();
    client.write_all(b"GET / HT").await.unwrap();

    lasts(&mut connection).await;
    let mut answer = String::new();
    let (shut, _) = tokio::join!(connection.shutdown(), client.read_to_string(&mut answer));

    shut.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"),
        "{answer}"
    );
    assert!(answer.contains(r#""type":"https://members.example.com/docs/errors/request_timeout""#));
}
