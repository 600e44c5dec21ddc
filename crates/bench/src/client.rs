//! One connection that is kept, as a client of the service keeps it.

use std::{net::SocketAddr, time::Duration};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Request, StatusCode,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};

use crate::Result;

/// No answer takes longer, or something is wrong.
const DEADLINE: Duration = Duration::from_mins(1);

/// A connection.
pub(crate) struct Client {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

/// A request that can be sent again and again.
#[derive(Clone)]
pub(crate) struct Call {
    method: Method,
    path: String,
    bearer: Option<String>,
    media_type: &'static str,
    body: Bytes,
}

/// What came back, and after how long.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Bytes,
    pub(crate) took: Duration,
}

impl Call {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, "", Bytes::new())
    }

    pub(crate) fn json(method: Method, path: impl Into<String>, body: &Value) -> Self {
        Self::new(method, path, "application/json", body.to_string().into())
    }

    pub(crate) fn form(path: impl Into<String>, fields: &[(&str, &str)]) -> Result<Self> {
        let body = serde_urlencoded::to_string(fields)?;
        let media_type = "application/x-www-form-urlencoded";
        Ok(Self::new(Method::POST, path, media_type, body.into()))
    }

    fn new(method: Method, path: impl Into<String>, media_type: &'static str, body: Bytes) -> Self {
        Self {
            method,
            path: path.into(),
            bearer: None,
            media_type,
            body,
        }
    }

    pub(crate) fn bearer(mut self, token: &str) -> Self {
        self.bearer = Some(format!("Bearer {token}"));
        self
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends when the sender is dropped or the server hangs up, which the next request notices.
        tokio::spawn(connection);
        Ok(Self { address, sender })
    }

    /// The time is that from the first byte sent to the last one received, on a connection that was there before.
    pub(crate) async fn send(&mut self, call: &Call) -> Result<Answer> {
        if self.sender.ready().await.is_err() {
            *self = Self::connect(self.address).await?;
            self.sender.ready().await?;
        }
        let mut request = Request::builder()
            .method(&call.method)
            .uri(&call.path)
            .header(HOST, self.address.to_string());
        if let Some(bearer) = &call.bearer {
            request = request.header(AUTHORIZATION, bearer);
        }
        if !call.media_type.is_empty() {
            request = request.header(CONTENT_TYPE, call.media_type);
        }
        let request = request.body(Full::new(call.body.clone()))?;
        let start = Instant::now();
        let exchange = async {
            let answer = self.sender.send_request(request).await?;
            let (head, body) = answer.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, hyper::Error>((head, body))
        };
        let (head, body) = timeout(DEADLINE, exchange).await??;
        let seconds = head.headers.get(RETRY_AFTER);
        let seconds = seconds.and_then(|it| it.to_str().ok()?.parse().ok());
        Ok(Answer {
            status: head.status,
            retry_after: seconds.map(Duration::from_secs),
            body,
            took: start.elapsed(),
        })
    }

    /// Sends what must succeed.
    pub(crate) async fn succeed(&mut self, call: &Call) -> Result<Answer> {
        let answer = self.send(call).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        let (method, path, status) = (&call.method, &call.path, answer.status);
        let body = String::from_utf8_lossy(&answer.body);
        Err(format!("{method} {path}: {status} {body}").into())
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}
