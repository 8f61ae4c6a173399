//! What one operation reads with: every statement it sends goes through here, so that they can be counted.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{QueryResult, Statement};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::connect::Store;
use super::lease::Lease;
use super::page::{self, About, Hold, Side, Wanted};
use super::rows::{Columns, Rows};
use super::sql::Sql;
use crate::caller::Caller;
use crate::catalogue::{Entry, PairsOfAny};
use crate::error::Error;

/// The reading of one operation, for one caller.
#[derive(Debug)]
pub struct Reader {
    store: Store,
    caller: Caller,
    statements: AtomicU64,
    lease: Mutex<Lease>,
}

/// A page of rows, and whether more follow in the direction it was read.
#[derive(Debug)]
pub struct Page {
    /// The rows, in the order of the list.
    pub rows: Rows,
    /// Whether more follow.
    pub more: bool,
}

/// A page for each of many parents, all rows together.
#[derive(Debug)]
pub struct Pages {
    /// The rows of all parents, parent by parent.
    pub rows: Rows,
    /// For each parent, where its rows begin and end.
    pub spans: Vec<Span>,
    /// For each row, from when and until when the edge holds; empty where the edge has no validity.
    pub validity: Vec<(Option<i64>, Option<i64>)>,
}

/// The rows of one parent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// The first row.
    pub start: usize,
    /// Behind the last row.
    pub end: usize,
    /// Whether more follow.
    pub more: bool,
}

/// A name that a source uses for an entity.
#[derive(Debug, Clone)]
pub struct ExternalId {
    /// The source's name.
    pub source: String,
    /// The key there.
    pub value: String,
    /// How they were matched.
    pub match_method: String,
    /// From 0 to 1; absent where the match is exact.
    pub confidence: Option<f64>,
    /// From when it holds.
    pub valid_from: Option<i64>,
    /// Until when it holds.
    pub valid_to: Option<i64>,
}

impl Reader {
    /// For one operation of `caller`.
    pub fn new(store: Store, caller: Caller) -> Self {
        let lease = Mutex::new(Lease::new(store.idle.clone()));
        Reader { store, caller, statements: AtomicU64::new(0), lease }
    }

    /// How many statements have been sent.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// For whom it reads.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// A statement to be written for the store at hand.
    pub fn sql(&self) -> Sql {
        Sql::new(self.store.dialect)
    }

    /// Sends a statement.
    pub async fn all(&self, statement: Statement) -> Result<Vec<QueryResult>, Error> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let mut lease = self.lease.lock().await;
        Ok(lease.all((&self.store.db, self.store.dialect), &statement).await?)
    }

    async fn number(&self, statement: Statement) -> Result<i64, Error> {
        let rows = self.all(statement).await?;
        let row = rows.first().ok_or_else(|| Error::broken("a count answered no row"))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// A page of all rows of a noun.
    pub async fn page(
        &self,
        entry: &'static Entry,
        columns: Columns,
        wanted: &Wanted,
    ) -> Result<Page, Error> {
        let found = self.all(page::page(self.store.dialect, entry, columns, wanted)).await?;
        let mut rows = Rows::new(entry, columns);
        let limit = wanted.limit.unwrap_or(usize::MAX);
        for row in found.iter().take(limit) {
            rows.take(row, 0)?;
        }
        if wanted.backward {
            rows.reverse();
        }
        Ok(Page { rows, more: found.len() > limit })
    }

    /// How many rows of a noun fit the filter.
    pub async fn count(&self, entry: &Entry, wanted: &Wanted) -> Result<i64, Error> {
        self.number(page::count(self.store.dialect, entry, &wanted.filter)).await
    }

    /// Whether rows that fit stand outside the page's cursor on one side.
    pub async fn outside(&self, entry: &Entry, side: Side, wanted: &Wanted) -> Result<bool, Error> {
        let rows = self.all(page::outside(self.store.dialect, entry, side, wanted)).await?;
        let row = rows.first().ok_or_else(|| Error::broken("EXISTS answered no row"))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// A page of an edge for each parent, in one statement.
    pub async fn pages(
        &self,
        (entry, columns): (&'static Entry, Columns),
        (hold, valid): (Hold<'_>, bool),
        wanted: &Wanted,
        parents: &[Uuid],
    ) -> Result<Pages, Error> {
        let statement = page::pages(self.store.dialect, (entry, columns), (hold, valid), wanted, parents);
        let found = self.all(statement).await?;
        let limit = wanted.limit.unwrap_or(usize::MAX);
        let mut pages = Pages {
            rows: Rows::new(entry, columns),
            spans: vec![Span::default(); parents.len()],
            validity: Vec::new(),
        };
        let mut start = 0;
        while start < found.len() {
            let parent = parent_of(&found[start])?;
            let mut end = start + 1;
            while end < found.len() && parent_of(&found[end])? == parent {
                end += 1;
            }
            let first = pages.rows.len();
            let kept = (start..end).take(limit);
            let kept: Vec<usize> = if wanted.backward { kept.rev().collect() } else { kept.collect() };
            for place in kept {
                if valid {
                    let from = found[place].try_get_by_index(1)?;
                    pages.validity.push((from, found[place].try_get_by_index(2)?));
                }
                pages.rows.take(&found[place], if valid { 3 } else { 1 })?;
            }
            if let Some(span) = pages.spans.get_mut(parent) {
                *span = Span { start: first, end: pages.rows.len(), more: end - start > limit };
            }
            start = end;
        }
        Ok(pages)
    }

    /// A number about the list of each parent, in one statement.
    pub async fn about(
        &self,
        entry: &Entry,
        (hold, about): (Hold<'_>, About),
        wanted: &Wanted,
        parents: &[Uuid],
    ) -> Result<Vec<i64>, Error> {
        let statement = page::about(self.store.dialect, entry, (hold, about), wanted, parents);
        self.numbers(statement, parents.len()).await
    }

    /// A page of pairs with any noun for each parent: noun's code and id, parent by parent.
    pub async fn pairs_of_any(
        &self,
        pairs: PairsOfAny,
        codes: &[i16],
        wanted: &Wanted,
        parents: &[Uuid],
    ) -> Result<Vec<(Vec<(i16, Uuid)>, bool)>, Error> {
        let found = self.all(page::pairs_of_any(self.store.dialect, pairs, codes, wanted, parents)).await?;
        let limit = wanted.limit.unwrap_or(usize::MAX);
        let mut lists = vec![(Vec::new(), false); parents.len()];
        for row in &found {
            if let Some((list, more)) = lists.get_mut(parent_of(row)?) {
                if list.len() < limit {
                    list.push((row.try_get_by_index(1)?, row.try_get_by_index(2)?));
                } else {
                    *more = true;
                }
            }
        }
        if wanted.backward {
            lists.iter_mut().for_each(|(list, _)| list.reverse());
        }
        Ok(lists)
    }

    /// How many pairs with any noun each parent has, outside the cursor on one side where there is one.
    pub async fn count_of_any(
        &self,
        pairs: PairsOfAny,
        codes: &[i16],
        side: (Side, &Wanted),
        parents: &[Uuid],
    ) -> Result<Vec<i64>, Error> {
        self.numbers(page::count_of_any(self.store.dialect, pairs, codes, side, parents), parents.len()).await
    }

    async fn numbers(&self, statement: Statement, parents: usize) -> Result<Vec<i64>, Error> {
        let mut numbers = vec![0; parents];
        for row in self.all(statement).await? {
            if let Some(number) = numbers.get_mut(parent_of(&row)?) {
                *number = row.try_get_by_index(1)?;
            }
        }
        Ok(numbers)
    }

    /// The rows with these ids, in no order.
    pub async fn by_ids(&self, entry: &'static Entry, columns: Columns, ids: &[Uuid]) -> Result<Rows, Error> {
        let mut sql = self.sql();
        sql.push(&format!("SELECT {} FROM {} t WHERE t.id ", columns.selected(entry, "t"), entry.noun.table));
        if let [id] = ids {
            sql.push("= ").bind(*id);
        } else {
            let place = sql.hold(self.store.dialect.ids(ids));
            let rows = self.store.dialect.id_rows(&place);
            sql.push("IN ").push(&rows);
        }
        self.rows(entry, columns, sql).await
    }

    /// The rows whose `column` is one of these texts, in no order.
    pub async fn by_texts(
        &self,
        (entry, columns): (&'static Entry, Columns),
        column: &str,
        texts: &[String],
    ) -> Result<Rows, Error> {
        let mut sql = self.sql();
        let place = sql.hold(self.store.dialect.texts(texts));
        let (selected, rows) = (columns.selected(entry, "t"), self.store.dialect.text_rows(&place));
        sql.push(&format!("SELECT {selected} FROM {} t WHERE t.{column} IN {rows}", entry.noun.table));
        self.rows(entry, columns, sql).await
    }

    async fn rows(&self, entry: &'static Entry, columns: Columns, sql: Sql) -> Result<Rows, Error> {
        let mut rows = Rows::new(entry, columns);
        for row in self.all(sql.finish()).await? {
            rows.take(&row, 0)?;
        }
        Ok(rows)
    }

    /// The ids that sources' keys name: for each pair of a source's name and a key that is known.
    pub async fn by_keys(
        &self,
        entry: &Entry,
        keys: &[(String, String)],
    ) -> Result<HashMap<(String, String), Uuid>, Error> {
        let mut sql = self.sql();
        sql.push("SELECT s.name, x.value, x.entity_id FROM external_id x JOIN source s ON s.id = x.source_id WHERE x.entity_type = ");
        sql.bind(entry.noun.code).push(" AND (");
        for (place, (source, value)) in keys.iter().enumerate() {
            sql.push(if place > 0 { " OR " } else { "" });
            sql.push("(s.name = ")
                .bind(source.as_str())
                .push(" AND x.value = ")
                .bind(value.as_str())
                .push(")");
        }
        sql.push(")");
        let mut found = HashMap::new();
        for row in self.all(sql.finish()).await? {
            found.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?), row.try_get_by_index(2)?);
        }
        Ok(found)
    }

    /// What sources call these entities.
    pub async fn external_ids(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<ExternalId>>, Error> {
        let mut sql = self.sql();
        let place = sql.hold(self.store.dialect.ids(ids));
        let rows = self.store.dialect.id_rows(&place);
        sql.push(&format!(
            "SELECT x.entity_id, s.name, x.value, x.match_method, x.confidence, x.valid_from, x.valid_to \
             FROM external_id x JOIN source s ON s.id = x.source_id WHERE x.entity_id IN {rows} \
             ORDER BY s.name, x.value"
        ));
        let mut found: HashMap<Uuid, Vec<ExternalId>> = HashMap::new();
        for row in self.all(sql.finish()).await? {
            found.entry(row.try_get_by_index(0)?).or_default().push(ExternalId {
                source: row.try_get_by_index(1)?,
                value: row.try_get_by_index(2)?,
                match_method: row.try_get_by_index(3)?,
                confidence: row.try_get_by_index(4)?,
                valid_from: row.try_get_by_index(5)?,
                valid_to: row.try_get_by_index(6)?,
            });
        }
        Ok(found)
    }
}

fn parent_of(row: &QueryResult) -> Result<usize, Error> {
    let place: i64 = row.try_get_by_index(0)?;
    usize::try_from(place).map_err(|_| Error::broken("a parent's place is negative"))
}
