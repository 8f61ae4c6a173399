//! KPIs: the ways by which they are narrowed down, what they count, and what is made of it.

mod chance;
mod figures;
mod looked;
mod made;
mod paths;
mod plain;
mod told;
