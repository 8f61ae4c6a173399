//! A statement while it is being written: its text, and the values bound to it, never spliced into it.

use sea_orm::{Statement, Value};

use super::dialect::Dialect;

/// A statement under construction.
#[derive(Debug)]
pub struct Sql {
    dialect: Dialect,
    text: String,
    values: Vec<Value>,
    aliases: usize,
    ordered: bool,
}

impl Sql {
    /// An empty statement.
    pub fn new(dialect: Dialect) -> Self {
        Sql { dialect, text: String::with_capacity(512), values: Vec::new(), aliases: 0, ordered: false }
    }

    /// The database it is written for.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Adds text. Never pass anything that a client sent.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        let place = self.hold(value);
        self.push(&place)
    }

    /// Takes a value and answers its place, for text that needs it.
    pub fn hold(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        self.dialect.place(self.values.len())
    }

    /// A table alias that nothing else in the statement has.
    pub fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases)
    }

    /// Says that the statement is a page in the order of a column, best read along that column's index.
    pub fn walk_an_order(&mut self) {
        self.ordered = true;
    }

    /// Whether SQLite must be kept to the index of the order.
    pub(super) fn walks_an_order(&self) -> bool {
        self.ordered && self.dialect == Dialect::Sqlite
    }

    /// The finished statement.
    pub fn finish(self) -> Statement {
        Statement::from_sql_and_values(self.dialect.backend(), self.text, self.values)
    }
}
