//! Insight: what an insight is in the graph, and which of its columns are fields.

use entity::insight::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 39, ("Insight", "insights"), "Something that was learnt.")
        .remembered()
        .tagged()
        .text(Column::Title, "What was learnt, in a line.")
        .searched(Weight::A)
        .text(Column::Description, "What was learnt, in full.")
        .searched(Weight::B)
        .time(Column::ObservedAt, "When it was learnt.")
}
