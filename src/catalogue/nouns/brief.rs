//! Brief: what a brief is in the graph, and which of its columns are fields.

use entity::brief::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 34, ("Brief", "briefs"), "The request that starts work.")
        .remembered()
        .tagged()
        .text(Column::Title, "What is asked for, in a line.")
        .searched(Weight::A)
        .text(Column::Description, "What is asked for, in full.")
        .searched(Weight::B)
        .time(Column::RequestedAt, "When it was asked for.")
}
