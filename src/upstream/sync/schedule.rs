//! The background schedule: each source that says how often is synced so, from a start that does not fall together with
//! the others', until the server stops.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{Ground, Order, SyncError, Unwatched, sync, sync_health};
use crate::clock::Micros;
use crate::outbound::chance;
use crate::upstream::Source;

/// How often everything is walked, where otherwise only changes are asked for: to learn what is gone.
const EVERYTHING: Duration = Duration::from_secs(24 * 3_600);

/// The longest that a first run waits at the start of the server.
const SPREAD: Duration = Duration::from_secs(30);

/// The schedule. It ends where it is dropped; what is cut off is taken up again by the next run.
#[derive(Debug, Default)]
pub struct Schedule {
    _running: JoinSet<()>,
}

impl Schedule {
    /// Starts it.
    pub fn start(ground: &Ground) -> Self {
        let mut running = JoinSet::new();
        for source in ground.upstreams.sources() {
            if let Some(every) = source.config.sync_every {
                running.spawn(again_and_again(ground.clone(), source.clone(), every));
            }
        }
        Schedule { _running: running }
    }
}

async fn again_and_again(ground: Ground, source: Arc<Source>, every: Duration) {
    sleep(first(&ground, &source, every).await).await;
    loop {
        once(&ground, &source).await;
        sleep(every.mul_f64(0.9 + 0.2 * chance())).await;
    }
}

/// How long the first run waits: until it is due by what an earlier server did, and a little by chance.
async fn first(ground: &Ground, source: &Source, every: Duration) -> Duration {
    let now = ground.clock.now();
    let health = sync_health(&ground.store, now).await.unwrap_or_default();
    let tried = health.get(&*source.name).and_then(|health| health.tried_at);
    let since = tried.and_then(|at| u64::try_from(now - at).ok()).map(Duration::from_micros);
    let due = since.map_or(Duration::ZERO, |since| every.saturating_sub(since));
    due + every.min(SPREAD).mul_f64(chance())
}

async fn once(ground: &Ground, source: &Source) {
    let order = Order { full_after: Some(EVERYTHING), ..Order::default() };
    let begun: Micros = ground.clock.now();
    match sync(ground, source, &order, &Unwatched).await {
        Ok(ran) => {
            let (mut new, mut changed, mut gone) = (0, 0, 0);
            for (_, counts) in &ran.entities {
                (new, changed, gone) = (new + counts.new, changed + counts.changed, gone + counts.gone);
            }
            let milliseconds = (ground.clock.now() - begun) / 1_000;
            let failures = ran.failures.len();
            tracing::info!(source = &*source.name, new, changed, gone, failures, milliseconds, "synced");
            for note in ran.notes {
                tracing::warn!(source = &*source.name, note, "a sync has something to say");
            }
        }
        Err(SyncError::Busy(_)) => {
            tracing::debug!(source = &*source.name, "synced by another at this moment")
        }
        Err(error) => tracing::error!(source = &*source.name, %error, "a sync could not run"),
    }
}
