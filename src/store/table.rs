//! A statement that is sent, and what comes back of it: cells in rows of one width, whichever database they came from.

use sea_orm::Statement;

use super::rows::{Cell, Columns};
use crate::catalogue::{Entry, Holds, Kind};

/// A column of a statement that holds a whole number, and is no column of a noun.
pub const NUMBER: Holds = Holds::Value(Kind::BigInt);
/// The same for a number.
pub(super) const FLOAT: Holds = Holds::Value(Kind::Float);
/// The same for yes or no.
pub const BOOL: Holds = Holds::Value(Kind::Bool);
/// The same for a text.
pub const TEXT: Holds = Holds::Value(Kind::Text);
/// The same for a moment.
pub const TIME: Holds = Holds::Value(Kind::Time);
/// The same for a day.
pub const DAY: Holds = Holds::Value(Kind::Date);

/// A statement that is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) statement: &'a Statement,
    /// What its columns hold.
    pub(super) holds: &'a [Holds],
    /// It is known to be long.
    pub(super) long: bool,
}

/// The rows of a statement.
#[derive(Debug)]
pub struct Table {
    width: usize,
    cells: Vec<Cell>,
}

impl Table {
    /// Rows of this width.
    pub(super) fn new(width: usize, cells: Vec<Cell>) -> Self {
        Table { width: width.max(1), cells }
    }

    /// The rows, in their order.
    pub fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks_exact(self.width)
    }

    /// All cells, row by row, to be kept.
    pub(super) fn into_cells(self) -> Vec<Cell> {
        self.cells
    }
}

impl Columns {
    /// What these columns of `entry` hold, in the order in which they are selected.
    pub(super) fn holds(self, entry: &Entry) -> impl Iterator<Item = Holds> {
        self.places().map(|place| entry.columns[place].holds)
    }
}
