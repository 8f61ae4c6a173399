//! Upstream systems: what connectors say, how their answers become our terms, and what is read from them live and by
//! sync. A vendor is a file, not a program.

mod answer;
pub mod connector;
mod convert;
pub mod expression;
mod fetch;
pub mod hooks;
mod ids;
mod lines;
mod live;
mod operation;
pub mod path;
pub mod port;
mod preview;
mod probe;
pub mod read;
mod remembered;
mod report;
mod request;
mod sent;
pub mod shipped;
mod signin;
mod source;
pub mod sync;
mod takes;
pub mod template;
mod upstreams;
mod walk;
pub mod words;

pub use answer::Record;
pub use fetch::{Ask, Fetched, Found, Told};
pub use live::{Gives, LiveSources, Speaker};
pub use probe::Probed;
pub use source::{SetupError, Source};
pub use upstreams::{Upstreams, UpstreamsError};
pub use walk::Place;
