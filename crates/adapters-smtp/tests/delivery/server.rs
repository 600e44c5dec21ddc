use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

/// What the server does at a step, in place of what a good server does.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// Says this.
    Say(&'static str),
    /// Says nothing and waits.
    Stall,
    /// Closes the connection.
    Cut,
}

/// The verbs of the client, and `CONNECT` and `.` for the greeting and the end of a message.
type Script = &'static [(&'static str, Act)];

/// A mail server on loopback that keeps what it was told.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// The commands, in order.
    pub(crate) commands: Vec<String>,
    /// The messages that came to their end.
    pub(crate) messages: Vec<Vec<u8>>,
    pub(crate) connections: usize,
}

impl Server {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Seen>>::default();
        let record = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                record.lock().unwrap().connections += 1;
                let record = Arc::clone(&record);
                tokio::spawn(async move { talk(stream, script, &record).await });
            }
        });
        Self { address, seen }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

/// `None` once the connection is over.
async fn talk(stream: TcpStream, script: Script, seen: &Mutex<Seen>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    answer(&mut stream, script, "CONNECT", "220 ready").await?;
    loop {
        let command = line(&mut stream).await?;
        seen.lock().unwrap().commands.push(command.clone());
        let verb = command.split(' ').next()?.to_owned();
        let good = match verb.as_str() {
            "EHLO" => "250-server\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "DATA" => "354 go on",
            _ => "250 ok",
        };
        answer(&mut stream, script, &verb, good).await?;
        if verb == "DATA" {
            let message = content(&mut stream).await?;
            seen.lock().unwrap().messages.push(message);
            answer(&mut stream, script, ".", "250 queued").await?;
        }
    }
}

async fn answer(
    stream: &mut BufReader<TcpStream>,
    script: Script,
    step: &str,
    good: &str,
) -> Option<()> {
    let act = script.iter().find(|(at, _)| *at == step);
    let text = match act.map(|(_, act)| *act) {
        None => good,
        Some(Act::Say(text)) => text,
        Some(Act::Stall) => std::future::pending().await,
        Some(Act::Cut) => return None,
    };
    stream
        .write_all(format!("{text}\r\n").as_bytes())
        .await
        .ok()?;
    // A refused DATA is no invitation to send the message.
    (step != "DATA" || text.starts_with('3')).then_some(())
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut text = String::new();
    (stream.read_line(&mut text).await.ok()? > 0).then(|| text.trim_end().to_owned())
}

async fn content(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        if line == b".\r\n" {
            return Some(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
