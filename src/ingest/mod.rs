//! Files into the store and out of it: NDJSON lines, checked against the catalogue, staged, and taken in by
//! statements over whole sets in one transaction.

mod dated;
pub mod events;
mod export;
mod former;
mod identity;
mod input;
mod json;
mod keys;
mod late;
mod layout;
mod line;
mod links;
mod merged;
mod met;
mod names;
mod needs;
mod operands;
mod reference;
mod reject;
mod resolve;
mod same;
mod searched;
mod session;
mod settle;
mod sheet;
mod sources;
mod stage;
mod states;
mod sums;
mod value;
mod work;
mod write;
mod written;

use std::io::Read;
use std::sync::Arc;

pub use dated::learnt;
pub use export::{ExportError, export};
pub use layout::is_dated;
pub use line::Rejection;
pub use searched::searched;
pub use sums::Sums;
pub use work::{analyze, import};

/// What to import, and how.
pub struct Import {
    /// The name of the source that plain keys belong to.
    pub source: String,
    /// Whether nothing of any file goes in where any line of any is wrong.
    pub strict: bool,
    /// The files, taken in as if they were one: NDJSON, each plain or gzip.
    pub inputs: Vec<Box<dyn Read + Send>>,
    /// Who is told how far it is.
    pub progress: Arc<dyn Progress>,
}

/// Who is told how far an import is.
pub trait Progress: Send + Sync {
    /// A new phase begins.
    fn phase(&self, name: &str);
    /// So many lines have been read.
    fn lines(&self, read: u64);
    /// So many bytes of the files have been read.
    fn bytes(&self, read: u64);
    /// A line was rejected; told once a line, in the order of the lines, at the end.
    fn rejected(&self, rejection: &Rejection) {
        let _ = rejection;
    }
}

/// Nobody.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _: &str) {}
    fn lines(&self, _: u64) {}
    fn bytes(&self, _: u64) {}
}

/// How an import ended.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    /// Lines that were read, empty ones left out.
    pub read: u64,
    /// Lines that went in.
    pub taken: u64,
    /// Things that were new.
    pub added: u64,
    /// Things of which something was new.
    pub changed: u64,
    /// The first rejected lines, at most [`Report::SHOWN`].
    pub rejected: Vec<Rejection>,
    /// How many lines were rejected.
    pub rejected_total: u64,
}

impl Report {
    /// How many rejected lines a report carries.
    pub const SHOWN: usize = 1_000;
}

/// Why an import could not be done. The store is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read further.
    #[error("line {line} cannot be read: {error}")]
    Input {
        /// The place of the file among the inputs.
        file: usize,
        /// Its line, counted from 1.
        line: u64,
        /// What went wrong.
        error: std::io::Error,
    },
    /// The name of the source cannot be used.
    #[error("the name of a source is a text of 1 to 2000 bytes without NUL characters")]
    Source,
    /// The store refused or failed.
    #[error("the store failed: {0}")]
    Store(#[from] sea_orm::DbErr),
    /// The same, as the layer below says it.
    #[error("the store failed: {0}")]
    Statement(#[from] sea_orm::sqlx::Error),
    /// The reading stopped because the writing did.
    #[error("the import was given up")]
    GivenUp,
}
