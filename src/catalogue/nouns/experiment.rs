//! Experiment: what an experiment is in the graph, and which of its columns are fields.

use entity::experiment::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        27,
        ("Experiment", "experiments"),
        "A test of a hypothesis by a decision: which arm does better.",
    )
    .text(Column::Name, "What the experiment is called.")
    .searched(Weight::A)
    .text(Column::Hypothesis, "What is expected to happen, and why.")
    .searched(Weight::B)
    .texts(Column::Phases, "Its phases in order, such as `ramp`, `full`.")
    .texts(Column::Arms, "What is compared, such as `control`, `short headline`.")
    .text(Column::Result, "What came out; absent until it is known.")
    .searched(Weight::B)
    .time(Column::ConcludedAt, "When it was concluded; absent while it runs.")
}
