//! The connectors that come with the program, and how one's own take their place.

use std::collections::BTreeMap;

use super::connector::Connector;
use super::read::{ConnectorError, read};

/// Every shipped connector: its file's name and text. `build.rs` lists what is in the folder.
pub const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// The connectors that are known, by name; a later file wins over an earlier one of its name.
pub fn all<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<BTreeMap<String, Connector>, ConnectorError> {
    let mut known = BTreeMap::new();
    for (file, text) in files {
        let connector = read(file, text)?;
        known.insert(connector.connector.value.clone(), connector);
    }
    Ok(known)
}
