//! Change: what a change is in the graph, and which of its columns are fields.

use entity::change::{Column, Entity};

use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 37, ("Change", "changes"), "A strategic decision to change the live experience.")
        .remembered()
        .tagged()
        .text(Column::Title, "What is to change.")
        .searched(Weight::A)
        .text(Column::Description, "Why, and how.")
        .searched(Weight::B)
        .time(Column::DecidedAt, "When it was decided.")
        .time(Column::LiveAt, "When it was live; absent until then.")
}
