//! Upstream systems: what connectors say, how their answers become our terms, and what is read from them live and by
//! sync. A vendor is a file, not a program.

pub mod connector;
pub mod expression;
pub mod path;
pub mod port;
pub mod read;
pub mod template;
pub mod words;
