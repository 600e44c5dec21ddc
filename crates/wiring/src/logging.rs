//! The log: one event a line on standard error, written by a thread of its own.

use std::{
    io,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use tracing::Subscriber;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    EnvFilter, Layer,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use crate::settings::{Log, LogFormat};

/// Events that may wait to be written. More are dropped, and counted.
const WAITING: usize = 4_096;

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Writes the log as long as it is held, and what is waiting when it is dropped, if somebody still reads it.
#[must_use]
pub struct Logging(#[expect(dead_code, reason = "held, not used")] WorkerGuard);

/// Takes up the log for the whole process. Does nothing if there is one already, as in tests.
pub fn install(settings: &Log) -> Logging {
    let directives = settings.filter.as_deref().unwrap_or_default();
    // What is no request is told by the server itself, and not as an error.
    let quiet = "actix_server=warn,actix_http::h1::dispatcher=off";
    let filter = EnvFilter::new(format!("{},{quiet},{directives}", settings.level));
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING)
        .lossy(true)
        .thread_name("log")
        .finish(io::stderr());
    let counter = writer.error_counter();
    let registry = tracing_subscriber::registry().with(filter);
    let installed = match settings.format {
        LogFormat::Json => registry.with(json(writer)).try_init(),
        LogFormat::Text => registry
            .with(fmt::layer().with_writer(writer).with_ansi(false))
            .try_init(),
    };
    if installed.is_ok() {
        let _ = DROPPED.set(counter);
    } else {
        tracing::debug!("a log was installed before");
    }
    Logging(guard)
}

/// How many events were dropped since the start, because whoever reads the log was too slow.
pub fn dropped() -> usize {
    DROPPED.get().map_or(0, ErrorCounter::dropped_lines)
}

/// Tells in the log that events were dropped since it was told last.
pub fn tell_dropped() {
    static TOLD: AtomicUsize = AtomicUsize::new(0);
    let all = dropped();
    let before = TOLD.swap(all, Ordering::Relaxed);
    if all > before {
        tracing::warn!(dropped = all - before, "lines of this log were dropped");
    }
}

fn json<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fmt::layer()
        .with_writer(writer)
        .json()
        .flatten_event(true)
        .with_span_list(false)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::Value;

    use super::*;

    #[test]
    fn sec_44_an_event_is_a_line_of_json_whatever_is_in_it() {
        let (reader, writer) = io::pipe().unwrap();
        let subscriber = tracing_subscriber::registry().with(json(Mutex::new(writer)));
        let hostile = "a\nb\r\n{\"level\":\"ERROR\"}\u{1b}[31m\u{9b}2J\0\t\u{2028}\u{7f}\\\u{202e}";

        tracing::subscriber::with_default(subscriber, || {
            let _span = tracing::info_span!("request", request_id = hostile).entered();
            tracing::info!(name = hostile, other = ?hostile, "{hostile}");
        });

        let written = io::read_to_string(reader).unwrap();
        let (line, rest) = written.split_once('\n').unwrap();
        assert_eq!(rest, "");
        assert!(!line.chars().any(|letter| letter < ' '), "{line:?}");
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["level"], "INFO");
        assert_eq!(event["name"], hostile);
        assert_eq!(event["message"], hostile);
    }
}
