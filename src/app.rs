//! The application: everything built and put together. The only file that sees all; tests boot the same.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::error::Error;
use crate::ingest::events::{self, Intake};
use crate::ingest::{Import, ImportError, Silent, import};
use crate::kpi::{self, Kpis};
use crate::pipeline::Pipeline;
use crate::server;
use crate::store::Store;
use crate::upstream::sync::{Ground, Schedule};
use crate::upstream::{LiveSources, Upstreams, hooks};

/// How long requests may still run after the server was told to stop.
const GRACE: Duration = Duration::from_secs(20);

/// The application.
#[derive(Debug)]
pub struct App {
    router: Router,
    ground: Ground,
    kpis: Arc<Kpis>,
}

impl App {
    /// Puts the application together over an open store.
    pub fn new(config: Config, store: Store, clock: Clock) -> Result<Self, Error> {
        let upstreams = Upstreams::new(&config, config::FILE, &clock)
            .map_err(|error| Error::broken(error.to_string()))?;
        let sources =
            LiveSources::from_iter(upstreams.sources().iter().cloned()).ranked(upstreams.ranking().clone());
        let ground = Ground { store: store.clone(), clock: clock.clone(), upstreams };
        let kpis = Kpis::new(&config).map_err(|error| Error::broken(error.to_string()))?;
        let kpis = Arc::new(kpis);
        let pipeline = Pipeline::new(&config, store.clone(), clock.clone(), sources)?.measuring(kpis.clone());
        let events = events::routes(Intake::start(store.clone(), clock.clone()));
        let router = server::router(pipeline, store, clock, events).merge(hooks::routes(ground.clone()));
        Ok(App { router, ground, kpis })
    }

    /// The sources, and what their sync stands on.
    pub fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Writes the definitions of measures into the store, where they are looked up by the graph.
    pub async fn publish(&self) -> Result<(), ImportError> {
        publish(&self.kpis, &self.ground.store, &self.ground.clock).await
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Serves until `stop` comes true, then finishes what runs, within bounds.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let (stopping, stopped) = oneshot::channel();
        let schedule = Schedule::start(&self.ground);
        // Answers are written whole, so that waiting to send more only delays them.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let serving = axum::serve(listener, self.router).with_graceful_shutdown(async move {
            stop.await;
            drop(schedule);
            let _ = stopping.send(());
        });
        let overdue = async move {
            match stopped.await {
                Ok(()) => tokio::time::sleep(GRACE).await,
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            served = serving.into_future() => served,
            () = overdue => {
                tracing::warn!(seconds = GRACE.as_secs(), "requests still ran and were cut off");
                Ok(())
            }
        }
    }
}

/// Writes the definitions of measures into a store, as an import of their lines. What somebody agreed on for them
/// stays, where the configuration says nothing else.
pub async fn publish(kpis: &Kpis, store: &Store, clock: &Clock) -> Result<(), ImportError> {
    let Some(lines) = kpi::unpublished(kpis, store).await? else { return Ok(()) };
    let lines = Import {
        source: kpi::SOURCE.to_owned(),
        strict: false,
        inputs: vec![Box::new(Cursor::new(lines))],
        progress: Arc::new(Silent),
    };
    for rejection in import(store, clock, lines).await?.rejected {
        tracing::warn!(
            reason = rejection.reason,
            "a measure could not be written as the configuration has it"
        );
    }
    Ok(())
}
