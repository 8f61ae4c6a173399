//! Some things of a source, read again by their ids and taken in: what a webhook asks for. In parts, so that what was
//! read is in although the rest could not be.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::records::{noun_of, record_into};
use super::state::Counts;
use super::take::{Item, Taker};
use super::{Ground, SyncError, refreshed};
use crate::catalogue::Entry;
use crate::clock::Micros;
use crate::outbound::{Cause, Failure};
use crate::upstream::port::Purpose;
use crate::upstream::{Ask, Record, Source};

/// How many calls one part makes at most.
const CALLS: usize = 8;

/// What became of things that were to be read again.
pub(in crate::upstream) enum Refreshed {
    /// All were read and taken in.
    All,
    /// So many were; for the rest there was no time, or no call left.
    Part(usize, Failure),
    /// What was read is in, and the rest must be asked for again.
    Failed(Failure),
}

/// Reads things of an entity again and takes them in; one that the source does not know is gone.
pub(in crate::upstream) async fn refresh(
    ground: &Ground,
    source: &Source,
    entity: &str,
    ids: &[String],
    within: Duration,
) -> Result<Refreshed, SyncError> {
    let Some(noun) = noun_of(source, entity) else { return Ok(Refreshed::All) };
    refreshed::forget_old(&ground.store, ground.clock.now()).await?;
    let reading = Reading { ground, source, entity, noun, taker: Taker::new(ground, source) };
    let ends = Instant::now() + within;
    let size = source.at_once(entity, Purpose::GetMany, CALLS);
    let mut taken = 0;
    for some in ids.chunks(size) {
        match reading.part(some, ends).await? {
            None => taken += some.len(),
            Some(failure) => {
                let out = matches!(failure.cause, Cause::RateLimited { .. } | Cause::Timeout);
                return Ok(match taken > 0 && out {
                    true => Refreshed::Part(taken, failure),
                    false => Refreshed::Failed(failure),
                });
            }
        }
    }
    Ok(Refreshed::All)
}

/// The reading again of an entity.
struct Reading<'a> {
    ground: &'a Ground,
    source: &'a Source,
    entity: &'a str,
    noun: &'static Entry,
    taker: Taker<'a>,
}

impl Reading<'_> {
    /// Reads some and takes them in; answers why not, where any of them failed.
    async fn part(&self, ids: &[String], ends: Instant) -> Result<Option<Failure>, SyncError> {
        let ask = Ask { deadline: ends, ..Ask::anew(Duration::ZERO) };
        let asked_at = self.ground.clock.now();
        let fetched = self.source.fetch_and_tell(self.entity, Purpose::GetMany, ids, &ask).await;
        let (fetched, unknown) = fetched;
        let mut groups: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        let (mut gone, mut counts) = (Vec::new(), BTreeMap::<String, Counts>::new());
        for id in ids {
            match fetched.get(id) {
                None => gone.push((id.clone(), unknown.get(id).map_or(asked_at, |told| told.0))),
                Some(Err(failure)) => return Ok(Some(failure.clone())),
                Some(Ok(found)) => {
                    let mut take = |name: &str, record: &Record| {
                        let noun = noun_of(self.source, name)?;
                        let counts = counts.entry(name.to_owned()).or_default();
                        let items = groups.entry(name.to_owned()).or_default();
                        record_into(record.clone(), noun, found.fetched_at, (counts, items))
                    };
                    if take(self.entity, &found.record).is_some() {
                        gone.push((id.clone(), found.fetched_at));
                    }
                    for (name, record) in &found.within {
                        take(name, record);
                    }
                }
            }
        }
        self.take(groups, gone).await?;
        Ok(None)
    }

    async fn take(
        &self,
        groups: BTreeMap<String, Vec<Item>>,
        gone: Vec<(String, Micros)>,
    ) -> Result<(), SyncError> {
        let groups = self.taker.ordered(groups);
        self.taker.note(self.noun, &gone).await?;
        for (_, noun, items) in &groups {
            let keys: Vec<(String, Micros)> = items.iter().map(|item| (item.key.clone(), item.at)).collect();
            self.taker.note(noun, &keys).await?;
        }
        let source = &*self.source.name;
        for (name, noun, items) in groups {
            let taken = self.taker.take((&name, noun), items).await?;
            for reason in taken.rejected {
                tracing::warn!(source, entity = name, reason, "a record did not go in");
            }
            for note in taken.notes {
                tracing::warn!(source, entity = name, note, "a webhook has something to say");
            }
        }
        self.taker.named(self.noun, &gone, self.ground.clock.now()).await?;
        Ok(())
    }
}
