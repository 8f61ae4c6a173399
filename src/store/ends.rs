//! Edges to one that are read with the rows they leave: what stands at the other end comes in the same statement.

use std::collections::HashMap;
use std::fmt::Write as _;

use uuid::Uuid;

use super::rows::{Cell, Columns, Rows};
use super::table::Table;
use crate::catalogue::{Entry, Holds};

/// What is wanted of the other end of an edge.
#[derive(Debug, Clone, Copy)]
pub struct End {
    /// The column of the row that holds the other end's id.
    pub column: &'static str,
    /// The other end's noun.
    pub entry: &'static Entry,
    /// What is wanted of it.
    pub columns: Columns,
}

impl End {
    /// Whether its row must be looked at. Its id alone stands in the row that it is the end of, and the tables see to
    /// it that what has this id is there.
    fn is_joined(&self) -> bool {
        self.columns != Columns::id()
    }
}

/// What stands at the other ends of an edge of many rows.
#[derive(Debug)]
pub struct Ends {
    /// Each of them once.
    pub rows: Rows,
    /// For each row, which of them is its own.
    pub places: Vec<Option<usize>>,
}

/// What is read of rows: their columns, and the ends of edges.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) entry: &'static Entry,
    pub(super) columns: Columns,
    pub(super) ends: &'a [End],
}

impl Wish<'_> {
    /// What a statement selects of `t` and of the ends.
    pub(super) fn selected(&self) -> String {
        let mut text = self.columns.selected(self.entry, "t");
        for (place, end) in self.ends.iter().enumerate() {
            text.push_str(", ");
            match end.is_joined() {
                true => text.push_str(&end.columns.selected(end.entry, &format!("e{place}"))),
                false => text.extend(["t.", end.column]),
            }
        }
        text
    }

    /// The table as `t`, with the ends joined to it.
    pub(super) fn tables(&self) -> String {
        format!("{} t{}", self.entry.noun.table, self.joins())
    }

    /// The ends joined to `t`.
    pub(super) fn joins(&self) -> String {
        let mut text = String::new();
        for (place, end) in self.ends.iter().enumerate().filter(|(_, end)| end.is_joined()) {
            let (table, column) = (end.entry.noun.table, end.column);
            let _ = write!(text, " LEFT JOIN {table} e{place} ON e{place}.id = t.{column}");
        }
        text
    }

    /// What the selected columns hold.
    pub(super) fn holds(&self) -> Vec<Holds> {
        let ends = self.ends.iter().flat_map(|end| end.columns.holds(end.entry));
        self.columns.holds(self.entry).chain(ends).collect()
    }

    /// Takes what came back apart.
    pub(super) fn taken(&self, table: Table) -> (Rows, Vec<Ends>) {
        if self.ends.is_empty() {
            return (Rows::of(self.entry, self.columns, table.into_cells()), Vec::new());
        }
        let mut cells = table.into_cells().into_iter().peekable();
        let (width, mut own) = (self.columns.count(), Vec::new());
        let mut read: Vec<Reading<'_>> = self.ends.iter().map(Reading::new).collect();
        while cells.peek().is_some() {
            own.extend(cells.by_ref().take(width));
            read.iter_mut().for_each(|reading| reading.take(&mut cells));
        }
        (Rows::of(self.entry, self.columns, own), read.into_iter().map(Reading::done).collect())
    }
}

/// The ends of one edge while they are read.
struct Reading<'a> {
    end: &'a End,
    cells: Vec<Cell>,
    known: HashMap<Uuid, usize>,
    places: Vec<Option<usize>>,
}

impl<'a> Reading<'a> {
    fn new(end: &'a End) -> Self {
        Reading { end, cells: Vec::new(), known: HashMap::new(), places: Vec::new() }
    }

    /// Takes the next row's cells; an end that was met before is not kept again.
    fn take(&mut self, cells: &mut impl Iterator<Item = Cell>) {
        let mut row = cells.take(self.end.columns.count());
        let Some(Cell::Id(id)) = row.next() else {
            row.for_each(drop);
            return self.places.push(None);
        };
        let next = self.known.len();
        let place = *self.known.entry(id).or_insert(next);
        if place == next {
            self.cells.push(Cell::Id(id));
            self.cells.extend(row);
        } else {
            row.for_each(drop);
        }
        self.places.push(Some(place));
    }

    fn done(self) -> Ends {
        Ends { rows: Rows::of(self.end.entry, self.end.columns, self.cells), places: self.places }
    }
}
