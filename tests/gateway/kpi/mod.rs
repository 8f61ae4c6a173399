//! KPIs: the ways by which they are narrowed down, what they count, and what is made of it.

mod amounts;
mod asked;
mod chance;
mod fatigue;
mod figures;
mod handoffs;
mod happened;
mod known;
mod lineage;
mod looked;
mod made;
mod paths;
mod pilots;
mod plain;
mod still;
mod streamed;
mod times;
mod told;
mod uses;
mod world;
