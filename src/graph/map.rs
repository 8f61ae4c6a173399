//! The graph's own map: its relations as clients can ask for them.

use async_graphql::{Name, SimpleObject, Value};

use super::scalars::NodeType;
use super::types::enum_name;
use crate::catalogue::{CATALOGUE, Held, RELATIONS};

/// A relation of the graph, with both its ends.
#[derive(Debug, SimpleObject)]
#[graphql(name = "Relation")]
pub(super) struct Relation {
    /// The type that states it; absent where any type that takes it may.
    from: Option<NodeType>,
    /// The field that follows it from there.
    field: String,
    /// What it states from there: an asset `belongs to` its brand.
    reason: String,
    /// Whether there can be many at the other end.
    to_many: bool,
    /// The type at the other end; absent where it may be any.
    to: Option<NodeType>,
    /// The field that follows it back.
    inverse_field: String,
    /// What it states from the other end: a brand `owns` the asset.
    inverse_reason: String,
    /// Whether each edge says from when and until when it holds.
    dated: bool,
}

/// Every relation, in the order of the catalogue.
pub(super) fn relations() -> Vec<Relation> {
    let node_type = |name: &str| {
        let known = CATALOGUE.iter().any(|entry| entry.noun.name == name);
        known.then(|| NodeType(Value::Enum(Name::new(enum_name(name)))))
    };
    let map = |relation: &crate::catalogue::Relation| {
        let (from, field) = relation.from.split_once('.')?;
        let (to, inverse_field) = relation.to.split_once('.')?;
        Some(Relation {
            from: node_type(from),
            field: field.to_owned(),
            reason: relation.reason.to_owned(),
            to_many: !matches!(relation.held, Held::Column | Held::AnyColumns),
            to: node_type(to),
            inverse_field: inverse_field.to_owned(),
            inverse_reason: relation.inverse.to_owned(),
            dated: relation.valid,
        })
    };
    RELATIONS.iter().filter_map(map).collect()
}
