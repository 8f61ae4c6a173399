//! Weft: one connected graph over a company's marketing content.

pub mod app;
pub mod caller;
pub mod catalogue;
pub mod clock;
pub mod commands;
pub mod config;
pub mod demo;
pub mod error;
pub mod graph;
pub mod ingest;
pub mod kpi;
pub mod money;
pub mod outbound;
pub mod pipeline;
pub mod server;
pub mod store;
pub mod telemetry;
pub mod upstream;
