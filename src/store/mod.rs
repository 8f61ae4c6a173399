//! The store: its connection, what SQLite and Postgres do differently, and the reading of rows for nouns and edges.

mod condition;
mod connect;
mod dialect;
mod ends;
mod file;
mod global_id;
mod lease;
mod list;
mod merged;
mod names;
mod order;
mod page;
mod postgres;
mod predicate;
mod reader;
mod refusal;
mod rows;
mod search;
mod sql;
mod sqlite;
mod table;

pub use connect::{OpenError, Store};
pub use dialect::Dialect;
pub use ends::{End, Ends};
pub use global_id::{decode_id, encode_id};
pub use names::ExternalId;
pub use order::{Cursor, Order};
pub use page::{About, Hold, Side, Wanted};
pub use predicate::{Comparison, LiveKind, Predicate};
pub use reader::{Page, Pages, Reader, Span};
pub use refusal::unusable_file;
pub use rows::{Cell, Columns, Rows, read};
pub use search::{Found, Hit, mark};
pub use sql::Sql;
pub use table::{BOOL, DAY, FLOAT, NUMBER, TEXT, TIME, Table};
