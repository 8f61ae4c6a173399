//! Experience: what an experience is in the graph, and which of its columns are fields.

use entity::experience::{Column, Entity};

use crate::catalogue::choices::{CHANNEL, EXPERIENCE_KIND};
use crate::catalogue::noun::{Noun, Weight};

pub(super) fn noun() -> Noun {
    Noun::new(
        Entity,
        8,
        ("Experience", "experiences"),
        "What a customer meets: a page, an email, an ad, a screen.",
    )
    .remembered()
    .tagged()
    .text(Column::Name, "What the experience is called.")
    .searched(Weight::A)
    .choice(Column::Kind, &EXPERIENCE_KIND, "What sort of thing the customer meets.")
    .choice(Column::Channel, &CHANNEL, "The channel it is met in.")
    .text(Column::Url, "Where it can be seen.")
    .time(Column::LiveFrom, "From when it is live, inclusive; absent means never.")
    .time(Column::LiveTo, "Until when it is live, exclusive; absent means for ever.")
}
