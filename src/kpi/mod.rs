//! What is measured: KPIs as data, the facts and things they count, and the arithmetic from those to a number.

pub mod dimension;
pub mod filter;
mod path;
