//! Placement: what a placement is in the graph, and which of its columns are fields.

use entity::placement::{Column, Entity};

use crate::catalogue::choices::CHANNEL;
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        24,
        ("Placement", "placements"),
        "A slot in a channel where content can be shown, such as the home page's hero.",
    )
    .tagged()
    .text(Column::Name, "What the placement is called.")
    .searched(Weight::A)
    .choice(Column::Channel, &CHANNEL, "The channel it belongs to.")
    .text(Column::Format, "The size or format it takes, such as `300x250`.")
}
