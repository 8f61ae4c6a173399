//! The course of a source's sync: entity by entity in the order of its connector, what is gone, and what was left to be
//! tried again; after each it is kept how it went.

use std::collections::BTreeMap;

use sea_orm::ConnectionTrait;

use super::records::{family, has_watermark, incremental};
use super::state::{Counts, Kept, States, Under};
use super::take::{Taker, imported};
use super::turn::Turn;
use super::walking::End;
use super::{Ground, Order, Ran, SyncError, Watch};
use crate::clock::Micros;
use crate::ingest::events::settle_waiting;
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
    let (complete, ran) = (BTreeMap::new(), Ran::default());
    let mut run = Run { ground, source, order, watch, states, taker, complete, ran, told_apart: 0 };
    let ran = run.all().await;
    turn.end().await;
    let sum = |of: fn(&Counts) -> u64| run.ran.entities.iter().map(|(_, counts)| of(counts)).sum();
    let report = Report {
        added: sum(|counts| counts.new),
        changed: sum(|counts| counts.changed),
        ..Report::default()
    };
    analyze(&ground.store, &report).await;
    // What events have waited for may have come.
    settle_waiting(&ground.store, &ground.clock).await?;
    ran.map(|()| run.ran)
}

/// A walk that saw everything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Complete {
    /// Whether everything had an id.
    pub(super) named: bool,
    /// Whether it came in one answer, so that nothing could move while it was walked.
    pub(super) at_once: bool,
}

/// A run of a source's sync.
pub(super) struct Run<'a> {
    pub(super) ground: &'a Ground,
    pub(super) source: &'a Source,
    pub(super) order: &'a Order,
    pub(super) watch: &'a dyn Watch,
    pub(super) states: States<'a>,
    pub(super) taker: Taker<'a>,
    /// The entities whose walk over everything was complete.
    pub(super) complete: BTreeMap<String, Complete>,
    pub(super) ran: Ran,
    /// How many things the list of joins calls one that were known as two.
    pub(super) told_apart: usize,
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
        self.hold_to_address(name, &mut kept).await?;
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
                    self.unseen(name, &mut kept).await?;
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

    /// Begins anew where what is kept is of another address: its moments and cursors mean nothing here.
    async fn hold_to_address(&mut self, name: &str, kept: &mut Kept) -> Result<(), SyncError> {
        let now = self.source.whose();
        if kept.address.as_ref().is_some_and(|before| *before != now) {
            *kept = Kept::default();
            for entity in family(self.source, name) {
                self.taker.wait_for_nothing(entity).await?;
            }
            self.ran.notes.push(format!(
                "{name}: its `url`, its settings or its connector are others than at the last sync; everything is \
                 read anew"
            ));
        }
        kept.address = Some(now);
        Ok(())
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

    /// Tells what of the list of joins cannot be followed; as much of it as people read.
    pub(super) fn tell(&mut self, notes: Vec<String>) {
        for note in notes {
            if self.told_apart < Ran::SHOWN {
                self.ran.notes.push(note);
            }
            self.told_apart += 1;
        }
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
}

/// Settles what a walk that came to its end leaves behind. A moment that the source says lies ahead of ours is not
/// waited for: what is changed until then would be missed. Where everything was read and nothing of it says when it was
/// changed, since only the list of changes does, changes are asked for from the moment it began.
fn settle(kept: &mut Kept, has_watermark: bool) {
    let Some(under) = kept.under.take() else { return };
    let met = under.watermark.map(|at| at.min(under.began));
    kept.watermark = match has_watermark {
        true => met.max(kept.watermark).or_else(|| {
            let read = kept.counts.values().any(|counts| counts.read > 0);
            (under.full && read).then_some(under.began)
        }),
        false => Some(under.began),
    };
    kept.synced_at = Some(under.began);
    if under.full {
        kept.full_at = Some(under.began);
    }
}
