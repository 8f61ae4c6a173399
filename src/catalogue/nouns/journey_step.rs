//! JourneyStep: what a journey step is in the graph, and which of its columns are fields.

use entity::journey_step::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        23,
        ("JourneyStep", "journeySteps"),
        "One step of a journey. A journey's first step is one that no other step has as its next.",
    )
    .text(Column::Name, "What the step is called.")
    .searched(Weight::A)
    .int(Column::Position, "Its place as people number it; the order is given by `next`.")
}
