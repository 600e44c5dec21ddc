//! One connection, as RFC 5321 has it.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

use super::{
    Act, Encryption, Received, Seen,
    encryption::{Wire, encrypt},
};

/// Talks until the connection is over.
pub(super) async fn hold(stream: TcpStream, encryption: Encryption, seen: Arc<Mutex<Seen>>) {
    let mut stream: Wire = Box::new(stream);
    if let Encryption::Tls(certificate) = &encryption {
        match encrypt(stream, certificate).await {
            Some(encrypted) => stream = encrypted,
            None => return,
        }
    }
    let conversation = Conversation {
        stream: BufReader::new(stream),
        encryption,
        seen,
        from: String::new(),
        to: Vec::new(),
    };
    conversation.hold().await;
}

struct Conversation {
    stream: BufReader<Wire>,
    encryption: Encryption,
    seen: Arc<Mutex<Seen>>,
    from: String,
    to: Vec<String>,
}

impl Conversation {
    /// `None` once it is over.
    async fn hold(mut self) -> Option<()> {
        self.answer("CONNECT", "220 ready").await?;
        loop {
            let command = self.line().await?;
            self.seen.lock().unwrap().commands.push(command.clone());
            let verb = command.split(' ').next()?.to_owned();
            match verb.as_str() {
                "MAIL" | "RSET" => {
                    self.from = address(&command);
                    self.to.clear();
                }
                "RCPT" => self.to.push(address(&command)),
                _ => {}
            }
            let good = match verb.as_str() {
                "EHLO" => match self.encryption {
                    Encryption::StartTls(_) => "250-server\r\n250-STARTTLS\r\n250 AUTH PLAIN",
                    Encryption::None | Encryption::Tls(_) => "250-server\r\n250 AUTH PLAIN",
                },
                "AUTH" => {
                    if command == "AUTH LOGIN" {
                        self.ask_for_login().await?;
                    }
                    "235 welcome"
                }
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            let said = self.answer(&verb, good).await?;
            match verb.as_str() {
                "RCPT" if !said.starts_with('2') => drop(self.to.pop()),
                "DATA" if said.starts_with('3') => self.message().await?,
                "STARTTLS" if said.starts_with('2') => self = self.encrypted().await?,
                "QUIT" => return None,
                _ => {}
            }
        }
    }

    /// Name and password, as what the client says (draft-murchison-sasl-login).
    async fn ask_for_login(&mut self) -> Option<()> {
        for prompt in ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"] {
            self.perform(Act::Say(prompt)).await?;
            let answer = self.line().await?;
            self.seen.lock().unwrap().commands.push(answer);
        }
        Some(())
    }

    /// Itself in the encryption that it offered; what the client said before is forgotten. As it is if it offered none.
    async fn encrypted(mut self) -> Option<Self> {
        if let Encryption::StartTls(certificate) = &self.encryption {
            let encrypted = encrypt(self.stream.into_inner(), certificate).await?;
            self.stream = BufReader::new(encrypted);
        }
        Some(self)
    }

    /// Takes a message in. It is kept before the client is told.
    async fn message(&mut self) -> Option<()> {
        let received = Received {
            content: self.content().await?,
            from: self.from.clone(),
            to: self.to.clone(),
        };
        let act = {
            let mut seen = self.seen.lock().unwrap();
            let act = seen.act(".", &self.to).unwrap_or(Act::Say("250 queued"));
            if matches!(act, Act::AcceptAndCut)
                || matches!(act, Act::Say(text) if text.starts_with('2'))
            {
                seen.received.push(received);
            }
            act
        };
        self.perform(act).await.map(drop)
    }

    async fn answer(&mut self, step: &str, good: &'static str) -> Option<&'static str> {
        let act = self.seen.lock().unwrap().act(step, &self.to);
        self.perform(act.unwrap_or(Act::Say(good))).await
    }

    /// What was said.
    async fn perform(&mut self, act: Act) -> Option<&'static str> {
        let text = match act {
            Act::Say(text) => text,
            Act::Stall => std::future::pending().await,
            Act::Cut | Act::AcceptAndCut => return None,
        };
        let line = format!("{text}\r\n");
        self.stream.write_all(line.as_bytes()).await.ok()?;
        Some(text)
    }

    async fn line(&mut self) -> Option<String> {
        let mut text = String::new();
        let length = self.stream.read_line(&mut text).await.ok()?;
        (length > 0).then(|| text.trim_end().to_owned())
    }

    /// Up to the line with a dot alone, without the dots that the client put before others (RFC 5321 section 4.5.2).
    async fn content(&mut self) -> Option<Vec<u8>> {
        let mut message = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await.ok()? == 0 {
                return None;
            }
            if line == b".\r\n" {
                return Some(message);
            }
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}

/// What stands in angle brackets.
fn address(command: &str) -> String {
    let inside = |text: &str| Some(text.split_once('<')?.1.split_once('>')?.0.to_owned());
    inside(command).unwrap_or_default()
}
