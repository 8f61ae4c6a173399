//! The log: where it goes, in which form, and from which level. Lines go to standard error, answers to standard output.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::TryInitError;

use crate::config::{Log, LogFormat};

/// Starts the log. Called once, by the program.
pub fn start(log: &Log) -> Result<(), TryInitError> {
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    // The library's steps are no news; what was done is told once. Who names its module gets them all the same.
    let filter = EnvFilter::builder().parse_lossy(format!("sea_orm_migration=warn,{}", log.level));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => tracing_subscriber::registry()
            .with(filter)
            .with(lines.with_target(false).with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())))
            .try_init(),
        LogFormat::Json => tracing_subscriber::registry()
            .with(filter)
            .with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false))
            .try_init(),
    }
}
