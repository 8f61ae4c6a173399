//! MetadataValue: what a metadata value is in the graph, and which of its columns are fields.

use entity::metadata_value::{Column, Entity};

use crate::catalogue::noun::Noun;

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        13,
        ("MetadataValue", "metadataValues"),
        "What one source says in one governed field about one entity, and when it said so.",
    )
    .text(Column::Value, "The value, written as text whatever its type.")
    .time(Column::ObservedAt, "When that system said so.")
}
