//! Template: what a template is in the graph, and which of its columns are fields.

use entity::template::{Column, Entity};

use crate::catalogue::choices::CHANNEL;
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        6,
        ("Template", "templates"),
        "The frame content is assembled in: a page layout, an email master, an ad format.",
    )
    .tagged()
    .text(Column::Name, "What the template is called.")
    .searched(Weight::A)
    .text(Column::Description, "What the template is for.")
    .searched(Weight::B)
    .choice(Column::Channel, &CHANNEL, "The channel it is made for.")
}
