//! Collection: what a collection is in the graph, and which of its columns are fields.

use entity::collection::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 3, ("Collection", "collections"), "A set of assets that somebody keeps together.")
        .tagged()
        .text(Column::Name, "What the set is called.")
        .searched(Weight::A)
        .text(Column::Description, "What the set is for.")
        .searched(Weight::B)
}
