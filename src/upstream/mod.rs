//! Upstream systems: what connectors say, how their answers become our terms, and what is read from them live and by
//! sync. A vendor is a file, not a program.

mod answer;
pub mod connector;
pub mod expression;
mod fetch;
mod live;
pub mod path;
pub mod port;
pub mod read;
mod report;
mod request;
mod signin;
mod source;
pub mod template;
mod walk;
pub mod words;

pub use answer::Record;
pub use fetch::{Ask, Fetched, Found, Told};
pub use live::{Gives, LiveSources, Speaker};
pub use source::{SetupError, Source};
pub use walk::Place;
