//! MetadataField: what a metadata field is in the graph, and which of its columns are fields.

use entity::metadata_field::{Column, Entity};

use crate::catalogue::choices::METADATA_VALUE_TYPE;
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        12,
        ("MetadataField", "metadataFields"),
        "A governed metadata field: what may be said about things here, and who looks after it.",
    )
    .text(Column::Name, "The field's name, such as `usageNotes`.")
    .searched(Weight::A)
    .text(Column::Description, "What belongs in it.")
    .searched(Weight::B)
    .choice(Column::ValueType, &METADATA_VALUE_TYPE, "The type of its values.")
    .bool(Column::Mandatory, "Whether every entity it applies to must have it.")
    .texts(Column::Options, "The values it may take; empty where any value of its type may stand.")
}
