//! ConceptScheme: what a concept scheme is in the graph, and which of its columns are fields.

use entity::concept_scheme::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        10,
        ("ConceptScheme", "conceptSchemes"),
        "A taxonomy: a set of concepts kept by one owner (skos:ConceptScheme).",
    )
    .text(Column::Title, "What the taxonomy is called.")
    .searched(Weight::A)
    .text(Column::Description, "What it is for and who should use it.")
    .searched(Weight::B)
    .text(Column::Uri, "The scheme's own URI, where it has one.")
}
