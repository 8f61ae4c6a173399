//! What the joint operation is measured by: definitions as data, and their values over what the store holds.

pub mod arithmetic;
pub mod definition;
mod shipped;
pub mod window;

pub use definition::Definition;
pub use shipped::shipped;
pub use window::{Interval, Period, Window};
