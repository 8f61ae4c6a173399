//! `weft serve`: opens the store, brings its tables up to date, and serves until it is told to stop.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::process::ExitCode;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::{Outcome, configured, measures, opened, upstreams};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Sources;

/// Serves the graph over HTTP
///
/// It brings the tables of the store up to date first, and serves until SIGTERM, SIGINT or SIGHUP; then it finishes
/// what runs. A second signal ends it at once. The page is at /, GraphQL at /graphql, the schema at
/// /schema.graphql, health at /health/live and /health/ready.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Listen here instead of where the settings say, such as 127.0.0.1:8080
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
}

pub(super) async fn run(arguments: Arguments, sources: Sources) -> Outcome {
    let sources = Sources { listen: arguments.listen, ..sources };
    let config = configured(&sources)?;
    // The application sets them up again; here what is wrong is said before anything is opened.
    upstreams(&config, &sources)?;
    measures(&config, &sources)?;
    let signals = Signals::listen()?;
    let listener = bound(config.listen).await?;
    let store = opened(&config).await?;
    let shown = config.shown_database();
    let keys = config.keys.len();
    let app = App::new(config, store, Clock::Wall)?;
    app.publish().await?;
    tracing::info!(address = %format_args!("http://{}/", listener.local_addr()?), store = shown, keys, "serving");
    let code = served(app, listener, signals).await?;
    tracing::info!("stopped");
    Ok(code)
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

/// The signals that tell the program to stop. A terminal that goes away tells it too.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Listens for them from now on.
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Comes true at the next of them.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

/// Serves until the program is told to stop, then finishes what runs. Told a second time, it ends at once.
pub(super) async fn served(
    app: App,
    listener: TcpListener,
    mut signals: Signals,
) -> std::io::Result<ExitCode> {
    let (tell, told) = oneshot::channel::<()>();
    let mut serving = pin!(app.serve(listener, async move {
        let _ = told.await;
    }));
    tokio::select! {
        ended = &mut serving => return ended.map(|()| ExitCode::SUCCESS),
        () = signals.next() => {}
    }
    tracing::info!("told to stop; finishing what runs");
    let _ = tell.send(());
    tokio::select! {
        ended = &mut serving => ended.map(|()| ExitCode::SUCCESS),
        () = signals.next() => {
            tracing::warn!("told to stop again; what still ran is cut off");
            Ok(ExitCode::FAILURE)
        }
    }
}
