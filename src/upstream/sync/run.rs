//! The course of a source's sync: entity by entity in the order of its connector, what is gone, and what was left to be
//! tried again; after each it is kept how it went.

use std::collections::BTreeMap;

use sea_orm::ConnectionTrait;

use super::records::{family, has_watermark, incremental, noun_of, nouns};
use super::state::{Counts, Kept, States, Under};
use super::take::{Item, Left, Taker, imported};
use super::turn::Turn;
use super::walking::{AT_ONCE, End};
use super::{Ground, Order, Ran, SyncError, Watch};
use crate::catalogue::{Entry, Identity};
use crate::clock::Micros;
use crate::ingest::{Report, analyze};
use crate::outbound::{Cause, Failure};
use crate::store::Sql;
use crate::upstream::connector::Entity;
use crate::upstream::{Place, Source};

/// For how long a walk that was cut off is taken up again; after that its cursors are likely to be gone.
const RESUMABLE: Micros = 6 * 3_600 * 1_000_000;

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
    let sum = |of: fn(&Counts) -> u64| run.ran.entities.iter().map(|(_, counts)| of(counts)).sum();
    let report = Report {
        added: sum(|counts| counts.new),
        changed: sum(|counts| counts.changed),
        ..Report::default()
    };
    analyze(&ground.store, &report).await;
    ran.map(|()| run.ran)
}

/// A run of a source's sync.
pub(super) struct Run<'a> {
    pub(super) ground: &'a Ground,
    pub(super) source: &'a Source,
    pub(super) order: &'a Order,
    pub(super) watch: &'a dyn Watch,
    pub(super) states: States<'a>,
    pub(super) taker: Taker<'a>,
    /// The entities whose walk over everything was complete, and whether everything in it had an id.
    pub(super) complete: BTreeMap<String, bool>,
    pub(super) left: Vec<Left>,
    pub(super) ran: Ran,
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
                let away = !failure.is_of_the_question();
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
        kept.tried_at = now;
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
                self.states.done(name, &kept).await?;
                self.count_sizes(name, entity).await?;
                None
            }
            End::Failed(failure) => {
                if matches!(failure.cause, Cause::Invalid { .. }) {
                    kept.under = None;
                }
                let code = failure.code().as_str();
                tracing::warn!(source = &*self.source.name, entity = name, code, %failure, "a sync failed");
                self.states.failed(name, &kept, &failure).await?;
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
        // Who asks for everything again does not mean the rest of an earlier walk.
        if !self.order.full && kept.under.as_ref().is_some_and(resumable) {
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

    pub(super) fn refuse(&mut self, reason: String) {
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
