//! Boots the real application and speaks HTTP to it, every case on SQLite and on Postgres.
//!
//! The Postgres half needs a server: WEFT_TEST_POSTGRES holds the address of one on which databases may be
//! made and dropped, such as postgres://postgres@127.0.0.1:5432/postgres. Without it that half is left out.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where it finds something wrong")]

mod cases;
mod config;
mod connectors;
mod curation;
mod demo;
mod events;
mod federation;
mod filters;
mod hanging_up;
mod http;
mod import;
mod kpi;
mod layers;
mod library;
mod limits;
mod live;
mod live_fields;
mod outbound;
mod pages;
mod real;
mod rights;
mod schema;
mod search;
mod sums;
mod support;
mod sync;
mod variables;
