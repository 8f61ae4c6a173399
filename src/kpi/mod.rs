//! What the joint operation is measured by: definitions as data, and their values over what the store holds.

pub mod arithmetic;
pub mod definition;
pub mod dimension;
pub mod filter;
mod path;
mod shipped;
pub mod window;

pub use definition::Definition;
pub use dimension::{Counted, Dimension};
pub use filter::{Filter, Values};
pub use shipped::shipped;
pub use window::{Interval, Period, Window};
