//! The store: its connection, what SQLite and Postgres do differently, and the reading of rows for nouns and edges.

mod connect;
mod dialect;
mod sql;

pub use connect::{OpenError, Store};
pub use dialect::Dialect;
pub use sql::Sql;
