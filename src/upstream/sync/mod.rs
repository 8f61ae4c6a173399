//! Sync: what sources have, walked page by page into the store, so that relations, search and measures work across
//! systems. Idempotent, taken up again where it stopped; what a source has no longer is marked and never deleted.

mod address;
mod amounts;
mod claims;
mod counted;
mod curate;
mod gone;
mod joins;
mod merge;
mod moved;
mod rank;
mod records;
mod refresh;
mod refreshed;
mod refs;
mod run;
mod said;
mod schedule;
mod split;
mod state;
mod stored;
mod take;
mod turn;
mod unseen;
mod waiting;
mod walking;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;

use super::Upstreams;
use crate::clock::Clock;
use crate::ingest::ImportError;
use crate::outbound::Failure;
use crate::store::Store;

pub use claims::{Claim, Conflict, conflicts};
pub use curate::{Curator, Parted};
pub(super) use joins::Curated;
pub use rank::Ranking;
pub(super) use refresh::{Refreshed, refresh};
pub use run::sync;
pub use schedule::Schedule;
pub use state::{Counts, SyncHealth, sync_health};

/// What sync stands on.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The store.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// The sources.
    pub upstreams: Upstreams,
}

/// How much is asked for.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Everything, although only changes could be asked for; and an empty list is believed.
    pub full: bool,
    /// Everything, where the last walk over everything is longer ago than this.
    pub full_after: Option<Duration>,
    /// This entity alone, and what stands within it.
    pub only: Option<String>,
}

/// Who is told how far a sync is.
pub trait Watch: Send + Sync {
    /// The walk of an entity begins or is taken up again.
    fn begin(&self, source: &str, entity: &str, how: How);
    /// So much was counted by now.
    fn counted(&self, source: &str, entity: &str, counts: &Counts);
}

/// How an entity is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct How {
    /// Everything, not only what changed.
    pub full: bool,
    /// From where an earlier run was cut off.
    pub resumed: bool,
}

/// Nobody.
#[derive(Debug, Default, Clone, Copy)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn begin(&self, _: &str, _: &str, _: How) {}
    fn counted(&self, _: &str, _: &str, _: &Counts) {}
}

/// How the sync of a source went.
#[derive(Debug, Clone, Default)]
pub struct Ran {
    /// By entity, in the order of the connector.
    pub entities: Vec<(String, Counts)>,
    /// What failed, by entity. The rest went in.
    pub failures: Vec<(String, Failure)>,
    /// The first sentences about what was refused, at most [`Ran::SHOWN`].
    pub rejected: Vec<String>,
    /// What the person who runs it should know.
    pub notes: Vec<String>,
}

impl Ran {
    /// How many sentences about refused records are kept.
    pub const SHOWN: usize = 20;

    fn counted(&mut self, counts: &BTreeMap<String, Counts>, order: &[&str]) {
        for name in order {
            if let Some(counts) = counts.get(*name) {
                self.entities.push(((*name).to_owned(), counts.clone()));
            }
        }
    }
}

/// Why a sync could not run at all.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The store refused or failed.
    #[error("the store failed: {0}")]
    Store(#[from] DbErr),
    /// The import did.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Somebody else syncs this source at this moment.
    #[error("the source `{0}` is being synced by another run at this moment; try again when that has ended")]
    Busy(Arc<str>),
    /// The file that keeps other processes from it cannot be used.
    #[error("{0} cannot be locked: {1}")]
    Lock(String, std::io::Error),
}
