//! The connectors that come with the program, and how one's own take their place.

use std::collections::BTreeMap;

use super::connector::Connector;
use super::read::{ConnectorError, read};

macro_rules! shipped {
    ($name:literal) => {
        (concat!("connectors/", $name, ".yaml"), include_str!(concat!("../../connectors/", $name, ".yaml")))
    };
}

/// Every shipped connector: its file's name and text.
pub const SHIPPED: &[(&str, &str)] = &[
    shipped!("asana"),
    shipped!("cloudinary"),
    shipped!("directus"),
    shipped!("ga4"),
    shipped!("google-ads-dv360"),
    shipped!("hubspot"),
    shipped!("klaviyo"),
    shipped!("ofrep"),
    shipped!("segment"),
    shipped!("unleash"),
    shipped!("wagtail"),
];

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
