//! Who is asking. Travels with every request from the first line of the server to the last of the store.

use std::sync::Arc;

/// The one a request is answered for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Nobody said who they are.
    Anonymous,
    /// The holder of a configured key, by the key's name.
    Named(Arc<str>),
}

impl Caller {
    /// The caller as logs write it.
    pub fn name(&self) -> &str {
        match self {
            Caller::Anonymous => "anonymous",
            Caller::Named(name) => name,
        }
    }
}
