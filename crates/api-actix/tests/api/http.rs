//! An HTTP client that sends what it is told and no more: libraries add an `Accept`, follow redirects and tidy paths.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::answer::Answer;

const DEADLINE: Duration = Duration::from_secs(20);

/// A request in the making.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    address: SocketAddr,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(address: SocketAddr, method: &str, target: impl Into<String>) -> Self {
        Self {
            address,
            method: method.to_owned(),
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn accept(self, types: &str) -> Self {
        self.header("Accept", types)
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", media_type)
    }

    /// A body that does not say what it is.
    pub(crate) fn untyped(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The body so far in one chunk, its length unannounced.
    pub(crate) fn chunked(mut self) -> Self {
        let size = format!("{:x}\r\n", self.body.len());
        self.body = [size.as_bytes(), &self.body, b"\r\n0\r\n\r\n"].concat();
        self.header("Transfer-Encoding", "chunked")
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn form<V: AsRef<str>>(self, fields: &[(&str, V)]) -> Self {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name, value.as_ref()))
            .collect();
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.body("application/x-www-form-urlencoded", body)
    }

    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.expect("an answer")
    }

    /// `None` if the other side hung up before it had answered.
    pub(crate) async fn try_send(self) -> Option<Answer> {
        let says = |name: &str| self.headers.iter().any(|it| it.0 == name);
        let mut head = vec![format!("{} {} HTTP/1.1", self.method, self.target)];
        if !says("Host") {
            head.push(format!("Host: {}", self.address));
        }
        let sized = !self.body.is_empty() || matches!(self.method.as_str(), "POST" | "PUT");
        if sized && !says("Transfer-Encoding") {
            head.push(format!("Content-Length: {}", self.body.len()));
        }
        head.extend(
            self.headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        head.push("Connection: close\r\n\r\n".to_owned());
        let bytes = [head.join("\r\n").into_bytes(), self.body].concat();
        let answer = exchange(self.address, &bytes).await;
        Answer::read(&answer, self.method == "HEAD")
    }
}

/// Sends bytes as they are and returns what comes back until the other side hangs up.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let conversation = async {
        let mut answer = Vec::new();
        let Ok(mut stream) = TcpStream::connect(address).await else {
            return answer;
        };
        let (mut reader, mut writer) = stream.split();
        // Who refuses early may hang up before having read all: what counts is what was answered by then.
        let _ = tokio::join!(writer.write_all(request), reader.read_to_end(&mut answer));
        answer
    };
    tokio::time::timeout(DEADLINE, conversation)
        .await
        .expect("an answer in time")
}
