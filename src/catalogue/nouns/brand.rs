//! Brand: what a brand is in the graph, and which of its columns are fields.

use entity::brand::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 18, ("Brand", "brands"), "A brand (schema.org Brand).")
        .text(Column::Name, "The brand's name.")
        .searched(Weight::A)
        .text(Column::Description, "What the brand stands for.")
        .searched(Weight::B)
        .bool(
            Column::RequiresRightsPolicy,
            "Whether an asset of this brand may be shown only where a rights policy allows it.",
        )
}
