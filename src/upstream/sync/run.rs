//! The course of a source's sync: entity by entity in the order of its connector, page by page, some hundred records at
//! a time; after each batch it is kept where the walk stands.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::Value;
use tokio::time::Instant;

use super::refs::is_key;
use super::state::{Counts, Kept, States, Under, told};
use super::take::{Item, Left, Taker, imported};
use super::turn::Turn;
use super::{Ground, How, Order, Ran, SyncError, Watch};
use crate::catalogue::{Entry, Identity};
use crate::clock::{self, Micros};
use crate::outbound::{Cause, Failure};
use crate::store::Sql;
use crate::upstream::answer::record;
use crate::upstream::connector::{Entity, Operation, Since};
use crate::upstream::path::Scope;
use crate::upstream::port::{Port, Purpose};
use crate::upstream::walk::{Sheet, Walk};
use crate::upstream::{Ask, Place, Record, Source};

/// How many records go in at once, as long as a page does not hold more.
const AT_ONCE: usize = 1_000;

/// For how long a walk that was cut off is taken up again; after that its cursors are likely to be gone.
const RESUMABLE: Micros = 6 * 3_600 * 1_000_000;

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

/// How many records are kept that name something not known yet, to try them again at the end.
const WAITING: usize = 20_000;

/// Syncs a source. What fails is in the answer; what went in before stays.
pub async fn sync(
    ground: &Ground,
    source: &Source,
    order: &Order,
    watch: &dyn Watch,
) -> Result<Ran, SyncError> {
    let turn = Turn::take(ground, source).await?;
    let taker = Taker::new(ground, source);
    let states = States { store: &ground.store, source: &source.name };
    let mut run = Run {
        ground,
        source,
        order,
        watch,
        states,
        taker,
        complete: BTreeMap::new(),
        left: Vec::new(),
        ran: Ran::default(),
    };
    let ran = run.all().await;
    turn.end().await;
    ran.map(|()| run.ran)
}

/// A run of a source's sync.
struct Run<'a> {
    ground: &'a Ground,
    source: &'a Source,
    order: &'a Order,
    watch: &'a dyn Watch,
    states: States<'a>,
    taker: Taker<'a>,
    /// The entities whose walk over everything was complete, and whether everything in it had an id.
    complete: BTreeMap<String, bool>,
    left: Vec<Left>,
    ran: Ran,
}

/// Records that wait to go in, and what is to be kept with them.
#[derive(Default)]
struct Batch {
    groups: BTreeMap<String, Vec<Item>>,
    /// Ids that the source says it has no longer, by entity.
    gone: BTreeMap<String, Vec<String>>,
    /// Ids of what is still to be read, and of what this walk has read so.
    named: BTreeSet<String>,
    asked: HashSet<String>,
    records: usize,
}

/// Whether a walk came to its end.
enum End {
    Whole,
    Failed(Failure),
}

impl Run<'_> {
    async fn all(&mut self) -> Result<(), SyncError> {
        let source = self.source;
        for (name, entity) in source.entities() {
            let wanted = self.order.only.as_deref().is_none_or(|only| only == name);
            if !wanted || (entity.list.is_none() && entity.changes.is_none()) {
                continue;
            }
            if let Some(failure) = self.entity(name, entity).await? {
                let away = !matches!(failure.cause, Cause::Invalid { .. } | Cause::Denied { status: 403 });
                self.ran.failures.push((name.to_owned(), failure));
                // A source that is away is not asked for everything else it has.
                if away {
                    break;
                }
            }
        }
        self.try_again().await?;
        self.introduce().await?;
        let complete: Vec<&str> = self.complete.keys().map(String::as_str).collect();
        let seen: Vec<&str> = complete.iter().flat_map(|name| family(source, name)).collect();
        self.states.forget(&seen).await?;
        Ok(())
    }

    /// Syncs one entity, and what stands within it.
    async fn entity(&mut self, name: &str, entity: &Entity) -> Result<Option<Failure>, SyncError> {
        let family = family(self.source, name);
        let mut kept = self.states.load(name).await?;
        let mut resumed = self.prepare(name, entity, &mut kept).await?;
        let end = loop {
            let end = self.walk((name, entity), &mut kept, resumed).await?;
            // What a walk stood on may be gone: it begins anew, once.
            if resumed
                && matches!(&end, End::Failed(failure) if matches!(failure.cause, Cause::Invalid { .. }))
            {
                kept.under = None;
                resumed = self.prepare(name, entity, &mut kept).await?;
                continue;
            }
            break end;
        };
        let now = self.ground.clock.now();
        let failure = match end {
            End::Whole => {
                if kept.under.as_ref().is_some_and(|under| under.full) {
                    let nameless: u64 = kept.counts.values().map(|counts| counts.nameless).sum();
                    self.complete.insert(name.to_owned(), nameless == 0);
                    for noun in nouns(self.source, &family) {
                        let gone = self.unseen(noun, now).await?;
                        kept.counts.entry(name.to_owned()).or_default().gone += gone;
                    }
                }
                settle(&mut kept, has_watermark(entity));
                self.states.done(name, &kept, now).await?;
                None
            }
            End::Failed(failure) => {
                if matches!(failure.cause, Cause::Invalid { .. }) {
                    kept.under = None;
                }
                let (code, sentence) = told(&failure);
                tracing::warn!(source = &*self.source.name, entity = name, code, %failure, "a sync failed");
                self.states.failed(name, &kept, (&code, &sentence), now).await?;
                Some(failure)
            }
        };
        self.ran.counted(&kept.counts, &family);
        Ok(failure)
    }

    /// Decides how an entity is walked and from where; answers whether an earlier walk is taken up again.
    async fn prepare(&self, name: &str, entity: &Entity, kept: &mut Kept) -> Result<bool, SyncError> {
        let now = self.ground.clock.now();
        let overdue = self.order.full_after.is_some_and(|after| {
            let after = Micros::try_from(after.as_micros()).unwrap_or(Micros::MAX);
            kept.full_at.is_none_or(|at| now - at >= after)
        });
        let incremental = incremental(entity);
        let full = entity.list.is_some()
            && (self.order.full || overdue || kept.full_at.is_none() || incremental.is_none());
        let full = full || kept.watermark.is_none() && entity.list.is_some();
        let resumable =
            |under: &Under| (under.full || !full) && under.place.pages > 0 && now - under.began <= RESUMABLE;
        if kept.under.as_ref().is_some_and(resumable) {
            return Ok(true);
        }
        kept.counts =
            family(self.source, name).iter().map(|name| ((*name).to_owned(), Counts::default())).collect();
        let overlap = incremental.and_then(|(_, operation)| operation.since.as_ref()?.overlap);
        let overlap = overlap.map_or(0, |span| Micros::try_from(span.0.as_micros()).unwrap_or(0));
        kept.under = Some(Under {
            place: Place::default(),
            full,
            since: kept.watermark.filter(|_| !full).map(|at| at - overlap),
            began: now,
            watermark: None,
        });
        if full {
            self.states.forget(&family(self.source, name)).await?;
        }
        Ok(false)
    }

    async fn walk(
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
                    self.collect((name, entity, operation), &sheet, kept, &mut batch);
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
    async fn waited(&self, failure: &Failure, waits: &mut u32) -> bool {
        let Some(pause) = self.pause(failure).filter(|_| *waits < WAITS) else { return false };
        *waits += 1;
        let (source, seconds) = (&*self.source.name, pause.as_secs());
        tracing::info!(source, seconds, "the source takes no more calls for a while; waiting");
        tokio::time::sleep(pause).await;
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
        let size = entity.get_many.as_ref().and_then(|operation| operation.max_ids).unwrap_or(1);
        let size = usize::try_from(size).unwrap_or(1).saturating_mul(CALLS).max(1);
        for ids in ids.chunks(size) {
            let mut waits = 0;
            let fetched = loop {
                let ask =
                    Ask { max_age: Some(Duration::ZERO), deadline: Instant::now() + READING, caller: None };
                let mut fetched = self.source.fetch(name, Purpose::GetMany, ids, &ask).await;
                let failed = ids.iter().find(|id| fetched.get(*id).is_some_and(Result::is_err)).cloned();
                match failed.and_then(|id| fetched.remove(&id)) {
                    Some(Err(failure)) if self.waited(&failure, &mut waits).await => {}
                    Some(Err(failure)) => return Err(failure),
                    Some(Ok(_)) | None => break fetched,
                }
            };
            for id in ids {
                match fetched.get(id) {
                    Some(Ok(found)) => {
                        self.put(name, (found.record.clone(), found.fetched_at), kept, batch);
                        for (inner, record) in &found.within {
                            self.put(inner, (record.clone(), found.fetched_at), kept, batch);
                        }
                    }
                    _ => batch.gone.entry(name.to_owned()).or_default().push(id.clone()),
                }
            }
        }
        Ok(())
    }

    /// Puts one record to those that wait; answers what could not be read of it.
    fn put(
        &self,
        entity: &str,
        (record, at): (Record, Micros),
        kept: &mut Kept,
        batch: &mut Batch,
    ) -> Vec<String> {
        let Some(noun) = noun_of(self.source, entity) else { return Vec::new() };
        let problems = problems(noun, (entity, &record));
        let counts = kept.counts.entry(entity.to_owned()).or_default();
        let items = batch.groups.entry(entity.to_owned()).or_default();
        batch.records += 1;
        if let Some(gone) = record_into(record, noun, at, (counts, items)) {
            batch.gone.entry(entity.to_owned()).or_default().push(gone);
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
    fn collect(
        &mut self,
        (name, entity, operation): (&str, &Entity, &Operation),
        sheet: &Sheet,
        kept: &mut Kept,
        batch: &mut Batch,
    ) {
        let map = &operation.map.as_ref().unwrap_or(&entity.map).value;
        let since = since(entity).and_then(|since| since.watermark.as_ref());
        let answer = &sheet.items.answer;
        for item in sheet.items.each() {
            let scope = Scope { item, parent: item, answer };
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
            let mut problems = self.put(name, (record(map, scope), at), kept, batch);
            for (inner, _, found) in self.source.within(name, item, answer) {
                problems.extend(self.put(inner, (found, at), kept, batch));
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
            let room = WAITING.saturating_sub(self.left.len());
            for left in taken.left.iter().skip(room) {
                kept.counts.entry(left.entity.clone()).or_default().unresolved += left.waiting;
            }
            self.left.extend(taken.left.into_iter().take(room));
        }
        refused.into_iter().for_each(|reason| self.refuse(reason));
        let now = self.ground.clock.now();
        for (entity, keys) in batch.gone {
            if let Some(noun) = noun_of(self.source, &entity) {
                let gone = self.taker.named(noun, &keys, now).await?;
                kept.counts.entry(entity).or_default().gone += gone;
            }
        }
        self.states.keep(name, kept, &seen, now).await?;
        for (entity, counts) in &kept.counts {
            self.watch.counted(&self.source.name, entity, counts);
        }
        Ok(())
    }

    fn refuse(&mut self, reason: String) {
        tracing::warn!(source = &*self.source.name, reason, "a record did not go in whole");
        if self.ran.rejected.len() < Ran::SHOWN {
            self.ran.rejected.push(reason);
        }
    }

    /// Marks what no walk of this run has seen of a noun, where all that feed it were walked whole.
    async fn unseen(&mut self, noun: &'static Entry, now: Micros) -> Result<u64, SyncError> {
        if noun.noun.identity != Identity::Key {
            return Ok(0);
        }
        let feeding: Vec<(&str, &str)> = self
            .source
            .entities()
            .filter(|(name, _)| noun_of(self.source, name).is_some_and(|of| of.noun.code == noun.noun.code))
            .map(|(name, entity)| {
                (name, entity.within.as_ref().map_or(name, |within| within.entity.value.as_str()))
            })
            .collect();
        if feeding.iter().any(|(_, root)| !self.complete.contains_key(*root)) {
            return Ok(0);
        }
        let label = noun.noun.plural;
        if feeding.iter().any(|(_, root)| self.complete.get(*root) == Some(&false)) {
            self.ran.notes.push(format!(
                "some records had no id, so none of its {label} was taken for gone; mend the connector's `id`"
            ));
            return Ok(0);
        }
        let entities: Vec<&str> = feeding.iter().map(|(name, _)| *name).collect();
        let census = self.taker.census(noun.noun.code, &entities).await?;
        if census.seen == 0 && census.known > 0 && !self.order.full {
            self.ran.notes.push(format!(
                "its list of {label} came back empty, although {} were known; none was marked as gone. If they \
                 are, say so: weft sync {} --full",
                census.known, self.source.name
            ));
            return Ok(0);
        }
        self.taker.unseen(noun, &entities, now).await
    }

    /// Says what sort of system the source is, where nobody has.
    async fn introduce(&self) -> Result<(), SyncError> {
        let mut sql = Sql::new(self.ground.store.dialect);
        sql.push("SELECT 1 FROM source WHERE kind IS NULL AND name = ").bind(&*self.source.name);
        if self.ground.store.db.query_one_raw(sql.finish()).await?.is_none() {
            return Ok(());
        }
        let connector = &self.source.connector;
        let mut line = serde_json::json!({
            "type": "Source", "name": &*self.source.name, "kind": format!("{:?}", connector.kind).to_uppercase(),
        });
        if let Some(vendor) = &connector.vendor {
            line["vendor"] = vendor.as_str().into();
        }
        let (store, clock) = (&self.ground.store, &self.ground.clock);
        imported(store, clock, &self.source.name, format!("{line}\n")).await?;
        Ok(())
    }

    /// Tries the references again that named what was not known then.
    async fn try_again(&mut self) -> Result<(), SyncError> {
        let mut groups: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for left in std::mem::take(&mut self.left) {
            let mut item = left.item;
            if left.noun.noun.identity == Identity::Key {
                item.fields.retain(|field, _| left.noun.edge(field).is_some());
                item.reference = None;
            }
            groups.entry(left.entity).or_default().push(item);
        }
        for (entity, noun, items) in self.taker.ordered(groups) {
            let mut counts = Counts::default();
            for chunk in items.chunks(AT_ONCE) {
                let taken = self.taker.take((&entity, noun), chunk.to_vec()).await?;
                taken.count(&mut counts);
                counts.unresolved += taken.left.iter().map(|left| left.waiting).sum::<u64>();
                if noun.noun.identity != Identity::Key && !taken.left.is_empty() {
                    self.refuse(format!(
                        "{entity}: {} observations were left out, since they were made on what is not known",
                        taken.left.len()
                    ));
                }
                for reason in taken.rejected {
                    self.refuse(reason);
                }
            }
            let told = self.ran.entities.iter_mut().find(|(name, _)| *name == entity);
            if let Some((_, all)) = told {
                all.unresolved += counts.unresolved;
                all.rejected += counts.rejected;
                if noun.noun.identity != Identity::Key {
                    all.new += counts.new;
                }
            }
        }
        Ok(())
    }
}

/// What could not be read of a record.
fn problems(noun: &Entry, (entity, record): (&str, &Record)) -> Vec<String> {
    let key = record.id.as_deref().filter(|key| is_key(key)).unwrap_or_default();
    if key.is_empty() && !matches!(noun.noun.identity, Identity::Dimensions(_)) {
        return vec![format!("{entity}: a record has no id, or one that cannot be a key")];
    }
    record.problems.iter().map(|(field, problem)| format!("{entity} {key}: `{field}`: {problem}")).collect()
}

/// Turns a record into an item that can go in; answers the id of one that the source says it has no longer.
pub(super) fn record_into(
    record: Record,
    noun: &Entry,
    at: Micros,
    (counts, items): (&mut Counts, &mut Vec<Item>),
) -> Option<String> {
    counts.read += 1;
    counts.unreadable += u64::try_from(record.problems.len()).unwrap_or(u64::MAX);
    let mut fields = record.fields;
    let gone = fields.remove("gone").is_some_and(|gone| !matches!(gone, Value::Null | Value::Bool(false)));
    let reference = match fields.remove("ref") {
        Some(Value::String(key)) if is_key(&key) => Some(key),
        Some(Value::Number(number)) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    };
    let key = record.id.filter(|key| is_key(key)).unwrap_or_default();
    if gone {
        return (!key.is_empty()).then_some(key);
    }
    if key.is_empty() && !matches!(noun.noun.identity, Identity::Dimensions(_)) {
        counts.nameless += 1;
        counts.rejected += 1;
        return None;
    }
    items.push(Item { key, reference, fields, at });
    None
}

/// The noun that an entity of a source feeds.
pub(super) fn noun_of(source: &Source, entity: &str) -> Option<&'static Entry> {
    let entity = source.entities().find(|(name, _)| *name == entity)?.1;
    Port::named(&entity.port.value)?.entry()
}

/// An entity and what stands within it, in the order of the connector.
fn family<'a>(source: &'a Source, name: &'a str) -> Vec<&'a str> {
    let inner = source
        .entities()
        .filter(|(_, entity)| entity.within.as_ref().is_some_and(|within| within.entity.value == name));
    std::iter::once(name).chain(inner.map(|(name, _)| name)).collect()
}

fn nouns(source: &Source, family: &[&str]) -> Vec<&'static Entry> {
    let mut once = BTreeSet::new();
    let nouns = family.iter().filter_map(|name| noun_of(source, name));
    nouns.filter(|noun| once.insert(noun.noun.code)).collect()
}

/// How only what changed is asked for.
fn incremental(entity: &Entity) -> Option<(Purpose, &Operation)> {
    let changes = entity.changes.as_ref().map(|operation| (Purpose::Changes, operation));
    let list = entity.list.as_ref().filter(|list| list.since.is_some());
    changes.or(list.map(|operation| (Purpose::List, operation)))
}

fn since(entity: &Entity) -> Option<&Since> {
    incremental(entity).and_then(|(_, operation)| operation.since.as_ref())
}

fn has_watermark(entity: &Entity) -> bool {
    since(entity).is_some_and(|since| since.watermark.is_some())
}

/// Settles what a walk that came to its end leaves behind. A moment that the source says lies ahead of ours is not
/// waited for: what is changed until then would be missed.
fn settle(kept: &mut Kept, has_watermark: bool) {
    let Some(under) = kept.under.take() else { return };
    let met = under.watermark.map(|at| at.min(under.began));
    kept.watermark = match has_watermark {
        true => met.max(kept.watermark),
        false => Some(under.began),
    };
    kept.synced_at = Some(under.began);
    if under.full {
        kept.full_at = Some(under.began);
    }
}

impl<'a> Taker<'a> {
    /// What takes the records of a source in.
    pub(super) fn new(ground: &'a Ground, source: &'a Source) -> Self {
        Taker {
            store: &ground.store,
            clock: &ground.clock,
            source,
            ranking: ground.upstreams.ranking(),
            curated: ground.upstreams.curated(&source.name),
        }
    }

    /// The groups of a batch in an order in which most find what they refer to: what is named by others goes first.
    /// Records without an id are left out where the noun needs one.
    pub(super) fn ordered(
        &self,
        groups: BTreeMap<String, Vec<Item>>,
    ) -> Vec<(String, &'static Entry, Vec<Item>)> {
        let mut ordered: Vec<_> = groups
            .into_iter()
            .filter_map(|(entity, items)| Some((noun_of(self.source, &entity)?, entity, items)))
            .map(|(noun, entity, items)| (entity, noun, items))
            .filter(|(_, _, items)| !items.is_empty())
            .collect();
        let places: HashMap<&str, usize> =
            self.source.entities().enumerate().map(|(place, (name, _))| (name, place)).collect();
        ordered.sort_by_key(|(entity, ..)| places.get(entity.as_str()).copied());
        let mut settled: Vec<(String, &'static Entry, Vec<Item>)> = Vec::new();
        while !ordered.is_empty() {
            let free = ordered.iter().position(|(_, noun, items)| {
                let far = |code| {
                    code != noun.noun.code && ordered.iter().any(|(_, other, _)| other.noun.code == code)
                };
                !items.iter().any(|item| names_any(noun, item, &far))
            });
            settled.push(ordered.remove(free.unwrap_or(0)));
        }
        settled
    }
}

/// Whether a record gives a relation to any of these nouns.
fn names_any(noun: &Entry, item: &Item, far: &dyn Fn(crate::catalogue::Code) -> bool) -> bool {
    let given = noun.edges.iter().filter(|edge| edge.forward && item.fields.contains_key(edge.field));
    given.into_iter().any(|edge| match edge.target {
        crate::catalogue::Target::Noun(code) => far(code),
        crate::catalogue::Target::Any => false,
    })
}
