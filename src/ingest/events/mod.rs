//! Events: what happened, told once, in any order, by CloudEvents. Each is a line of import whose data are the fields of
//! its thing; what is beside that, once and in any order, stands here.

mod book;
mod envelope;
mod file;
mod http;
mod intake;
mod line;
mod listed;
mod moment;
mod order;
mod schema;
mod waiting;

use std::sync::Arc;

pub use file::{Report, is_events, take_file};
pub use http::routes;
pub use intake::Intake;
pub use listed::{RejectedEvent, Rejections, count_rejected, rejected_events};
pub use waiting::settle_waiting;

use self::moment::in_order;
use super::stage::{Reading, What};
use super::work::Work;
use super::{ImportError, Silent};
use crate::clock::Clock;
use crate::store::Store;

/// The longest event, in bytes.
pub const LONGEST: usize = super::input::LONGEST_LINE;

/// How many events are taken in by one transaction at most.
pub const CHUNK: usize = 10_000;

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// It counts.
    Taken,
    /// It came before, and counted then.
    Duplicate,
    /// It names something that is not known yet, and counts as soon as it is.
    Waiting,
    /// It cannot count. It is kept with the reason.
    Rejected,
}

/// An event and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Told {
    /// Its source.
    pub source: String,
    /// Its id.
    pub id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of the events that went in together.
#[derive(Debug, Default)]
pub struct Batch {
    /// Each, in their order.
    pub told: Vec<Told>,
    /// Whether they brought anything that others may have waited for.
    pub brings: bool,
}

/// Takes events in, all in one transaction; what counts is on disk when this answers.
pub async fn take(store: &Store, clock: &Clock, events: Vec<Vec<u8>>) -> Result<Batch, ImportError> {
    if events.is_empty() {
        return Ok(Batch::default());
    }
    let sorted = in_order(store, events).await?;
    let order: Vec<usize> = sorted.iter().map(|came| came.place).collect();
    let reading = Reading {
        what: What::Events(sorted),
        source: String::new(),
        now: clock.now(),
        dialect: store.dialect,
        progress: Arc::new(Silent),
    };
    let mut work = Work::begin(store, reading).await?;
    work.take_turn(clock, &Silent).await?;
    work.prepare().await?;
    work.meet_events().await?;
    work.find_out().await?;
    let rejected = work.judge_events().await?;
    work.put_in(rejected).await?;
    work.book_events().await?;
    let told: Vec<Told> = work.outcomes().await?.into_iter().filter_map(told).collect();
    let brings = work.brings().await?;
    work.end().await?;
    let mut as_they_came: Vec<(usize, Told)> = order.into_iter().zip(told).collect();
    as_they_came.sort_by_key(|(place, _)| *place);
    Ok(Batch { told: as_they_came.into_iter().map(|(_, told)| told).collect(), brings })
}

fn told(row: Vec<Option<String>>) -> Option<Told> {
    let [source, id, outcome, reason] = <[Option<String>; 4]>::try_from(row).ok()?;
    let outcome = match outcome.as_deref()? {
        "TAKEN" => Outcome::Taken,
        "DUPLICATE" => Outcome::Duplicate,
        "WAITING" => Outcome::Waiting,
        _ => Outcome::Rejected,
    };
    Some(Told { source: source?, id: id?, outcome, reason })
}
