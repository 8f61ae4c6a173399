//! trial
#[path = "gateway/import.rs"]
mod import;
#[path = "gateway/support/mod.rs"]
mod support;
