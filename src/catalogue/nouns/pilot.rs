//! Pilot: what a pilot is in the graph, and which of its columns are fields.

use entity::pilot::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        40,
        ("Pilot", "pilots"),
        "A scoped trial of the joint way of working, held against a baseline.",
    )
    .text(Column::Name, "What the pilot is called.")
    .searched(Weight::A)
    .text(Column::Description, "What is tried.")
    .searched(Weight::B)
    .time(Column::BaselineFrom, "When the baseline window begins, inclusive.")
    .time(Column::BaselineTo, "When the baseline window ends, exclusive.")
    .time(Column::PilotFrom, "When the pilot window begins, inclusive.")
    .time(Column::PilotTo, "When the pilot window ends, exclusive.")
}
