//! A mail server for tests: it speaks SMTP on loopback, keeps what it accepts, and misbehaves as it is told.

mod conversation;
mod encryption;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};

pub use self::encryption::{Certificate, Encryption};

/// What the server does at a step, in place of what a good server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Says this. A message is accepted if it is answered with a 2.
    Say(&'static str),
    /// Says nothing and waits.
    Stall,
    /// Closes the connection.
    Cut,
    /// Accepts the message and closes the connection without a word; for the end of a message.
    AcceptAndCut,
}

/// Misbehaviour at a step: a verb of the client, `CONNECT` for the greeting, or `.` for the end of a message.
#[derive(Clone, Debug)]
pub struct Rule {
    step: &'static str,
    act: Act,
    receiver: Option<String>,
    times: Option<usize>,
}

impl Rule {
    /// Always, for everybody.
    pub fn new(step: &'static str, act: Act) -> Self {
        Self {
            step,
            act,
            receiver: None,
            times: None,
        }
    }

    /// For mail to that address alone; at `RCPT` and later.
    #[must_use]
    pub fn to(self, receiver: &str) -> Self {
        Self {
            receiver: Some(receiver.to_owned()),
            ..self
        }
    }

    /// So many times, and no more: greylisting.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self {
            times: Some(times),
            ..self
        }
    }
}

/// A message that the server took responsibility for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Of the envelope.
    pub from: String,
    /// Of the envelope.
    pub to: Vec<String>,
    /// Head and body.
    pub content: Vec<u8>,
}

impl Received {
    /// The value of a header that stands on one line.
    pub fn header(&self, name: &str) -> Option<String> {
        let text = String::from_utf8_lossy(&self.content);
        let head = text.split("\r\n\r\n").next()?;
        let value = |line: &str| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then(|| value.to_owned())
        };
        head.split("\r\n").find_map(value)
    }
}

/// A running mail server. It ends when it is dropped.
pub struct SmtpServer {
    address: SocketAddr,
    encryption: Encryption,
    seen: Arc<Mutex<Seen>>,
    listening: Mutex<Option<JoinHandle<()>>>,
}

/// What the server is told to do, and what it saw.
#[derive(Default)]
struct Seen {
    rules: Vec<Rule>,
    commands: Vec<String>,
    received: Vec<Received>,
    connections: usize,
}

impl SmtpServer {
    /// Starts on a free port.
    pub async fn start() -> Self {
        Self::start_with(Encryption::None).await
    }

    /// Starts with this encryption.
    pub async fn start_with(encryption: Encryption) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            encryption,
            seen: Arc::default(),
            listening: Mutex::default(),
        };
        server.listen(listener);
        server
    }

    /// Starts with these rules.
    pub async fn with(rules: impl IntoIterator<Item = Rule>) -> Self {
        let server = Self::start().await;
        rules.into_iter().for_each(|rule| server.rule(rule));
        server
    }

    /// Misbehaves so from now on. The first rule that fits counts.
    pub fn rule(&self, rule: Rule) {
        self.seen.lock().unwrap().rules.push(rule);
    }

    /// Behaves again.
    pub fn forgive(&self) {
        self.seen.lock().unwrap().rules.clear();
    }

    /// Closes the port and every connection.
    pub async fn go_down(&self) {
        let listening = self.listening.lock().unwrap().take();
        if let Some(listening) = listening {
            listening.abort();
            // It ends by being cancelled, and its port is closed then.
            let _ = listening.await;
        }
    }

    /// Opens the port again.
    pub async fn come_up(&self) {
        self.go_down().await;
        self.listen(TcpListener::bind(self.address).await.unwrap());
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// As the setting `mail.url` has it.
    pub fn url(&self) -> String {
        format!("smtp://{}?tls=none", self.address)
    }

    /// The commands of all clients, in order.
    pub fn commands(&self) -> Vec<String> {
        self.seen.lock().unwrap().commands.clone()
    }

    /// The accepted messages, in order.
    pub fn received(&self) -> Vec<Received> {
        self.seen.lock().unwrap().received.clone()
    }

    /// How many messages were accepted.
    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().received.len()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    fn listen(&self, listener: TcpListener) {
        let seen = Arc::clone(&self.seen);
        let encryption = self.encryption.clone();
        let listening = tokio::spawn(async move {
            let mut conversations = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                seen.lock().unwrap().connections += 1;
                let (encryption, seen) = (encryption.clone(), Arc::clone(&seen));
                conversations.spawn(conversation::hold(stream, encryption, seen));
            }
        });
        *self.listening.lock().unwrap() = Some(listening);
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        if let Some(listening) = self.listening.get_mut().unwrap().take() {
            listening.abort();
        }
    }
}

impl Seen {
    /// What is to be done at the step of a mail to these receivers.
    fn act(&mut self, step: &str, receivers: &[String]) -> Option<Act> {
        let fits = |rule: &&mut Rule| {
            let for_them = |it: &String| receivers.iter().any(|to| to.eq_ignore_ascii_case(it));
            rule.step == step
                && rule.times != Some(0)
                && rule.receiver.as_ref().is_none_or(for_them)
        };
        let rule = self.rules.iter_mut().find(fits)?;
        rule.times = rule.times.map(|left| left - 1);
        Some(rule.act)
    }
}
