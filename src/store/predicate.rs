//! What rows must be like to be listed: a filter as the schema offers it, before it is SQL.
//! Every condition is either true or not: of what is unknown, only `known: false` is true, and `not` turns that round.

use sea_orm::Value;
use uuid::Uuid;

use crate::catalogue::{Code, Edge, PairsOfAny};
use crate::clock::Micros;

/// A condition on rows of one noun.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// All of these hold; true where there are none.
    All(Vec<Predicate>),
    /// At least one of these holds; false where there are none.
    Any(Vec<Predicate>),
    /// This does not hold.
    Not(Box<Predicate>),
    /// A column compares so with a value.
    Compare(String, Comparison, Value),
    /// A condition on a column of few values, which tells little apart.
    Coarse(Box<Predicate>),
    /// A column is one of these values.
    OneOf(String, Vec<Value>),
    /// A column is one of these ids, each as what it is now.
    Ids(String, Vec<Uuid>),
    /// Whether anything is known in a column.
    Known(String, bool),
    /// A text contains another, letter by letter.
    Contains(String, String),
    /// A text starts with another, letter by letter.
    StartsWith(String, String),
    /// A list has this text.
    Has(String, String),
    /// Whether a list is empty.
    Empty(String, bool),
    /// There is one at the other end of an edge of which this holds.
    Related(&'static Edge, Box<Predicate>),
    /// There is one at the other end of an edge to any type, of these nouns and with these ids where given.
    Linked(PairsOfAny, Vec<Code>, Vec<Uuid>),
    /// It is live at this moment.
    Live(LiveKind, Micros),
    /// It is one of these concepts or narrower than one, however deep.
    Within(Vec<Uuid>),
    /// It has permissions, its own or those of what it derives from, and all of them end before this moment.
    RightsEndBefore(Micros),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same.
    Eq,
    /// Known, and not the same.
    Ne,
    /// Less, or before.
    Lt,
    /// At most.
    Lte,
    /// More, or after.
    Gt,
    /// At least.
    Gte,
}

impl Comparison {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Comparison::Eq => "=",
            Comparison::Ne => "<>",
            Comparison::Lt => "<",
            Comparison::Lte => "<=",
            Comparison::Gt => ">",
            Comparison::Gte => ">=",
        }
    }
}

/// What can be live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveKind {
    /// A delivery, by its own times and status.
    Delivery,
    /// An experience, by its own times.
    Experience,
    /// A usage: itself, and what it is used in.
    Usage,
}
