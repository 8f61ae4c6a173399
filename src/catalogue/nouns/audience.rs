//! Audience: what an audience is in the graph, and which of its columns are fields.

use entity::audience::{Column, Entity};

use crate::catalogue::choices::{AUDIENCE_STATUS, CONSENT_BASIS};
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(Entity, 20, ("Audience", "audiences"), "A segment of people that content is meant for. Weft holds segments and counts, never the people in them.")
        .tagged()
        .text(Column::Name, "What the segment is called.")
        .searched(Weight::A)
        .text(Column::Description, "Who is in it.")
        .searched(Weight::B)
        .text(Column::Expression, "The rule that decides who is in it, in the words of the system that owns it.")
        .choice(Column::Status, &AUDIENCE_STATUS, "Whether the segment can be used.")
        .big_int(Column::Size, "How many were in it at `sizeAsOf`; 0 means that it was empty, absent that nobody said.")
        .at_least(0)
        .time(Column::SizeAsOf, "When `size` was counted.")
        .choice(Column::ConsentBasis, &CONSENT_BASIS, "The legal ground for addressing these people.")
}
