//! Concept: what a concept is in the graph, and which of its columns are fields.

use entity::concept::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 11, ("Concept", "concepts"), "A term of a taxonomy (skos:Concept).")
        .text(Column::PrefLabel, "The label to show (skos:prefLabel).")
        .searched(Weight::A)
        .texts(Column::AltLabels, "Other labels that mean the same (skos:altLabel).")
        .searched(Weight::A)
        .text(Column::Definition, "What the term means (skos:definition).")
        .searched(Weight::B)
        .text(Column::Notation, "Its code in the scheme, such as `4.2.1` (skos:notation).")
}
