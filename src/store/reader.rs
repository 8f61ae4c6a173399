//! What one operation reads with: every statement it sends goes through here, so that they can be counted.

use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::Statement;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::added::By;
use super::connect::Store;
use super::ends::{End, Ends, Wish};
use super::lease::Lease;
use super::list;
use super::page::{self, About, Hold, Side, Wanted};
use super::rows::{Cell, Columns, Rows};
use super::sql::Sql;
use super::table::{Asked, BOOL, NUMBER, TIME, Table};
use crate::caller::Caller;
use crate::catalogue::{Entry, Holds, PairsOfAny};
use crate::clock::Micros;
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
    /// For each edge to one that was read with them, its other ends.
    pub ends: Vec<Ends>,
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

    /// Gives its connection back until the next statement, for who waits for something else than the store.
    pub async fn rest(&self) {
        self.lease.lock().await.rest();
    }

    /// Reads as of one moment, for what is right only together. SQLite and Postgres let others write meanwhile.
    pub async fn still<T>(&self, read: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.lease.lock().await.stand_still(&self.store.origin).await?;
        let read = read.await;
        self.lease.lock().await.move_on(&self.store.origin).await?;
        read
    }

    /// For whom it reads.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The store itself, for a statement that somebody else writes; it is counted.
    pub fn beside(&self) -> &Store {
        self.statements.fetch_add(1, Ordering::Relaxed);
        &self.store
    }

    /// A statement to be written for the store at hand.
    pub fn sql(&self) -> Sql {
        Sql::new(self.store.dialect)
    }

    /// Sends a statement whose columns hold this.
    pub async fn all(&self, statement: Statement, holds: &[Holds]) -> Result<Table, Error> {
        self.ask(Asked::new(&statement, holds)).await
    }

    /// The same for one that reads so many rows that it had better not begin where others wait for its thread.
    pub async fn many(&self, statement: Statement, holds: &[Holds]) -> Result<Table, Error> {
        self.ask(Asked { long: true, ..Asked::new(&statement, holds) }).await
    }

    /// The same for one whose rows are numbers behind what they are told apart by: they are added up as they come.
    pub async fn sums(
        &self,
        statement: Statement,
        holds: &[Holds],
        (by, long): (&By, bool),
    ) -> Result<Table, Error> {
        self.ask(Asked { added: Some(by), long, ..Asked::new(&statement, holds) }).await
    }

    /// Sends a statement to the store.
    pub(super) async fn ask(&self, asked: Asked<'_>) -> Result<Table, Error> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        let mut lease = self.lease.lock().await;
        Ok(lease.all(&self.store.origin, &asked).await?)
    }

    /// Sends a statement that answers a number.
    pub(super) async fn number(&self, statement: Statement, long: bool) -> Result<i64, Error> {
        let asked = Asked { long, ..Asked::new(&statement, &[NUMBER]) };
        match self.ask(asked).await?.rows().next() {
            Some([Cell::Int(number)]) => Ok(*number),
            _ => Err(Error::broken("a count answered no number")),
        }
    }

    /// A page of all rows of a noun, with the other ends of edges.
    pub async fn page(
        &self,
        entry: &'static Entry,
        columns: Columns,
        ends: &[End],
        wanted: &Wanted,
    ) -> Result<Page, Error> {
        let wish = Wish { entry, columns, ends };
        let statement = list::page(self.store.dialect, &wish, wanted);
        let (mut rows, mut ends) = wish.taken(self.all(statement, &wish.holds()).await?);
        let limit = wanted.limit.unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        ends.iter_mut().for_each(|ends| ends.places.truncate(limit));
        if wanted.backward {
            rows.reverse();
            ends.iter_mut().for_each(|ends| ends.places.reverse());
        }
        Ok(Page { rows, ends, more })
    }

    /// How many rows of a noun fit the filter.
    pub async fn count(&self, entry: &Entry, wanted: &Wanted) -> Result<i64, Error> {
        self.number(page::count(self.store.dialect, entry, &wanted.filter), false).await
    }

    /// Whether rows that fit stand outside the page's cursor on one side.
    pub async fn outside(&self, entry: &Entry, side: Side, wanted: &Wanted) -> Result<bool, Error> {
        let statement = page::outside(self.store.dialect, entry, side, wanted);
        match self.all(statement, &[BOOL]).await?.rows().next() {
            Some([Cell::Bool(yes)]) => Ok(*yes),
            _ => Err(Error::broken("EXISTS answered nothing")),
        }
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
        let mut holds = vec![NUMBER];
        holds.extend(valid.then_some([TIME; 2]).into_iter().flatten());
        let front = holds.len();
        holds.extend(columns.holds(entry));
        let table = self.all(statement, &holds).await?;
        let found: Vec<&[Cell]> = table.rows().collect();
        let limit = wanted.limit.unwrap_or(usize::MAX);
        let mut pages = Pages {
            rows: Rows::new(entry, columns),
            spans: vec![Span::default(); parents.len()],
            validity: Vec::new(),
        };
        for of_parent in found.chunk_by(|left, right| left[0] == right[0]) {
            let first = pages.rows.len();
            let kept = of_parent.get(..limit).unwrap_or(of_parent);
            for place in 0..kept.len() {
                let row = kept[if wanted.backward { kept.len() - 1 - place } else { place }];
                if valid {
                    pages.validity.push((moment(row.get(1)), moment(row.get(2))));
                }
                pages.rows.push(row.get(front..).unwrap_or_default());
            }
            let more = of_parent.len() > limit;
            if let Some(span) = parent_of(of_parent[0]).and_then(|parent| pages.spans.get_mut(parent)) {
                *span = Span { start: first, end: pages.rows.len(), more };
            }
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
        let statement = page::pairs_of_any(self.store.dialect, pairs, codes, wanted, parents);
        let found = self.all(statement, &[NUMBER, Holds::Code, Holds::Id]).await?;
        let limit = wanted.limit.unwrap_or(usize::MAX);
        let mut lists = vec![(Vec::new(), false); parents.len()];
        for row in found.rows() {
            let ([_, Cell::Int(code), Cell::Id(id)], Some(parent)) = (row, parent_of(row)) else { continue };
            let (Some((list, more)), Ok(code)) = (lists.get_mut(parent), i16::try_from(*code)) else {
                continue;
            };
            if list.len() < limit {
                list.push((code, *id));
            } else {
                *more = true;
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
        for row in self.all(statement, &[NUMBER; 2]).await?.rows() {
            let place = parent_of(row).and_then(|parent| numbers.get_mut(parent));
            if let (Some(number), [_, Cell::Int(found)]) = (place, row) {
                *number = *found;
            }
        }
        Ok(numbers)
    }

    /// The rows with these ids, in no order.
    pub async fn by_ids(&self, entry: &'static Entry, columns: Columns, ids: &[Uuid]) -> Result<Rows, Error> {
        let mut sql = self.sql();
        let place = sql.hold(self.store.dialect.ids(ids));
        let (selected, rows) = (columns.selected(entry, "t"), self.store.dialect.id_rows(&place));
        sql.push(&format!("SELECT {selected} FROM {} t WHERE t.id IN {rows}", entry.noun.table));
        self.rows(entry, columns, sql.finish()).await
    }

    /// The row with this id, if there is one, with the other ends of edges.
    pub async fn by_id(
        &self,
        entry: &'static Entry,
        columns: Columns,
        ends: &[End],
        id: Uuid,
    ) -> Result<(Rows, Vec<Ends>), Error> {
        let wish = Wish { entry, columns, ends };
        let mut sql = self.sql();
        sql.push(&format!("SELECT {} FROM {} WHERE t.id = ", wish.selected(), wish.tables())).bind(id);
        Ok(wish.taken(self.all(sql.finish(), &wish.holds()).await?))
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
        self.rows(entry, columns, sql.finish()).await
    }

    async fn rows(
        &self,
        entry: &'static Entry,
        columns: Columns,
        statement: Statement,
    ) -> Result<Rows, Error> {
        let holds: Vec<Holds> = columns.holds(entry).collect();
        Ok(Rows::of(entry, columns, self.all(statement, &holds).await?.into_cells()))
    }
}

/// The place of the parent to whose list a row belongs.
fn parent_of(row: &[Cell]) -> Option<usize> {
    match row.first() {
        Some(Cell::Int(place)) => usize::try_from(*place).ok(),
        _ => None,
    }
}

pub(super) fn moment(cell: Option<&Cell>) -> Option<Micros> {
    match cell {
        Some(Cell::Time(moment)) => Some(*moment),
        _ => None,
    }
}
