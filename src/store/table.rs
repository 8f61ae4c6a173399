//! A statement that is sent, and what comes back of it: cells in rows of one width, whichever database they came from.

use sea_orm::Statement;

use super::added::By;
use super::rows::{Cell, Columns};
use crate::catalogue::{Entry, Holds, Kind};

/// A whole number.
pub const NUMBER: Holds = Holds::Value(Kind::BigInt);
/// A number.
pub const FLOAT: Holds = Holds::Value(Kind::Float);
/// Yes or no.
pub const BOOL: Holds = Holds::Value(Kind::Bool);
/// A text.
pub const TEXT: Holds = Holds::Value(Kind::Text);
/// A moment.
pub const TIME: Holds = Holds::Value(Kind::Time);
/// A day.
pub const DAY: Holds = Holds::Value(Kind::Date);

/// A statement that is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) statement: &'a Statement,
    /// What its columns hold.
    pub(super) holds: &'a [Holds],
    /// It is known to be long.
    pub(super) long: bool,
    /// Rows that are the same by this are one, with the rest added up.
    pub(super) added: Option<&'a By>,
}

impl<'a> Asked<'a> {
    /// A short statement, whose rows are taken as they come.
    pub(super) fn new(statement: &'a Statement, holds: &'a [Holds]) -> Self {
        Asked { statement, holds, long: false, added: None }
    }
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
