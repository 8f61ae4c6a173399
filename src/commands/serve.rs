//! `weft serve`: opens the store, brings its tables up to date, and serves until it is told to stop.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::{Outcome, configured, opened};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Sources;

/// Serves the graph over HTTP
///
/// It serves until it receives SIGTERM or SIGINT, then finishes what runs. The page is at /, GraphQL at /graphql, the schema at /schema.graphql, health at /health/live and
/// /health/ready. The tables of the store are brought up to date first.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Listen here instead of where the settings say, such as 127.0.0.1:8080
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
}

pub(super) async fn run(arguments: Arguments, sources: Sources) -> Outcome {
    let config = configured(&Sources { listen: arguments.listen, ..sources })?;
    let listener = bound(config.listen).await?;
    let store = opened(&config).await?;
    let shown = config.shown_database();
    let keys = config.keys.len();
    let app = App::new(config, store, Clock::Wall)?;
    tracing::info!(address = %format_args!("http://{}/", listener.local_addr()?), store = shown, keys, "serving");
    app.serve(listener, stopped()?).await?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// A listener at `address`, or a sentence that says what to do.
pub(super) async fn bound(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "{address} is in use by another program; stop that one, or choose another port: --listen {}:{}",
            address.ip(),
            address.port().checked_add(1).unwrap_or(4000)
        ),
        ErrorKind::PermissionDenied => {
            format!(
                "{address} may not be used by this user; choose a port above 1023: --listen {}:4000",
                address.ip()
            )
        }
        ErrorKind::AddrNotAvailable => {
            format!(
                "{address} is no address of this machine; choose one that is, such as --listen 127.0.0.1:4000"
            )
        }
        _ => format!("{address} cannot be listened on: {error}"),
    })
}

/// Comes true when the program is told to stop.
pub(super) fn stopped() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop; finishing what runs");
    })
}
