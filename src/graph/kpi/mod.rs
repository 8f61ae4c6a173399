//! KPIs in the graph.

pub(super) mod filter;
