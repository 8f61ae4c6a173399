//! Decision: what a decision is in the graph, and which of its columns are fields.

use entity::decision::{Column, Entity};

use crate::catalogue::choices::{DECISION_KIND, DECISION_STATUS};
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        25,
        ("Decision", "decisions"),
        "The live logic that picks content for a placement: rules, an experiment or a ranking.",
    )
    .tagged()
    .text(Column::Name, "What the decision is called.")
    .searched(Weight::A)
    .choice(Column::Kind, &DECISION_KIND, "How it picks.")
    .choice(Column::Status, &DECISION_STATUS, "Whether it is in force.")
    .time(Column::StartTime, "When it begins, inclusive.")
    .time(Column::EndTime, "When it ends, exclusive; absent means for ever.")
    .int(Column::Priority, "Which decision goes first where several apply: the smaller number.")
}
