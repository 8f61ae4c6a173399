//! KPIs: the ways by which they are narrowed down, what they count, and what is made of it.

mod chance;
mod paths;
