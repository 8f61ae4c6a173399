//! An entry of the identity map as an object of the graph.

use async_graphql::{Name, SimpleObject, Value};

use super::scalars::DateTime;
use crate::store::ExternalId;

/// Who an entity is in one source.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "ExternalId")]
pub(super) struct Identity {
    /// The name of the source.
    source: String,
    /// The key that the source uses for it.
    value: String,
    /// How Weft knows that both are the same.
    match_method: super::scalars::MatchMethod,
    /// How sure that is, from 0 to 1; absent where the match is exact.
    confidence: Option<f64>,
    /// From when the match holds, inclusive; absent means since ever.
    valid_from: Option<DateTime>,
    /// Until when the match holds, exclusive; absent means for ever.
    valid_to: Option<DateTime>,
}

impl From<ExternalId> for Identity {
    fn from(id: ExternalId) -> Self {
        Identity {
            source: id.source,
            value: id.value,
            match_method: super::scalars::MatchMethod(Value::Enum(Name::new(id.match_method))),
            confidence: id.confidence,
            valid_from: id.valid_from.map(DateTime),
            valid_to: id.valid_to.map(DateTime),
        }
    }
}
