//! Rows as they were read: the chosen columns of one noun, flat, without a type for each noun.

use sea_orm::{DbErr, QueryResult, TryGetable};
use uuid::Uuid;

use crate::catalogue::{Entry, Holds, Kind};
use crate::clock::Micros;

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Null,
    /// An id.
    Id(Uuid),
    /// A whole number, a noun's code, or an amount of money in millionths.
    Int(i64),
    /// A number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// Text, a word of a choice, or a list of texts as JSON.
    Text(String),
    /// A moment.
    Time(Micros),
    /// A day, as `YYYY-MM-DD`.
    Date(String),
}

/// Which columns of a noun are read, by their places in [`Entry::columns`]. The id always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Columns(u64);

impl Columns {
    /// The id alone.
    pub fn id() -> Self {
        Columns(1)
    }

    /// Every column.
    pub fn all(entry: &Entry) -> Self {
        (0..entry.columns.len()).fold(Columns::id(), Columns::with)
    }

    /// These and one more.
    pub fn with(self, column: usize) -> Self {
        Columns(self.0 | (1 << column))
    }

    /// These and those.
    pub fn and(self, others: Columns) -> Self {
        Columns(self.0 | others.0)
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The places, in order.
    pub fn places(self) -> impl Iterator<Item = usize> {
        (0..64).filter(move |place| self.0 & (1 << place) != 0)
    }

    fn rank(self, column: usize) -> Option<usize> {
        let bit = 1 << column;
        (self.0 & bit != 0).then(|| (self.0 & (bit - 1)).count_ones() as usize)
    }

    /// The columns as a statement selects them from `alias`.
    pub fn selected(self, entry: &Entry, alias: &str) -> String {
        let mut text = String::with_capacity(self.count() * 16);
        for place in self.places() {
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(alias);
            text.push('.');
            text.push_str(&entry.columns[place].name);
        }
        text
    }
}

/// Rows of one noun.
#[derive(Debug)]
pub struct Rows {
    /// The noun.
    pub entry: &'static Entry,
    columns: Columns,
    cells: Vec<Cell>,
}

impl Rows {
    /// No rows yet.
    pub fn new(entry: &'static Entry, columns: Columns) -> Self {
        Rows { entry, columns, cells: Vec::new() }
    }

    /// The rows whose chosen columns are these cells, row by row.
    pub(super) fn of(entry: &'static Entry, columns: Columns, cells: Vec<Cell>) -> Self {
        Rows { entry, columns, cells }
    }

    /// Takes a row whose chosen columns are these cells.
    pub(super) fn push(&mut self, cells: &[Cell]) {
        self.cells.extend_from_slice(cells);
    }

    /// Takes a row whose chosen columns stand in `row` from place `from` on.
    pub fn take(&mut self, row: &QueryResult, from: usize) -> Result<(), DbErr> {
        for (offset, place) in self.columns.places().enumerate() {
            self.cells.push(read(row, from + offset, self.entry.columns[place].holds)?);
        }
        Ok(())
    }

    /// Turns the order of the rows round.
    pub fn reverse(&mut self) {
        let width = self.columns.count();
        let mut cells = Vec::with_capacity(self.cells.len());
        for row in self.cells.chunks(width).rev() {
            cells.extend_from_slice(row);
        }
        self.cells = cells;
    }

    /// Drops all rows from `length` on.
    pub fn truncate(&mut self, length: usize) {
        self.cells.truncate(length.saturating_mul(self.columns.count()));
    }

    /// One of the rows by itself.
    pub fn only(&self, row: usize) -> Rows {
        let width = self.columns.count();
        let cells = self.cells.get(row * width..(row + 1) * width).unwrap_or_default().to_vec();
        Rows { entry: self.entry, columns: self.columns, cells }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.cells.len() / self.columns.count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// A value; nothing is known of a column that was not read.
    pub fn cell(&self, row: usize, column: usize) -> &Cell {
        const NULL: &Cell = &Cell::Null;
        let width = self.columns.count();
        self.columns.rank(column).and_then(|rank| self.cells.get(row * width + rank)).unwrap_or(NULL)
    }

    /// The id of a row.
    pub fn id(&self, row: usize) -> Uuid {
        match self.cell(row, 0) {
            Cell::Id(id) => *id,
            _ => Uuid::nil(),
        }
    }

    /// The ids of all rows.
    pub fn ids(&self) -> Vec<Uuid> {
        (0..self.len()).map(|row| self.id(row)).collect()
    }
}

/// Reads one value of a row.
pub fn read(row: &QueryResult, place: usize, holds: Holds) -> Result<Cell, DbErr> {
    fn get<T: TryGetable>(row: &QueryResult, place: usize) -> Result<Option<T>, DbErr> {
        row.try_get_by_index::<Option<T>>(place)
    }
    let cell = match holds {
        Holds::Id => get::<Uuid>(row, place)?.map(Cell::Id),
        Holds::Code => get::<i16>(row, place)?.map(|code| Cell::Int(i64::from(code))),
        Holds::Value(kind) => match kind {
            Kind::Text | Kind::Texts | Kind::Choice(_) | Kind::Choices(_) => {
                get::<String>(row, place)?.map(Cell::Text)
            }
            Kind::Int => get::<i32>(row, place)?.map(|number| Cell::Int(i64::from(number))),
            Kind::BigInt | Kind::Money => get::<i64>(row, place)?.map(Cell::Int),
            Kind::Float => get::<f64>(row, place)?.map(Cell::Float),
            Kind::Bool => get::<bool>(row, place)?.map(Cell::Bool),
            Kind::Time => get::<i64>(row, place)?.map(Cell::Time),
            Kind::Date => get::<chrono::NaiveDate>(row, place)?.map(|day| Cell::Date(day.to_string())),
        },
    };
    Ok(cell.unwrap_or(Cell::Null))
}
