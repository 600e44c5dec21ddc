//! The log: one event a line on standard error.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::settings::{Log, LogFormat};

/// Takes up the log for the whole process. Does nothing if there is one already, as in tests.
pub fn install(settings: &Log) {
    let directives = settings.filter.as_deref().unwrap_or_default();
    let filter = EnvFilter::new(format!("{},actix_server=warn,{directives}", settings.level));
    let writer = fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    let installed = match settings.format {
        LogFormat::Json => registry
            .with(writer.json().flatten_event(true).with_span_list(false))
            .try_init(),
        LogFormat::Text => registry.with(writer.with_ansi(false)).try_init(),
    };
    if installed.is_err() {
        tracing::debug!("a log was installed before");
    }
}
