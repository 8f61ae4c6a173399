//! What the joint operation is measured by: definitions as data, and their values over what the store holds.

pub mod arithmetic;
mod contested;
mod counts;
pub mod definition;
pub mod dimension;
mod facts;
pub mod fatigue;
pub mod filter;
pub mod freshness;
pub mod handoffs;
pub mod lineage;
mod measured;
mod past;
mod path;
mod published;
pub mod question;
pub mod result;
mod reuse;
mod settings;
mod shipped;
mod spans;
mod tables;
mod tally;
pub mod waiting;
pub mod window;

pub use contested::Reporters;
pub use definition::{Better, Definition};
pub use dimension::{Counted, Dimension};
pub use filter::{Filter, Values};
pub use published::{SOURCE, unpublished};
pub use question::{Question, Split};
pub use result::{Part, Row, Status, targets};
pub use settings::{Kpis, KpisError, Rates};
pub use shipped::shipped;
pub use tally::{Figure, Key, Missing, OfCurrency, Reason, Unfinished};
pub use window::{Interval, Period, Window};
