//! Upstream systems: what connectors say, how their answers become our terms, and what is read from them live and by
//! sync. A vendor is a file, not a program.

mod answer;
pub mod connector;
pub mod expression;
mod fetch;
mod operation;
pub mod path;
pub mod port;
mod preview;
pub mod read;
mod report;
mod request;
mod sent;
mod signin;
mod source;
pub mod template;
mod walk;
pub mod words;

pub use answer::Record;
pub use fetch::{Ask, Fetched, Found};
pub use source::{SetupError, Source};
pub use walk::Place;
