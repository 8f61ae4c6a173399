//! How large things are, where a source counts that in calls of their own which are too few for a query's way: counted
//! by sync, for everything that is known, and served from the store.

use std::collections::VecDeque;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::Value;

use super::SyncError;
use super::records::{noun_of, record_into};
use super::run::Run;
use super::state::Counts;
use crate::catalogue::Entry;
use crate::clock::{Micros, written};
use crate::outbound::{Cause, Failure};
use crate::store::Sql;
use crate::upstream::connector::Entity;
use crate::upstream::port::Purpose;
use crate::upstream::{Ask, Fetched};

/// How long one round of calls may take.
const CALLS: Duration = Duration::from_secs(60);

/// How long the counting of one entity may take in one sync: what changed must not wait for a small budget.
const LONGEST: Micros = 600 * 1_000_000;

/// After how many calls in a row that failed the others are left to the next sync.
const IN_A_ROW: u32 = 16;

/// How the counting goes.
struct Counting<'a> {
    name: &'a str,
    noun: &'static Entry,
    /// What is still to be asked for, a call each.
    left: VecDeque<Vec<String>>,
    /// How often in a row the source was waited for, and how many calls failed.
    waits: u32,
    failures: u32,
    /// How many things failed.
    failed: usize,
    last: Option<Failure>,
}

impl Run<'_> {
    /// Asks how large everything of an entity is, where that is never asked on a query's way: each thing once in a
    /// round, whatever comes of it, so that one that always fails takes no other's turn. A round that could not be
    /// ended is taken up by the next sync.
    pub(super) async fn count_sizes(&mut self, name: &str, entity: &Entity) -> Result<(), SyncError> {
        let Some(operation) = entity.size.as_ref().filter(|operation| operation.background) else {
            return Ok(());
        };
        let Some(noun) = noun_of(self.source, name) else { return Ok(()) };
        let at_once = usize::try_from(operation.max_ids.unwrap_or(1)).unwrap_or(1).max(1);
        let round = format!("{name}.{}", Purpose::Size.name());
        let ids = self.uncounted(noun, &round).await?;
        let left = ids.chunks(at_once).map(<[String]>::to_vec).collect();
        let mut counting = Counting { name, noun, left, waits: 0, failures: 0, failed: 0, last: None };
        let ends = self.ground.clock.now() + LONGEST;
        while let Some(ids) = counting.left.pop_front() {
            let fetched = self.source.fetch(name, Purpose::Size, &ids, &Ask::anew(CALLS)).await;
            let late = self.ground.clock.now() >= ends;
            let failure = ids.iter().find_map(|id| fetched.get(id)?.as_ref().err()).cloned();
            match failure {
                Some(failure) if matches!(failure.cause, Cause::RateLimited { .. }) => {
                    counting.left.push_front(ids);
                    if late || !self.waited(&failure, &mut counting.waits).await {
                        counting.last = Some(failure);
                        break;
                    }
                }
                failure => {
                    let asked = counting.judge(ids, &fetched, failure);
                    self.take_sizes(&counting, &asked, fetched).await?;
                    self.states.see(&self.ground.store.db, (&round, &asked)).await?;
                    if late || counting.failures >= IN_A_ROW {
                        break;
                    }
                }
            }
        }
        if counting.left.is_empty() {
            self.states.forget(&[&round]).await?;
        }
        self.ran.notes.extend(counting.note());
        Ok(())
    }

    async fn take_sizes(
        &mut self,
        counting: &Counting<'_>,
        asked: &[String],
        mut fetched: Fetched,
    ) -> Result<(), SyncError> {
        let (name, noun) = (counting.name, counting.noun);
        let (mut counts, mut items) = (Counts::default(), Vec::new());
        for id in asked {
            let Some(Ok(found)) = fetched.remove(id) else { continue };
            let mut record = found.record;
            record.id = Some(id.clone());
            let counted = record.fields.entry("sizeAsOf").or_insert(Value::Null);
            if counted.is_null() {
                *counted = Value::String(written(found.fetched_at));
            }
            record_into(record, noun, found.fetched_at, (&mut counts, &mut items));
        }
        let taken = self.taker.take((name, noun), items).await?;
        for reason in taken.rejected {
            self.refuse(format!("{name}: {reason}"));
        }
        Ok(())
    }

    /// The keys of everything of a noun that the source has and that was not asked for in this round, what was
    /// counted longest ago first.
    async fn uncounted(&self, noun: &Entry, round: &str) -> Result<Vec<String>, DbErr> {
        let mut sql = Sql::new(self.ground.store.dialect);
        sql.push("SELECT e.value FROM external_id e JOIN source s ON s.id = e.source_id JOIN ");
        sql.push(noun.noun.table).push(" t ON t.id = e.entity_id WHERE s.name = ").bind(&*self.source.name);
        sql.push(" AND e.entity_type = ")
            .bind(noun.noun.code)
            .push(" AND e.valid_to IS NULL AND NOT EXISTS ");
        sql.push("(SELECT 1 FROM sync_seen n WHERE n.source = s.name AND n.value = e.value AND n.entity = ");
        sql.bind(round).push(") ORDER BY coalesce(t.size_as_of, 0), e.value");
        let rows = self.ground.store.db.query_all_raw(sql.finish()).await?;
        rows.into_iter().map(|row| row.try_get_by_index(0)).collect()
    }
}

impl Counting<'_> {
    /// Takes what came of a call; answers the things that had their turn by it. Where one that cannot be counted
    /// may have spoilt the call for the others, its halves are asked for alone.
    fn judge(&mut self, ids: Vec<String>, fetched: &Fetched, failure: Option<Failure>) -> Vec<String> {
        self.waits = 0;
        let Some(failure) = failure else {
            self.failures = 0;
            return ids;
        };
        let spoilt = fetched.values().all(Result::is_err);
        self.failures = if spoilt { self.failures + 1 } else { 0 };
        let halves = spoilt && ids.len() > 1 && failure.is_of_the_question();
        self.last = Some(failure);
        if halves {
            let (first, second) = ids.split_at(ids.len() / 2);
            self.left.push_front(second.to_vec());
            self.left.push_front(first.to_vec());
            return Vec::new();
        }
        self.failed += fetched.values().filter(|found| found.is_err()).count();
        ids
    }

    /// What the person who runs it should know.
    fn note(&self) -> Option<String> {
        let left: usize = self.left.iter().map(Vec::len).sum();
        if left + self.failed == 0 {
            return None;
        }
        let why = self.last.as_ref().map_or(String::new(), |failure| format!(": {failure}"));
        let (name, failed) = (self.name, self.failed);
        Some(format!(
            "{name}: not everything could be counted, {failed} failed and {left} are left to the next sync{why}"
        ))
    }
}
