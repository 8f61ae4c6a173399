//! The schema and its resolvers, made from the catalogue.

use crate::caller::Caller;
use crate::clock::Clock;
use crate::store::Store;

/// What one operation reads with: the store, the caller and the moment it is answered for.
pub struct Operation {
    _store: Store,
}

impl Operation {
    /// For one operation of `caller`, with `lookups` root fields that look up one thing each.
    pub fn new(store: Store, clock: &Clock, caller: Caller, lookups: usize) -> Self {
        let _ = (clock, caller, lookups);
        Operation { _store: store }
    }

    /// How many statements it has sent to the store.
    pub fn statements(&self) -> u64 {
        0
    }
}
