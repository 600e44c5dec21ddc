//! A connection that ends by itself, whatever its client does or leaves undone.
//!
//! The HTTP library bounds the head of a connection's first request and nothing after it. Here every state has its end:
//! the head of any request, the pause between two, what still arrives of a body that was refused, and an answer that
//! nobody takes. A request that is being answered has the deadlines of [`crate::edge`] and [`crate::contract`].

mod peers;
mod refusal;

use std::{
    cell::Cell,
    io,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};
use wiring::settings;

use crate::metrics::{self, Reason};

use self::refusal::Refusal;
pub(crate) use self::{
    peers::{Peers, Slot},
    refusal::Explainer,
};

/// How long a client may take.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// For the head of a request.
    head: Duration,
    /// Until the next request.
    idle: Duration,
    /// To accept an answer, from when it first does not.
    write: Duration,
}

impl Limits {
    pub(crate) fn of(server: &settings::Server) -> Self {
        Self {
            head: server.head_timeout,
            idle: server.keep_alive,
            write: server.write_timeout,
        }
    }
}

/// How far a connection is, known to it and to its requests.
#[derive(Clone)]
pub(crate) struct Progress(Rc<Cell<State>>);

#[derive(Clone, Copy)]
enum State {
    /// Nothing has arrived yet.
    Fresh(Instant),
    /// The first bytes of a request arrived then.
    Head(Instant),
    /// A request is being answered.
    Serving { body_left: bool },
    /// Nothing has arrived since the answer.
    Idle(Instant),
    /// The body was not read before the answer: what arrives may be the rest of it.
    Leftover(Instant),
}

/// Lasts as long as a request is being answered.
pub(crate) struct Serving(Progress);

/// How long a client may go on sending a body that is not read.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

impl Progress {
    fn new() -> Self {
        Self(Rc::new(Cell::new(State::Fresh(Instant::now()))))
    }

    /// A request begins.
    pub(crate) fn serve(&self, has_body: bool) -> Serving {
        self.0.set(State::Serving {
            body_left: has_body,
        });
        Serving(self.clone())
    }

    /// The whole body was read.
    pub(crate) fn body_read(&self) {
        self.0.set(State::Serving { body_left: false });
    }

    fn arrived(&self) {
        match self.0.get() {
            State::Fresh(since) => self.0.set(State::Head(since)),
            State::Idle(_) => self.0.set(State::Head(Instant::now())),
            State::Head(_) | State::Serving { .. } | State::Leftover(_) => {}
        }
    }

    fn is_in_head(&self) -> bool {
        matches!(self.0.get(), State::Head(_))
    }

    /// When to look again, and whether the connection is over then.
    fn due(&self, limits: Limits) -> (Instant, bool) {
        match self.0.get() {
            State::Fresh(since) | State::Head(since) => (since + limits.head, true),
            State::Idle(since) => (since + limits.idle, true),
            State::Leftover(since) => (since + LINGER, true),
            State::Serving { .. } => (Instant::now() + limits.head.min(LINGER), false),
        }
    }
}

impl Serving {
    /// Whether no other request can follow, because the body of this one was not read.
    pub(crate) fn is_last(&self) -> bool {
        matches!(self.0.0.get(), State::Serving { body_left: true })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let now = Instant::now();
        self.0.0.set(if self.is_last() {
            State::Leftover(now)
        } else {
            State::Idle(now)
        });
    }
}

/// A stream of bytes with an end.
pub(crate) struct Connection<S> {
    io: S,
    limits: Limits,
    progress: Progress,
    /// Set rarely, not at each request: it may go off early.
    watch: Pin<Box<Sleep>>,
    /// Runs while the client does not take what it asked for. Until it does, no more is read.
    stall: Option<Pin<Box<Sleep>>>,
    is_over: bool,
    explainer: Arc<Explainer>,
    /// Ours, still to be written.
    last_words: Vec<u8>,
    _slot: Slot,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(crate) fn new(io: S, limits: Limits, explainer: Arc<Explainer>, slot: Slot) -> Self {
        Self {
            io,
            limits,
            progress: Progress::new(),
            watch: Box::pin(sleep(limits.head)),
            stall: None,
            is_over: false,
            explainer,
            last_words: Vec::new(),
            _slot: slot,
        }
    }

    /// To be told when its requests begin and end.
    pub(crate) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Ready when the connection is over.
    fn poll_watch(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let (due, is_final) = self.progress.due(self.limits);
            if is_final && due <= Instant::now() {
                return Poll::Ready(());
            }
            if self.watch.is_elapsed() || due < self.watch.deadline() {
                self.watch.as_mut().reset(due);
            }
            ready!(self.watch.as_mut().poll(cx));
        }
    }

    fn poll_stall(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let limit = self.limits.write;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(limit)));
        stall.as_mut().poll(cx).map(|()| {
            metrics::rejected(Reason::SlowReader);
            tracing::warn!("a client did not take its answer");
            io::ErrorKind::TimedOut.into()
        })
    }

    fn poll_last_words(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.last_words.is_empty() {
            match Pin::new(&mut self.io).poll_write(cx, &self.last_words) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(written)) => drop(self.last_words.drain(..written)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return self.poll_stall(cx).map(Err),
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Connection<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.is_over && this.stall.is_none() {
            let before = buffer.filled().len();
            if let Poll::Ready(read) = Pin::new(&mut this.io).poll_read(cx, buffer) {
                if buffer.filled().len() > before {
                    this.progress.arrived();
                }
                return Poll::Ready(read);
            }
        }
        if !this.is_over {
            ready!(this.poll_watch(cx));
            this.is_over = true;
            if this.progress.is_in_head() {
                this.last_words = this.explainer.refuse(Refusal::Slow);
            }
        }
        // As if the client had closed.
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some((before, bare)) = refusal::bare(bytes) {
            this.last_words = [before, &this.explainer.refuse(Refusal::Bare(bare))].concat();
            return Poll::Ready(Ok(bytes.len()));
        }
        match Pin::new(&mut this.io).poll_write(cx, bytes) {
            Poll::Pending => this.poll_stall(cx).map(Err),
            written @ Poll::Ready(_) => written,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_last_words(cx))?;
        ready!(Pin::new(&mut this.io).poll_flush(cx))?;
        if this.stall.take().is_some() {
            // Now it may be read again.
            cx.waker().wake_by_ref();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_last_words(cx))?;
        Pin::new(&mut this.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
