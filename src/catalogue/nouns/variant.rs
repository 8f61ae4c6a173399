//! Variant: what a variant is in the graph, and which of its columns are fields.

use entity::variant::{Column, Entity};

use crate::catalogue::choices::{CHANNEL, CONTENT_STATUS};
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        5,
        ("Variant", "variants"),
        "A component as it reads for one channel, language or treatment.",
    )
    .tagged()
    .text(Column::Name, "What the variant is called, where it has a name.")
    .searched(Weight::A)
    .text(Column::Text, "The copy itself.")
    .searched(Weight::C)
    .choice(Column::Channel, &CHANNEL, "The channel it is written for.")
    .text(Column::Language, "The language of the copy, as a BCP 47 tag.")
    .text(Column::Treatment, "Which treatment of the message this is, such as `urgent` or `B`.")
    .choice(Column::Status, &CONTENT_STATUS, "How far the variant is on its way to being usable.")
}
