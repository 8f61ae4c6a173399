//! Whether the server can answer: the store is reachable and its tables are up to date.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::store::Store;

/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What readiness depends on.
pub(super) struct Health {
    store: Store,
    /// Tables do not go back, so that they are looked at only until they are up to date.
    migrated: AtomicBool,
}

impl Health {
    pub(super) fn new(store: Store) -> Self {
        Health { store, migrated: AtomicBool::new(false) }
    }

    /// Nothing where all is well, else a reason for those who run the server.
    pub(super) async fn ready(&self) -> Result<(), &'static str> {
        match tokio::time::timeout(PATIENCE, self.look()).await {
            Ok(found) => found,
            Err(_) => Err("the store does not answer in time"),
        }
    }

    async fn look(&self) -> Result<(), &'static str> {
        if !self.migrated.load(Ordering::Relaxed) {
            let pending = self.store.pending_migrations().await.map_err(|error| unreachable(&error))?;
            if pending > 0 {
                return Err("the tables of the store are not up to date; run `weft migrate`");
            }
            self.migrated.store(true, Ordering::Relaxed);
        }
        self.store.db.ping().await.map_err(|error| unreachable(&error))
    }
}

fn unreachable(error: &sea_orm::DbErr) -> &'static str {
    tracing::warn!(%error, "the store cannot be reached");
    "the store cannot be reached"
}
