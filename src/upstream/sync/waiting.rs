//! References that wait for what they name: kept beside where the walks stand, so that a run that is killed loses none,
//! and said again at the end of each run in which something of what they name has become known.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::SyncError;
use super::records::noun_of;
use super::refs::{self, Name};
use super::run::Run;
use super::take::{Item, Taker};
use crate::catalogue::{Entry, Identity, Way};
use crate::store::Sql;

/// How many records are tried again at once.
const AT_ONCE: usize = 1_000;

/// How many are written down by one statement.
const ROWS: usize = 500;

/// What is not known of what a field of a record names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Missing {
    pub(super) field: String,
    pub(super) name: Name,
}

/// A record of which something waits.
struct Waiting {
    value: String,
    item: Item,
    missing: Vec<Missing>,
}

/// By what a record that waits is known again: a later word on the same takes its place.
fn mark(noun: &Entry, item: &Item) -> String {
    let Identity::Dimensions(columns) = noun.noun.identity else { return item.key.clone() };
    let fields = noun.noun.fields.iter().map(|field| (field.column, field.name.as_str()));
    let edges = noun.edges.iter().filter_map(|edge| match &edge.way {
        Way::Own(column) => Some((column.as_str(), edge.field)),
        Way::OwnAny(..) | Way::Theirs(_) | Way::Pairs(_) | Way::PairsOfAny(_) => None,
    });
    let measured: BTreeMap<&str, &Value> = (fields.chain(edges))
        .filter(|(column, _)| columns.contains(column))
        .filter_map(|(_, field)| Some((field, item.fields.get(field)?)))
        .collect();
    let mut hash = Sha256::new();
    for (field, value) in measured {
        hash.update(format!("{field} {value}\n"));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl Taker<'_> {
    /// Keeps what of these records waits, by their places, and lets go of what waited of it before. Of two words on one
    /// thing the last counts; of what it does not speak, the earlier one still waits.
    pub(super) async fn wait(
        &self,
        (entity, noun): (&str, &'static Entry),
        items: &[Item],
        mut missing: BTreeMap<usize, Vec<Missing>>,
    ) -> Result<(), SyncError> {
        let whole = matches!(noun.noun.identity, Identity::Dimensions(_));
        let places: HashMap<String, usize> =
            items.iter().enumerate().map(|(place, item)| (mark(noun, item), place)).collect();
        let values: Vec<String> = places.keys().cloned().collect();
        let mut before: HashMap<String, Waiting> =
            self.waited_for(entity, &values).await?.into_iter().map(|one| (one.value.clone(), one)).collect();
        let mut waiting = Vec::new();
        for (value, place) in places {
            let mut item = items[place].clone();
            let mut missing = missing.remove(&place).unwrap_or_default();
            let spoken: HashSet<String> = item.fields.keys().cloned().collect();
            if !whole {
                item.fields.retain(|field, _| missing.iter().any(|missing| missing.field == *field));
            }
            if let Some(old) = before.remove(&value).filter(|_| !whole) {
                missing.extend(old.missing.into_iter().filter(|missing| !spoken.contains(&missing.field)));
                item.fields.extend(old.item.fields.into_iter().filter(|(field, _)| !spoken.contains(field)));
            }
            if !missing.is_empty() {
                waiting.push(Waiting { value, item, missing });
            }
        }
        let transaction = self.store.db.begin().await?;
        self.forget(&transaction, &[entity], &values).await?;
        for some in waiting.chunks(ROWS) {
            let mut sql = Sql::new(self.store.dialect);
            sql.push("INSERT INTO sync_waiting (source, entity, value, fields, missing, asked_at) VALUES ");
            for (place, Waiting { value, item, missing }) in some.iter().enumerate() {
                let fields = Value::Object(item.fields.clone()).to_string();
                let missing =
                    serde_json::to_string(missing).map_err(|error| DbErr::Custom(error.to_string()))?;
                sql.push(if place == 0 { "(" } else { ", (" }).bind(&*self.source.name).push(", ");
                sql.bind(entity).push(", ").bind(value.as_str()).push(", ").bind(fields).push(", ");
                sql.bind(missing).push(", ").bind(item.at).push(")");
            }
            transaction.execute_raw(sql.finish()).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Lets nothing wait any more of what the source has no longer: said again, it would seem to be back.
    pub(super) async fn wait_no_more(&self, noun: &Entry, values: &[String]) -> Result<(), DbErr> {
        let feeding: Vec<&str> = (self.source.entities().map(|(name, _)| name))
            .filter(|name| noun_of(self.source, name).is_some_and(|of| of.noun.code == noun.noun.code))
            .collect();
        self.forget(&self.store.db, &feeding, values).await
    }

    /// Lets nothing of an entity wait any more.
    pub(super) async fn wait_for_nothing(&self, entity: &str) -> Result<(), DbErr> {
        let mut sql = Sql::new(self.store.dialect);
        sql.push("DELETE FROM sync_waiting WHERE source = ").bind(&*self.source.name);
        sql.push(" AND entity = ").bind(entity);
        self.store.db.execute_raw(sql.finish()).await?;
        Ok(())
    }

    async fn forget(
        &self,
        db: &impl ConnectionTrait,
        entities: &[&str],
        values: &[String],
    ) -> Result<(), DbErr> {
        for entity in entities {
            let mut sql = Sql::new(self.store.dialect);
            let rows = self.store.dialect.text_rows(&sql.hold(self.store.dialect.texts(values)));
            sql.push("DELETE FROM sync_waiting WHERE source = ").bind(&*self.source.name);
            sql.push(" AND entity = ").bind(*entity);
            sql.push(&format!(" AND value IN (SELECT text FROM {rows} r)"));
            db.execute_raw(sql.finish()).await?;
        }
        Ok(())
    }

    /// What waits of these records.
    async fn waited_for(&self, entity: &str, values: &[String]) -> Result<Vec<Waiting>, DbErr> {
        let mut sql = self.reading(entity);
        let rows = self.store.dialect.text_rows(&sql.hold(self.store.dialect.texts(values)));
        sql.push(&format!(" AND value IN (SELECT text FROM {rows} r)"));
        self.read(sql).await
    }

    /// Some of what waits of an entity, behind a value in their order.
    async fn waiting(&self, entity: &str, behind: &str) -> Result<Vec<Waiting>, DbErr> {
        let mut sql = self.reading(entity);
        sql.push(" AND value > ").bind(behind).push(&format!(" ORDER BY value LIMIT {AT_ONCE}"));
        self.read(sql).await
    }

    fn reading(&self, entity: &str) -> Sql {
        let mut sql = Sql::new(self.store.dialect);
        sql.push("SELECT value, fields, missing, asked_at FROM sync_waiting WHERE source = ");
        sql.bind(&*self.source.name).push(" AND entity = ").bind(entity);
        sql
    }

    async fn read(&self, sql: Sql) -> Result<Vec<Waiting>, DbErr> {
        let mut waiting = Vec::new();
        for row in self.store.db.query_all_raw(sql.finish()).await? {
            let (value, fields): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let fields: Map<String, Value> = serde_json::from_str(&fields).unwrap_or_default();
            let missing: String = row.try_get_by_index(2)?;
            let missing = serde_json::from_str(&missing).unwrap_or_default();
            let item = Item { key: value.clone(), reference: None, fields, at: row.try_get_by_index(3)? };
            waiting.push(Waiting { value, item, missing });
        }
        Ok(waiting)
    }
}

impl Run<'_> {
    /// Says again what waited, as far as something that it names is known by now.
    pub(super) async fn try_again(&mut self) -> Result<(), SyncError> {
        let source = self.source;
        for (entity, _) in source.entities() {
            let Some(noun) = noun_of(source, entity) else { continue };
            let (mut behind, mut unresolved, mut rejected, mut new) = (String::new(), 0, 0, 0);
            loop {
                let some = self.taker.waiting(entity, &behind).await?;
                let Some(last) = some.last() else { break };
                behind.clone_from(&last.value);
                let names = some.iter().flat_map(|one| &one.missing).map(|missing| missing.name.clone());
                let known: HashSet<Name> =
                    refs::look_up(&self.ground.store.db, names).await?.into_keys().collect();
                let (ready, waiting): (Vec<Waiting>, Vec<Waiting>) = (some.into_iter())
                    .partition(|one| one.missing.iter().any(|missing| known.contains(&missing.name)));
                unresolved += waiting.iter().map(|one| count(one.missing.len())).sum::<u64>();
                if ready.is_empty() {
                    continue;
                }
                let items = ready.into_iter().map(|one| one.item).collect();
                let taken = self.taker.take((entity, noun), items).await?;
                unresolved += taken.unresolved;
                rejected += count(taken.rejected.len());
                new += taken.new;
                taken.rejected.into_iter().for_each(|reason| self.refuse(reason));
            }
            if noun.noun.identity != Identity::Key && unresolved > 0 {
                self.refuse(format!(
                    "{entity}: some observations wait, since {unresolved} of what they were made on are not known"
                ));
            }
            if let Some((_, all)) = self.ran.entities.iter_mut().find(|(name, _)| name == entity) {
                all.unresolved += unresolved;
                all.rejected += rejected;
                if noun.noun.identity != Identity::Key {
                    all.new += new;
                }
            }
        }
        Ok(())
    }
}
