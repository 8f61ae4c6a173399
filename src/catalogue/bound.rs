//! What the values of a field are held to beyond their kind, where the domain says so. Import checks it.

use super::choice::Choice;

/// The largest count and the largest amount, in units of its currency, that a fact says. Facts are summed in 64 bits:
/// millions of the largest counts fit into a row of sums, and hundreds of the largest amounts, which are kept in
/// millionths.
pub const LARGEST_COUNT: i64 = 1_000_000_000_000;
/// See [`LARGEST_COUNT`].
pub const LARGEST_AMOUNT: i64 = 10_000_000_000;

/// What a single value is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Nothing more than its kind.
    Free,
    /// A number from this one on.
    AtLeast(i32),
    /// A number from the first to the second, both included; of an amount, its units and not its millionths.
    Within(i64, i64),
    /// A currency by its three letters (ISO 4217).
    Currency,
}

/// What the texts of a list are held to, where another field of the same row says what they are.
#[derive(Debug, Clone, Copy)]
pub struct Forms {
    /// The column of the field that says so.
    pub by: &'static str,
    /// For each word of that field, the form.
    pub of: &'static [(&'static str, Form)],
}

/// What a text in such a list is.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// A moment, kept in UTC as the graph writes moments; a day is its midnight.
    Moment,
    /// A country or region by ISO 3166, or the name of a group of them, such as `EU`.
    Territory,
    /// One of a closed list of words.
    Word(&'static Choice),
    /// A whole number from 0 on.
    Count,
    /// The key of something of this type.
    Key(&'static str),
}

impl Forms {
    /// The form that this word stands for.
    pub fn form(&self, word: &str) -> Option<Form> {
        self.of.iter().find(|(name, _)| *name == word).map(|(_, form)| *form)
    }
}
