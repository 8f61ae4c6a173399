//! Person: what a person is in the graph, and which of its columns are fields.

use entity::person::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        33,
        ("Person", "people"),
        "A role that owns or looks after things. Weft asks for roles, not for people's names.",
    )
    .text(Column::Name, "The role, such as `Brand steward`.")
    .searched(Weight::A)
    .text(Column::Role, "What the role does.")
}
