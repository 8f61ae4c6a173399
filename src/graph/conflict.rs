//! What sources disagree on, as objects of the graph: read for all rows of a level at once.

use std::collections::HashMap;

use async_graphql::{Json, SimpleObject};
use uuid::Uuid;

use super::operation::Operation;
use super::scalars::DateTime;
use crate::error::Error;
use crate::upstream::sync::{Claim, Conflict, conflicts};

/// A field on which sources disagree.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "FieldConflict")]
pub(super) struct FieldConflict {
    /// The name of the field, such as `title`.
    field: String,
    /// What each source says, the word that counts first.
    values: Vec<ClaimedValue>,
}

/// What one source says of a field.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "ClaimedValue")]
pub(super) struct ClaimedValue {
    /// The name of the source.
    source: String,
    /// What it says, as a line of import writes it: a relation names the other end by `source` and `key`, or by `id`.
    value: Json<serde_json::Value>,
    /// Since when it is known to say so.
    observed_at: DateTime,
    /// Whether this is the word that counts: by the configuration's `wins`, else by the order of its sources, among the
    /// sources that still know the thing.
    counts: bool,
}

impl From<Conflict> for FieldConflict {
    fn from(conflict: Conflict) -> Self {
        let values = conflict.values.into_iter().map(ClaimedValue::from).collect();
        FieldConflict { field: conflict.field, values }
    }
}

impl From<Claim> for ClaimedValue {
    fn from(claim: Claim) -> Self {
        ClaimedValue {
            source: claim.source,
            value: Json(claim.value),
            observed_at: DateTime(claim.observed_at),
            counts: claim.counts,
        }
    }
}

/// What sources disagree on, for each of these that has anything of the sort.
pub(super) async fn read(operation: &Operation, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Conflict>>, Error> {
    Ok(conflicts(operation.reader.beside(), operation.live.ranking(), ids).await?)
}
