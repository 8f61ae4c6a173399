//! One walk: page by page, some thousand records at a time into the store, and after each batch it is kept where the walk
//! stands.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use serde_json::Value;

use super::records::{incremental, noun_of, problems, record_into, since};
use super::refs::is_key;
use super::run::Run;
use super::state::Kept;
use super::take::Item;
use super::{How, SyncError};
use crate::clock::{self, Micros};
use crate::outbound::{Cause, Failure};
use crate::upstream::answer::record;
use crate::upstream::connector::{Entity, Operation};
use crate::upstream::path::Scope;
use crate::upstream::port::Purpose;
use crate::upstream::walk::{Sheet, Walk};
use crate::upstream::{Ask, Fetched, Found, Record};

/// How many records go in at once, as long as a page does not hold more.
const AT_ONCE: usize = 1_000;

/// How many calls are made at once for what a list of changes only names.
const CALLS: usize = 8;

/// How long those may take.
const READING: Duration = Duration::from_secs(60);

/// How often in a row a source is waited for that takes no more calls for a while.
const WAITS: u32 = 5;

/// How long, where it does not say.
const WAIT: Duration = Duration::from_secs(5);

/// How long at most, where it does; beyond that the walk ends, and is taken up again later.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Records that wait to go in, and what is to be kept with them.
#[derive(Default)]
struct Batch {
    groups: BTreeMap<String, Vec<Item>>,
    /// Ids that the source says it has no longer, by entity, each with the moment it was asked.
    gone: BTreeMap<String, Vec<(String, Micros)>>,
    /// Ids of what is still to be read, and of what this walk has read so.
    named: BTreeSet<String>,
    asked: HashSet<String>,
    records: usize,
}

/// What is walked: an entity, by one of its operations.
struct Road<'a> {
    name: &'a str,
    entity: &'a Entity,
    operation: &'a Operation,
}

/// A record as a source gave it, and when it was asked.
struct Given {
    record: Record,
    at: Micros,
}

/// Whether a walk came to its end.
pub(super) enum End {
    Whole,
    Failed(Failure),
}

impl Run<'_> {
    /// Walks an entity from where its walk stands to its end, or to where it fails.
    pub(super) async fn walk(
        &mut self,
        (name, entity): (&str, &Entity),
        kept: &mut Kept,
        resumed: bool,
    ) -> Result<End, SyncError> {
        let Some(under) = kept.under.clone() else { return Ok(End::Whole) };
        let chosen = match under.full {
            true => entity.list.as_ref().map(|operation| (Purpose::List, operation)),
            false => {
                incremental(entity).or(entity.changes.as_ref().map(|changes| (Purpose::Changes, changes)))
            }
        };
        let Some((purpose, operation)) = chosen else { return Ok(End::Whole) };
        self.watch.begin(&self.source.name, name, How { full: under.full, resumed });
        let mut walk = Walk::new(self.source, (name, purpose), operation, under.since, under.place);
        let (mut batch, mut waits) = (Batch::default(), 0);
        loop {
            let end = match walk.next().await {
                Ok(Some(sheet)) => {
                    waits = 0;
                    self.collect(&Road { name, entity, operation }, &sheet, kept, &mut batch);
                    let read = self.named((name, entity), kept, &mut batch).await;
                    if let (Ok(()), Some(under)) = (&read, kept.under.as_mut()) {
                        under.place = walk.place.clone();
                    }
                    match read {
                        Err(failure) => Some(End::Failed(failure)),
                        Ok(()) if batch.records < AT_ONCE => continue,
                        Ok(()) => None,
                    }
                }
                Ok(None) => {
                    if let Some(under) = kept.under.as_mut() {
                        under.place = walk.place.clone();
                    }
                    Some(End::Whole)
                }
                Err(failure) => Some(End::Failed(failure)),
            };
            let asked = std::mem::take(&mut batch.asked);
            self.flush(name, kept, std::mem::take(&mut batch)).await?;
            batch.asked = asked;
            match end {
                None => {}
                // Where what it named could not be read, the page itself is behind us already.
                Some(End::Failed(failure))
                    if kept.under.as_ref().is_some_and(|under| under.place == walk.place)
                        && self.waited(&failure, &mut waits).await => {}
                Some(end) => return Ok(end),
            }
        }
    }

    /// Waits for a source that takes no more calls for a while; says whether it did.
    pub(super) async fn waited(&self, failure: &Failure, waits: &mut u32) -> bool {
        let Some(pause) = self.pause(failure).filter(|_| *waits < WAITS) else { return false };
        *waits += 1;
        let (source, seconds) = (&*self.source.name, pause.as_secs());
        tracing::info!(source, seconds, "the source takes no more calls for a while; waiting");
        self.ground.clock.sleep(pause).await;
        true
    }

    /// Reads what a page only named, each once in a walk; what the source does not know is gone.
    async fn named(
        &self,
        (name, entity): (&str, &Entity),
        kept: &mut Kept,
        batch: &mut Batch,
    ) -> Result<(), Failure> {
        let named = std::mem::take(&mut batch.named);
        let ids: Vec<String> = named.into_iter().filter(|id| batch.asked.insert(id.clone())).collect();
        let asked_at = self.ground.clock.now();
        let fetched = self.read_by_ids((name, entity), &ids).await?;
        for id in ids {
            match fetched.get(&id) {
                Some(Ok(found)) => self.put_found(name, found, kept, batch),
                _ => batch.gone.entry(name.to_owned()).or_default().push((id, asked_at)),
            }
        }
        Ok(())
    }

    /// Asks for things by their ids, on the walk of an entity that left them out; what lives is taken in and seen.
    /// Answers why not, where that failed.
    pub(super) async fn ask_for(
        &mut self,
        name: &str,
        (asked, entity): (&str, &Entity),
        ids: &[String],
        kept: &mut Kept,
    ) -> Result<Option<Failure>, SyncError> {
        for ids in ids.chunks(AT_ONCE) {
            let fetched = match self.read_by_ids((asked, entity), ids).await {
                Ok(fetched) => fetched,
                Err(failure) => return Ok(Some(failure)),
            };
            let mut batch = Batch::default();
            for found in fetched.values().flatten() {
                self.put_found(asked, found, kept, &mut batch);
            }
            let gone = batch.gone.get(asked).into_iter().flatten();
            let gone: HashSet<String> = gone.map(|(id, _)| id.clone()).collect();
            let living = fetched.into_keys().filter(|id| !gone.contains(id)).collect();
            self.flush(name, kept, batch).await?;
            self.states.keep(name, kept, &BTreeMap::from([(asked.to_owned(), living)])).await?;
        }
        Ok(None)
    }

    /// Reads things by their ids, and waits for a source that takes no more calls for a while. What it does not know is
    /// not among them.
    async fn read_by_ids(&self, (name, entity): (&str, &Entity), ids: &[String]) -> Result<Fetched, Failure> {
        let size = entity.get_many.as_ref().and_then(|operation| operation.max_ids).unwrap_or(1);
        let size = usize::try_from(size).unwrap_or(1).saturating_mul(CALLS).max(1);
        let mut all = Fetched::new();
        for ids in ids.chunks(size) {
            let mut waits = 0;
            loop {
                let ask = Ask::anew(READING);
                let mut fetched = self.source.fetch(name, Purpose::GetMany, ids, &ask).await;
                let failed = ids.iter().find(|id| fetched.get(*id).is_some_and(Result::is_err)).cloned();
                match failed.and_then(|id| fetched.remove(&id)) {
                    Some(Err(failure)) if self.waited(&failure, &mut waits).await => {}
                    Some(Err(failure)) => return Err(failure),
                    Some(Ok(_)) | None => {
                        all.extend(fetched);
                        break;
                    }
                }
            }
        }
        Ok(all)
    }

    /// Puts what was read by its id to those that wait, with what stands within it.
    fn put_found(&self, name: &str, found: &Found, kept: &mut Kept, batch: &mut Batch) {
        let at = found.fetched_at;
        self.put(name, Given { record: found.record.clone(), at }, kept, batch);
        for (inner, record) in &found.within {
            self.put(inner, Given { record: record.clone(), at }, kept, batch);
        }
    }

    /// Puts one record to those that wait; answers what could not be read of it.
    fn put(&self, entity: &str, given: Given, kept: &mut Kept, batch: &mut Batch) -> Vec<String> {
        let Given { record, at } = given;
        let Some(noun) = noun_of(self.source, entity) else { return Vec::new() };
        let problems = problems(noun, (entity, &record));
        let counts = kept.counts.entry(entity.to_owned()).or_default();
        let items = batch.groups.entry(entity.to_owned()).or_default();
        batch.records += 1;
        if let Some(gone) = record_into(record, noun, at, (counts, items)) {
            batch.gone.entry(entity.to_owned()).or_default().push((gone, at));
        }
        problems
    }

    /// How long to wait for a source that takes no more calls for a while: a long list is longer than most budgets.
    fn pause(&self, failure: &Failure) -> Option<Duration> {
        let Cause::RateLimited { until } = failure.cause else { return None };
        let pause = until.map_or(WAIT, |until| {
            let left = u64::try_from(until - self.ground.clock.now()).unwrap_or_default();
            Duration::from_micros(left) + Duration::from_millis(10)
        });
        (pause <= LONGEST_WAIT).then_some(pause)
    }

    /// Puts the records of a page to those that wait.
    fn collect(&mut self, road: &Road<'_>, sheet: &Sheet, kept: &mut Kept, batch: &mut Batch) {
        let Road { name, entity, operation } = *road;
        let map = &operation.map.as_ref().unwrap_or(&entity.map).value;
        let since = since(entity).and_then(|since| since.watermark.as_ref());
        let answer = &sheet.items.answer;
        for item in sheet.items.each() {
            let scope = Scope { item, parent: item, answer, around: &self.source.around };
            if self.source.failed(item) {
                let counts = kept.counts.entry(name.to_owned()).or_default();
                counts.read += 1;
                counts.rejected += 1;
                counts.nameless += 1;
                self.refuse(format!("{name}: an item of the list says that it failed"));
                continue;
            }
            if let Some(Value::String(at)) = since.and_then(|watermark| watermark.of(scope).ok())
                && let (Some(at), Some(under)) = (clock::read(&at), kept.under.as_mut())
            {
                under.watermark = under.watermark.max(Some(at));
            }
            if operation.ids_only {
                batch
                    .named
                    .extend(operation.match_on.as_ref().and_then(|id| id.id(scope)).filter(|id| is_key(id)));
                continue;
            }
            let at = sheet.fetched_at;
            let mut problems = self.put(name, Given { record: record(map, scope), at }, kept, batch);
            for (inner, _, found) in self.source.within(name, item, answer) {
                problems.extend(self.put(inner, Given { record: found, at }, kept, batch));
            }
            problems.into_iter().for_each(|problem| self.refuse(problem));
        }
    }

    /// Takes a batch in and keeps where the walk stands.
    async fn flush(&mut self, name: &str, kept: &mut Kept, batch: Batch) -> Result<(), SyncError> {
        let full = kept.under.as_ref().is_some_and(|under| under.full);
        let mut groups = batch.groups;
        let mut seen: BTreeMap<String, HashSet<String>> = BTreeMap::new();
        if full {
            // A walk that meets a thing twice has its first word on it, whichever page that came on.
            for (entity, items) in &mut groups {
                let keys: Vec<String> = items.iter().map(|item| item.key.clone()).collect();
                let before = self.states.seen(entity, &keys).await?;
                let seen = seen.entry(entity.clone()).or_default();
                items.retain(|item| {
                    item.key.is_empty() || (!before.contains(&item.key) && seen.insert(item.key.clone()))
                });
            }
        }
        let mut refused = Vec::new();
        for (entity, noun, items) in self.taker.ordered(groups) {
            let taken = self.taker.take((&entity, noun), items).await?;
            taken.count(kept.counts.entry(entity.clone()).or_default());
            refused.extend(taken.rejected);
            self.tell(taken.notes);
        }
        refused.into_iter().for_each(|reason| self.refuse(reason));
        let now = self.ground.clock.now();
        for (entity, keys) in batch.gone {
            if let Some(noun) = noun_of(self.source, &entity) {
                let gone = self.taker.named(noun, &keys, now).await?;
                kept.counts.entry(entity).or_default().gone += gone;
            }
        }
        kept.tried_at = now;
        self.states.keep(name, kept, &seen).await?;
        for (entity, counts) in &kept.counts {
            self.watch.counted(&self.source.name, entity, counts);
        }
        Ok(())
    }
}
