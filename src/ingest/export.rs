//! The store as lines that import reads back exactly: nouns in the order in which they point to each other, rows by
//! id, read in batches, never a statement for a row.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbErr, IsolationLevel, QueryResult, TransactionTrait,
};
use uuid::Uuid;

use super::dated::EVER;
use super::former::measures;
use super::layout::{LAYOUT, NounSheet};
use super::names::{Identity, Names};
use super::written::Line;
use crate::catalogue::{Code, Holds, Target, Way};
use crate::store::{Cell, Columns, Dialect, Rows, Sql, Store, read};

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store refused or failed.
    #[error("the store failed: {0}")]
    Store(#[from] DbErr),
    /// The lines cannot be written.
    #[error("the lines cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// A pair as it is read: the far thing, and from when and until when it holds.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) far: (Code, Uuid),
    pub(super) valid: (Option<i64>, Option<i64>),
}

/// What a fact said before: from when and until when, and each of its measures.
pub(super) struct Past {
    pub(super) since: i64,
    pub(super) until: i64,
    pub(super) said: Vec<Cell>,
}

/// Rows of one noun, with all that a line says of them.
pub(super) struct Batch {
    pub(super) noun: &'static NounSheet,
    pub(super) rows: Rows,
    /// For each forward relation to many, by its place: the pairs of each row.
    pub(super) pairs: HashMap<usize, HashMap<Uuid, Vec<Pair>>>,
    /// The histories of the statuses that say more than the status alone.
    pub(super) histories: HashMap<Uuid, Vec<(i64, String)>>,
    /// What the facts among them said before.
    pub(super) past: HashMap<Uuid, Vec<Past>>,
    /// The names of everything that the rows are and refer to.
    pub(super) names: Names,
}

/// Writes everything there is; answers how many lines that were. Keys of `source` are written plainly.
pub async fn export(store: &Store, source: &str, out: &mut (dyn Write + Send)) -> Result<u64, ExportError> {
    let transaction = match store.dialect {
        Dialect::Postgres => {
            let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
            store.db.begin_with_config(Some(level), Some(mode)).await?
        }
        Dialect::Sqlite => store.db.begin().await?,
    };
    let reading = Reading { transaction, dialect: store.dialect, source };
    let named = reading.named().await?;
    let mut lines = 0;
    for place in &LAYOUT.order {
        let noun = &LAYOUT.nouns[*place];
        let mut last = None;
        loop {
            let batch = reading.batch(noun, last, &named).await?;
            let Some(end) = batch.rows.ids().last().copied() else { break };
            last = Some(end);
            for row in 0..batch.rows.len() {
                let mut line = Line::of(&batch, row).finish();
                line.push('\n');
                out.write_all(line.as_bytes())?;
                lines += 1;
            }
        }
    }
    out.flush()?;
    reading.transaction.commit().await?;
    Ok(lines)
}

/// A reading of the store as it is at one moment.
struct Reading<'s> {
    transaction: DatabaseTransaction,
    dialect: Dialect,
    source: &'s str,
}

impl Reading<'_> {
    async fn all(&self, sql: Sql) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(sql.finish()).await
    }

    /// The names of all that is known by name whatever the source: few, and referred to everywhere.
    async fn named(&self) -> Result<HashMap<Uuid, String>, DbErr> {
        let mut names = HashMap::new();
        for noun in &LAYOUT.nouns {
            if let Some(column) = noun.name_column() {
                let mut sql = Sql::new(self.dialect);
                sql.push(&format!("SELECT id, {column} FROM {}", noun.table()));
                for row in self.all(sql).await? {
                    names.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                }
            }
        }
        Ok(names)
    }

    async fn batch(
        &self,
        noun: &'static NounSheet,
        after: Option<Uuid>,
        named: &HashMap<Uuid, String>,
    ) -> Result<Batch, DbErr> {
        const ROWS: usize = 1_000;
        let columns = Columns::all(noun.entry);
        let mut sql = Sql::new(self.dialect);
        sql.push(&format!("SELECT {} FROM {} t", columns.selected(noun.entry, "t"), noun.table()));
        if let Some(after) = after {
            sql.push(" WHERE t.id > ").bind(after);
        }
        sql.push(&format!(" ORDER BY t.id LIMIT {ROWS}"));
        let mut rows = Rows::new(noun.entry, columns);
        for row in &self.all(sql).await? {
            rows.take(row, 0)?;
        }
        let ids = rows.ids();
        let mut met: HashSet<Uuid> = ids.iter().copied().collect();
        for pointer in &noun.pointers {
            if let Some(column) = noun.entry.column(pointer.column) {
                met.extend((0..rows.len()).filter_map(|row| match rows.cell(row, column) {
                    Cell::Id(id) => Some(*id),
                    _ => None,
                }));
            }
        }
        let mut pairs = HashMap::new();
        for (place, list) in noun.lists.iter().enumerate().filter(|(_, list)| list.forward) {
            let Some(edge) = noun.entry.edge(list.name).filter(|_| !ids.is_empty()) else { continue };
            let of_rows = self.pairs(&edge.way, (list.target, list.valid), &ids).await?;
            met.extend(of_rows.values().flatten().map(|pair| pair.far.1));
            pairs.insert(place, of_rows);
        }
        let names = self.names(met, named).await?;
        let histories = self.histories(noun, &ids).await?;
        let past = self.past(noun, &ids).await?;
        Ok(Batch { noun, rows, pairs, histories, past, names })
    }

    async fn past(&self, noun: &NounSheet, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Past>>, DbErr> {
        let mut all: HashMap<Uuid, Vec<Past>> = HashMap::new();
        if noun.past.is_none() || ids.is_empty() {
            return Ok(all);
        }
        let mut sql = Sql::new(self.dialect);
        let place = sql.hold(self.dialect.ids(ids));
        let columns: Vec<&str> = measures(noun).map(|slot| slot.field.column).collect();
        sql.push(&format!(
            "SELECT fact_id, since, until, {} FROM {}_history WHERE fact_id IN {} ORDER BY fact_id, observation",
            columns.join(", "),
            noun.table(),
            self.dialect.id_rows(&place)
        ));
        for row in self.all(sql).await? {
            let said = (3..).zip(measures(noun));
            let said = said.map(|(place, slot)| read(&row, place, Holds::Value(slot.field.kind)));
            let said = said.collect::<Result<_, _>>()?;
            let (since, until) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            all.entry(row.try_get_by_index(0)?).or_default().push(Past { since, until, said });
        }
        Ok(all)
    }

    async fn histories(
        &self,
        noun: &NounSheet,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<(i64, String)>>, DbErr> {
        let mut all: HashMap<Uuid, Vec<(i64, String)>> = HashMap::new();
        if noun.dated().is_none() || ids.is_empty() {
            return Ok(all);
        }
        let mut sql = Sql::new(self.dialect);
        let place = sql.hold(self.dialect.ids(ids));
        sql.push(&format!(
            "SELECT entity_id, since, status FROM status_change WHERE entity_id IN {} ORDER BY entity_id, since",
            self.dialect.id_rows(&place)
        ));
        for row in self.all(sql).await? {
            let status = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            all.entry(row.try_get_by_index(0)?).or_default().push(status);
        }
        all.retain(|_, history| !matches!(history.as_slice(), [(EVER, status)] if !status.is_empty()));
        Ok(all)
    }

    async fn pairs(
        &self,
        way: &Way,
        (target, valid): (Target, bool),
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<Pair>>, DbErr> {
        let (table, near, code, far) = match (way, target) {
            (Way::Pairs(pairs), Target::Noun(code)) => (pairs.table, pairs.near, code.to_string(), pairs.far),
            (Way::PairsOfAny(pairs), _) => (pairs.table, pairs.near, pairs.code.to_owned(), pairs.far),
            _ => return Ok(HashMap::new()),
        };
        let validity =
            if valid { "valid_from, valid_to" } else { "CAST(NULL AS bigint), CAST(NULL AS bigint)" };
        let mut sql = Sql::new(self.dialect);
        let place = sql.hold(self.dialect.ids(ids));
        sql.push(&format!(
            "SELECT {near}, CAST({code} AS smallint), {far}, {validity} FROM {table} WHERE {near} IN {}",
            self.dialect.id_rows(&place)
        ));
        let mut all: HashMap<Uuid, Vec<Pair>> = HashMap::new();
        for row in self.all(sql).await? {
            all.entry(row.try_get_by_index(0)?).or_default().push(Pair {
                far: (row.try_get_by_index(1)?, row.try_get_by_index(2)?),
                valid: (row.try_get_by_index(3)?, row.try_get_by_index(4)?),
            });
        }
        Ok(all)
    }

    async fn names(&self, met: HashSet<Uuid>, named: &HashMap<Uuid, String>) -> Result<Names, DbErr> {
        const IDS: usize = 5_000;
        let mut names = Names::new(self.source);
        let ids: Vec<Uuid> = met.into_iter().collect();
        for id in &ids {
            if let Some(name) = named.get(id) {
                names.call(*id, name.clone());
            }
        }
        for ids in ids.chunks(IDS) {
            let mut sql = Sql::new(self.dialect);
            let place = sql.hold(self.dialect.ids(ids));
            sql.push(&format!(
                "SELECT e.entity_id, s.name, e.value, e.match_method, e.confidence, e.valid_from, e.valid_to \
                 FROM external_id e JOIN source s ON s.id = e.source_id WHERE e.entity_id IN {}",
                self.dialect.id_rows(&place)
            ));
            for row in self.all(sql).await? {
                names.add(
                    row.try_get_by_index(0)?,
                    Identity {
                        source: row.try_get_by_index(1)?,
                        value: row.try_get_by_index(2)?,
                        match_method: row.try_get_by_index(3)?,
                        confidence: row.try_get_by_index(4)?,
                        valid: (row.try_get_by_index(5)?, row.try_get_by_index(6)?),
                    },
                );
            }
        }
        names.settle();
        Ok(names)
    }
}
